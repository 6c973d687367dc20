//! Items in lists, each of which can be taken out of the middle of its list by its
//! handle. Nothing is allocated but when there are more of them than ever before.

use std::mem;

/// No entry.
pub(super) const NONE: u32 = u32::MAX;

/// Items of type `K` with some `D`, in so many lists.
#[derive(Debug)]
pub(super) struct Lists<D, K, const LISTS: usize> {
    entries: Vec<Entry<D, K>>,
    /// The first entry that nobody has; they are linked by `next`.
    free: u32,
    lists: Box<[List; LISTS]>,
    count: usize,
}

#[derive(Debug)]
struct Entry<D, K> {
    data: D,
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

const EMPTY: List = List {
    first: NONE,
    last: NONE,
};

impl<D: Copy, K, const LISTS: usize> Lists<D, K, LISTS> {
    pub(super) fn new() -> Self {
        Lists {
            entries: Vec::new(),
            free: NONE,
            lists: Box::new([EMPTY; LISTS]),
            count: 0,
        }
    }

    /// How many items there are in all lists.
    pub(super) fn len(&self) -> usize {
        self.count
    }

    /// Puts an item at the end of a list.
    #[inline]
    pub(super) fn insert(&mut self, list: usize, data: D, item: K) -> Handle {
        let previous = self.lists[list].last;
        let entry = |version| Entry {
            data,
            version,
            list: list as u32,
            previous,
            next: NONE,
            item: Some(item),
        };
        let (index, version) = match self.free {
            NONE => {
                self.entries.push(entry(0));
                ((self.entries.len() - 1) as u32, 0)
            }
            free => {
                let place = &mut self.entries[free as usize];
                let version = place.version;
                self.free = place.next;
                *place = entry(version);
                (free, version)
            }
        };
        self.count += 1;
        self.end_with(list, previous, index);
        Handle { index, version }
    }

    /// Takes an entry out of its list, which it returns, to be
    /// [added](Self::add) to another one.
    #[inline]
    pub(super) fn unlink(&mut self, index: u32) -> usize {
        let entry = &self.entries[index as usize];
        let (list, previous, next) = (entry.list as usize, entry.previous, entry.next);
        match previous {
            NONE => self.lists[list].first = next,
            previous => self.entries[previous as usize].next = next,
        }
        match next {
            NONE => self.lists[list].last = previous,
            next => self.entries[next as usize].previous = previous,
        }
        list
    }

    /// Puts an entry that is in no list at the end of one.
    #[inline]
    pub(super) fn add(&mut self, list: usize, index: u32, data: D) {
        let previous = self.lists[list].last;
        let entry = &mut self.entries[index as usize];
        entry.data = data;
        entry.list = list as u32;
        (entry.previous, entry.next) = (previous, NONE);
        self.end_with(list, previous, index);
    }

    /// Takes the item out of an entry that is in no list. Its handles are void.
    #[inline]
    pub(super) fn remove(&mut self, index: u32) -> Option<K> {
        let entry = &mut self.entries[index as usize];
        entry.version = entry.version.wrapping_add(1);
        entry.next = self.free;
        self.free = index;
        self.count -= 1;
        entry.item.take()
    }

    /// Empties a list; its first entry, after which the others are
    /// [next](Self::next) to each other.
    pub(super) fn take_all(&mut self, list: usize) -> u32 {
        mem::replace(&mut self.lists[list], EMPTY).first
    }

    /// The first entry of a list.
    #[inline]
    pub(super) fn first(&self, list: usize) -> u32 {
        self.lists[list].first
    }

    /// What is known of an entry, and the next one of its list.
    #[inline]
    pub(super) fn next(&self, index: u32) -> (D, u32) {
        let entry = &self.entries[index as usize];
        (entry.data, entry.next)
    }

    #[inline]
    pub(super) fn find(&self, handle: Handle) -> Option<u32> {
        let entry = self.entries.get(handle.index as usize)?;
        let here = entry.version == handle.version && entry.item.is_some();
        here.then_some(handle.index)
    }

    pub(super) fn get(&self, handle: Handle) -> Option<&K> {
        let index = self.find(handle)?;
        self.entries[index as usize].item.as_ref()
    }

    pub(super) fn get_mut(&mut self, handle: Handle) -> Option<&mut K> {
        let index = self.find(handle)?;
        self.entries[index as usize].item.as_mut()
    }

    #[inline]
    fn end_with(&mut self, list: usize, previous: u32, index: u32) {
        match previous {
            NONE => self.lists[list].first = index,
            previous => self.entries[previous as usize].next = index,
        }
        self.lists[list].last = index;
    }
}
