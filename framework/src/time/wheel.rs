//! A timing wheel: any number of deadlines, each inserted, moved and taken out in
//! constant time. Hashed and hierarchical, after Varghese and Lauck, "Hashed and
//! Hierarchical Timing Wheels", 1987.
//!
//! Time is counted in ticks. A level has 64 slots, each as long as the whole
//! level below it. An entry is on the level of the highest group of six bits in
//! which its deadline differs from the present, and falls to lower levels as
//! the present comes near. A bit for each slot says whether anything is in it.
//!
//! What was set since the last look has no slot yet: it gets one when the next look
//! comes. Until then its deadline is not converted, and most of what programs set is
//! moved or cancelled in time.

use std::time::Instant;

use super::lists::{Handle, Lists, NONE};
use super::ticks;

/// Levels of 64 slots: 139 years of ticks.
const LEVELS: usize = 8;
const BITS: usize = 6;
const SLOTS: usize = 1 << BITS;

/// Deadlines beyond it are taken for it.
const LAST: u64 = (1 << (LEVELS * BITS)) - 1;

/// The list of those whose time has come, behind those of the slots.
const DUE: usize = LEVELS * SLOTS;
/// The list of those that were set since the last look.
const NEW: usize = DUE + 1;

/// Items of type `K` with deadlines.
#[derive(Debug)]
pub(super) struct Wheel<K> {
    lists: Lists<Deadline, K, { NEW + 1 }>,
    /// For each level, which slots have entries.
    occupied: [u64; LEVELS],
    /// The tick of the last look: what is due at it or before is in the list of those.
    present: u64,
    /// The beginning of tick 0.
    epoch: Instant,
}

#[derive(Debug, Clone, Copy)]
enum Deadline {
    /// Of those that are new.
    At(Instant),
    /// The first tick that is wholly after it.
    Tick(u64),
}

