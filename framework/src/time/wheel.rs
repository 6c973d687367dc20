//! A timing wheel: any number of deadlines, each inserted, moved and taken out in
//! constant time. Hashed and hierarchical, after Varghese and Lauck, "Hashed and
//! Hierarchical Timing Wheels", 1987.
//!
//! Time is counted in ticks. A level has 64 slots, each as long as the whole
//! level below it. An entry is on the level of the highest group of six bits in
//! which its deadline differs from the present, and falls to lower levels as
//! the present comes near. A bit for each slot says whether anything is in it.

/// Levels of 64 slots: ticks of a millisecond for 8,900 years.
const LEVELS: usize = 8;
const BITS: usize = 6;
const SLOTS: usize = 1 << BITS;

/// Deadlines beyond it are taken for it.
pub(super) const LAST: u64 = (1 << (LEVELS * BITS)) - 1;

/// The list of those whose time has come, behind those of the slots.
const DUE: usize = LEVELS * SLOTS;
/// No entry, or no list.
const NONE: u32 = u32::MAX;

/// Items of type `K` with deadlines.
#[derive(Debug)]
pub(super) struct Wheel<K> {
    entries: Vec<Entry<K>>,
    /// The first entry that nobody has; they are linked by `next`.
    free: u32,
    lists: Box<[List; DUE + 1]>,
    /// For each level, which slots have entries.
    occupied: [u64; LEVELS],
    /// What is due at this tick or before is in the list of those.
    present: u64,
    count: usize,
}

#[derive(Debug)]
struct Entry<K> {
    deadline: u64,
    /// How many items have had this entry: a handle of an earlier one is void.
    version: u32,
    list: u32,
    previous: u32,
    next: u32,
    item: Option<K>,
}

#[derive(Debug, Clone, Copy)]
struct List {
    first: u32,
    last: u32,
}

/// Names an entry as long as its item is in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Handle {
    index: u32,
    version: u32,
}