impl<K> Wheel<K> {
    pub(super) fn new(epoch: Instant) -> Wheel<K> {
        Wheel {
            lists: Lists::new(),
            occupied: [0; LEVELS],
            present: 0,
            epoch,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.lists.len()
    }

    #[inline]
    pub(super) fn insert(&mut self, deadline: Instant, item: K) -> Handle {
        self.lists.insert(NEW, Deadline::At(deadline), item)
    }

    /// Takes an item out before its time.
    #[inline]
    pub(super) fn cancel(&mut self, handle: Handle) -> Option<K> {
        let index = self.lists.find(handle)?;
        self.unlink(index);
        self.lists.remove(index)
    }

    /// Gives an item another deadline. Whether there is such an item.
    #[inline]
    pub(super) fn rearm(&mut self, handle: Handle, deadline: Instant) -> bool {
        let found = self.lists.find(handle);
        if let Some(index) = found {
            self.unlink(index);
            self.lists.add(NEW, index, Deadline::At(deadline));
        }
        found.is_some()
    }

    pub(super) fn get(&self, handle: Handle) -> Option<&K> {
        self.lists.get(handle)
    }

    pub(super) fn get_mut(&mut self, handle: Handle) -> Option<&mut K> {
        self.lists.get_mut(handle)
    }

    /// Looks which deadlines have come. Those that were set since the last look come
    /// in a later tick than that.
    pub(super) fn look(&mut self, now: Instant) {
        self.sort_in();
        let present = self.tick(now);
        while let Some((level, slot, begin)) = self.next_slot() {
            if begin > present {
                break;
            }
            self.present = begin;
            self.empty(level, slot);
        }
        self.present = self.present.max(present);
    }

    /// The next item that was due at the last look, of those with the earliest
    /// deadlines first, and of equal ones in the order in which they were given.
    #[inline]
    pub(super) fn pop_due(&mut self) -> Option<K> {
        let index = self.lists.first(DUE);
        if index == NONE {
            return None;
        }
        self.lists.unlink(index);
        self.lists.remove(index)
    }

    /// When to look again, after a look and with all out that was due: not later than
    /// the next deadline, and mostly that. None if there is no item.
    pub(super) fn next_look(&self) -> Option<Instant> {
        let (.., begin) = self.next_slot()?;
        self.epoch.checked_add(ticks::length(begin))
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

    /// Gives those slots that have none yet.
    fn sort_in(&mut self) {
        let next = self.present + 1;
        let mut index = self.lists.take_all(NEW);
        while index != NONE {
            let (deadline, following) = self.lists.next(index);
            let tick = match deadline {
                Deadline::At(at) => self.tick(at).saturating_add(1),
                Deadline::Tick(tick) => tick,
            };
            self.put(index, tick.max(next).min(LAST));
            index = following;
        }
    }

    /// Takes the entries of a slot to lower levels, or to those that are due.
    fn empty(&mut self, level: usize, slot: usize) {
        self.occupied[level] &= !(1 << slot);
        let mut index = self.lists.take_all(level * SLOTS + slot);
        while index != NONE {
            let (deadline, following) = self.lists.next(index);
            if let Deadline::Tick(tick) = deadline {
                self.put(index, tick);
            }
            index = following;
        }
    }

    /// Puts an entry that is in no list into the one of its deadline.
    #[inline]
    fn put(&mut self, index: u32, tick: u64) {
        let deadline = Deadline::Tick(tick);
        if tick <= self.present {
            return self.lists.add(DUE, index, deadline);
        }
        let level = (tick ^ self.present).ilog2() as usize / BITS;
        let slot = (tick >> (level * BITS)) as usize % SLOTS;
        self.occupied[level] |= 1 << slot;
        self.lists.add(level * SLOTS + slot, index, deadline);
    }

    #[inline]
    fn unlink(&mut self, index: u32) {
        let list = self.lists.unlink(index);
        if list < DUE && self.lists.first(list) == NONE {
            self.occupied[list / SLOTS] &= !(1 << (list % SLOTS));
        }
    }

    /// The last tick that has begun at a time.
    fn tick(&self, at: Instant) -> u64 {
        ticks::within(at.saturating_duration_since(self.epoch))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    /// A wheel, and times by their ticks. What is set for the end of one is due
    /// in the next.
    struct Clock {
        wheel: Wheel<u32>,
        epoch: Instant,
    }

    impl Clock {
        fn new() -> Clock {
            let epoch = Instant::now();
            let wheel = Wheel::new(epoch);
            Clock { wheel, epoch }
        }

        fn at(&self, tick: u64) -> Instant {
            self.epoch + ticks::length(tick)
        }

        /// Sets what is due at a tick.
        fn set(&mut self, tick: u64, item: u32) -> Handle {
            let deadline = self.at(tick) - Duration::from_nanos(1);
            self.wheel.insert(deadline, item)
        }

        fn due(&mut self, tick: u64) -> Vec<u32> {
            self.wheel.look(self.at(tick));
            std::iter::from_fn(|| self.wheel.pop_due()).collect()
        }
    }

    #[test]
    fn nothing_is_early_and_nothing_is_late() {
        for tick in [1, 2, 63, 64, 65, 4_095, 4_096, 1 << 30, LAST] {
            let mut clock = Clock::new();
            clock.set(tick, 0);
            assert_eq!(clock.due(tick - 1), [], "{tick}");
            assert_eq!(clock.due(tick), [0], "{tick}");
            assert_eq!(clock.wheel.next_look(), None);
        }
    }

    #[test]
    fn what_has_come_before_it_was_set_is_due_in_the_next_tick() {
        let mut clock = Clock::new();
        assert_eq!(clock.due(70), []);
        clock.set(10, 0);
        assert_eq!(clock.due(70), []);
        assert_eq!(clock.wheel.next_look(), Some(clock.at(71)));
        clock.set(80, 1);
        clock.set(10, 2);
        assert_eq!(clock.due(100), [0, 2, 1]);
    }

    #[test]
    fn equal_deadlines_come_in_the_order_in_which_they_were_given() {
        let mut clock = Clock::new();
        clock.set(5_000, 0);
        clock.set(4_999, 1);
        assert_eq!(clock.due(4_990), []);
        clock.set(5_000, 2);
        let third = clock.set(5_001, 3);
        assert_eq!(clock.due(4_991), []);
        clock.wheel.rearm(third, clock.at(4_999));
        clock.set(5_000, 4);
        assert_eq!(clock.due(10_000), [1, 0, 2, 3, 4]);
    }

    #[test]
    fn a_handle_is_void_when_its_item_is_out() {
        let mut clock = Clock::new();
        let first = clock.set(10, 1);
        assert_eq!(clock.wheel.cancel(first), Some(1));
        let second = clock.set(10, 2);
        let later = clock.at(20);
        assert!(clock.wheel.cancel(first).is_none() && !clock.wheel.rearm(first, later));
        assert_eq!(clock.wheel.get(second), Some(&2));
        assert_eq!(clock.due(10), [2]);
        assert!(clock.wheel.get_mut(second).is_none());
        assert_eq!(clock.wheel.len(), 0);
    }

    #[test]
    fn the_next_look_is_never_after_the_next_deadline() {
        let mut clock = Clock::new();
        clock.set(100_000, 0);
        clock.wheel.look(clock.epoch);
        let mut looks = 0;
        while let Some(next) = clock.wheel.next_look() {
            assert!(next <= clock.at(100_000));
            clock.wheel.look(next);
            while clock.wheel.pop_due().is_some() {}
            looks += 1;
        }
        assert!(looks <= LEVELS, "{looks} looks");
    }
}