impl<K> Wheel<K> {
    pub(super) fn new() -> Wheel<K> {
        let empty = List {
            first: NONE,
            last: NONE,
        };
        Wheel {
            entries: Vec::new(),
            free: NONE,
            lists: Box::new([empty; DUE + 1]),
            occupied: [0; LEVELS],
            present: 0,
            count: 0,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.count
    }

    pub(super) fn is_empty(&self) -> bool {
        self.count == 0
    }

    pub(super) fn insert(&mut self, deadline: u64, item: K) -> Handle {
        let index = match self.free {
            NONE => self.grow(),
            free => {
                self.free = self.entries[free as usize].next;
                free
            }
        };
        let entry = &mut self.entries[index as usize];
        entry.item = Some(item);
        let version = entry.version;
        self.count += 1;
        self.link(index, deadline);
        Handle { index, version }
    }

    /// Takes an item out before its time.
    pub(super) fn cancel(&mut self, handle: Handle) -> Option<K> {
        let index = self.find(handle)?;
        self.unlink(index);
        self.release(index)
    }

    /// Gives an item another deadline. Whether there is such an item.
    pub(super) fn rearm(&mut self, handle: Handle, deadline: u64) -> bool {
        let found = self.find(handle);
        if let Some(index) = found {
            self.unlink(index);
            self.link(index, deadline);
        }
        found.is_some()
    }

    pub(super) fn get(&self, handle: Handle) -> Option<&K> {
        let index = self.find(handle)?;
        self.entries[index as usize].item.as_ref()
    }

    pub(super) fn get_mut(&mut self, handle: Handle) -> Option<&mut K> {
        let index = self.find(handle)?;
        self.entries[index as usize].item.as_mut()
    }

    /// Lets the present come as far as this tick.
    pub(super) fn advance(&mut self, present: u64) {
        while let Some((level, slot, begin)) = self.next_slot() {
            if begin > present {
                break;
            }
            self.present = begin;
            self.empty(level, slot);
        }
        self.present = self.present.max(present);
    }

    /// The next item that is due, of those with the earliest deadlines first, and
    /// of equal ones in the order in which they were given.
    pub(super) fn pop_due(&mut self) -> Option<K> {
        let index = self.lists[DUE].first;
        if index == NONE {
            return None;
        }
        self.unlink(index);
        self.release(index)
    }

    /// When to look again: not later than the next deadline, and mostly that. None
    /// if there is no item.
    pub(super) fn next_tick(&self) -> Option<u64> {
        if self.lists[DUE].first != NONE {
            return Some(self.present);
        }
        self.next_slot().map(|(_, _, begin)| begin)
    }

    /// The next slot that has entries, and the tick at which it begins.
    fn next_slot(&self) -> Option<(usize, usize, u64)> {
        let level = self.occupied.iter().position(|slots| *slots != 0)?;
        // The slots before the present one of a level are empty, and those of the
        // levels below are all earlier than the next slot of this one.
        let slot = self.occupied[level].trailing_zeros() as usize;
        let shift = level * BITS;
        let above = self.present >> (shift + BITS) << (shift + BITS);
        Some((level, slot, above | (slot as u64) << shift))
    }

    /// Takes the entries of a slot to lower levels, or to those that are due.
    fn empty(&mut self, level: usize, slot: usize) {
        let list = level * SLOTS + slot;
        let mut index = self.lists[list].first;
        self.lists[list] = List {
            first: NONE,
            last: NONE,
        };
        self.occupied[level] &= !(1 << slot);
        while index != NONE {
            let Entry { next, deadline, .. } = self.entries[index as usize];
            self.link(index, deadline);
            index = next;
        }
    }

    fn list_of(&self, deadline: u64) -> usize {
        if deadline <= self.present {
            return DUE;
        }
        let differs = (deadline ^ self.present).ilog2() as usize;
        let level = differs / BITS;
        level * SLOTS + ((deadline >> (level * BITS)) as usize & (SLOTS - 1))
    }

    /// Puts an entry at the end of the list of its deadline.
    fn link(&mut self, index: u32, deadline: u64) {
        let deadline = deadline.min(LAST);
        let list = self.list_of(deadline);
        let last = self.lists[list].last;
        let entry = &mut self.entries[index as usize];
        entry.deadline = deadline;
        entry.list = list as u32;
        (entry.previous, entry.next) = (last, NONE);
        match last {
            NONE => self.lists[list].first = index,
            last => self.entries[last as usize].next = index,
        }
        self.lists[list].last = index;
        if list != DUE {
            self.occupied[list / SLOTS] |= 1 << (list % SLOTS);
        }
    }

    fn unlink(&mut self, index: u32) {
        let Entry {
            list,
            previous,
            next,
            ..
        } = self.entries[index as usize];
        let list = list as usize;
        match previous {
            NONE => self.lists[list].first = next,
            previous => self.entries[previous as usize].next = next,
        }
        match next {
            NONE => self.lists[list].last = previous,
            next => self.entries[next as usize].previous = previous,
        }
        if list != DUE && self.lists[list].first == NONE {
            self.occupied[list / SLOTS] &= !(1 << (list % SLOTS));
        }
    }

    fn find(&self, handle: Handle) -> Option<u32> {
        let entry = self.entries.get(handle.index as usize)?;
        let here = entry.version == handle.version && entry.item.is_some();
        here.then_some(handle.index)
    }

    /// An entry that nobody has any more. Its handles are void.
    fn release(&mut self, index: u32) -> Option<K> {
        let entry = &mut self.entries[index as usize];
        entry.version = entry.version.wrapping_add(1);
        entry.next = self.free;
        self.free = index;
        self.count -= 1;
        entry.item.take()
    }

    fn grow(&mut self) -> u32 {
        self.entries.push(Entry {
            deadline: 0,
            version: 0,
            list: NONE,
            previous: NONE,
            next: NONE,
            item: None,
        });
        (self.entries.len() - 1) as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn due<K>(wheel: &mut Wheel<K>, present: u64) -> Vec<K> {
        wheel.advance(present);
        std::iter::from_fn(|| wheel.pop_due()).collect()
    }

    #[test]
    fn nothing_is_early_and_nothing_is_late() {
        for deadline in [0, 1, 63, 64, 65, 4_095, 4_096, 1 << 30, LAST] {
            let mut wheel = Wheel::new();
            wheel.insert(deadline, ());
            if deadline > 0 {
                assert_eq!(due(&mut wheel, deadline - 1), [(); 0], "{deadline}");
            }
            assert_eq!(due(&mut wheel, deadline), [()], "{deadline}");
            assert_eq!(wheel.next_tick(), None);
        }
    }

    #[test]
    fn equal_deadlines_come_in_the_order_in_which_they_were_given() {
        let mut wheel = Wheel::new();
        wheel.insert(5_000, 0);
        wheel.insert(4_999, 1);
        due(&mut wheel, 4_990);
        wheel.insert(5_000, 2);
        let third = wheel.insert(5_001, 3);
        wheel.rearm(third, 5_000);
        assert_eq!(due(&mut wheel, 10_000), [1, 0, 2, 3]);
    }

    #[test]
    fn a_handle_is_void_when_its_item_is_out() {
        let mut wheel = Wheel::new();
        let first = wheel.insert(10, "first");
        assert_eq!(wheel.cancel(first), Some("first"));
        let second = wheel.insert(10, "second");
        assert!(wheel.cancel(first).is_none() && !wheel.rearm(first, 20));
        assert_eq!(wheel.get(second), Some(&"second"));
        assert_eq!(due(&mut wheel, 10), ["second"]);
        assert!(wheel.get_mut(second).is_none());
        assert_eq!(wheel.len(), 0);
    }

    #[test]
    fn the_next_tick_is_never_after_the_next_deadline() {
        let mut wheel = Wheel::new();
        wheel.insert(100_000, ());
        let mut looks = 0;
        while wheel.len() > 0 {
            let tick = wheel.next_tick().unwrap();
            assert!(tick <= 100_000);
            due(&mut wheel, tick);
            looks += 1;
        }
        assert!(looks <= LEVELS, "{looks} looks");
    }
}
