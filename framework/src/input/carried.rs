//! What a member of a family has read and not taken, where it is not in the
//! loop's buffer.

use std::collections::BTreeMap;
use std::io;

use super::{NOBODY, too_long};

/// Bytes of a source that are unread, in memory of their own.
pub(super) struct Carried {
    /// Whose they are.
    pub(super) owner: usize,
    bytes: Vec<u8>,
    start: usize,
    /// How much of what is unread was found to be no whole frame.
    pub(super) seen: usize,
}

impl Default for Carried {
    fn default() -> Carried {
        Carried::of(NOBODY, Vec::new())
    }
}

impl Carried {
    pub(super) fn of(owner: usize, bytes: Vec<u8>) -> Carried {
        Carried {
            owner,
            bytes,
            start: 0,
            seen: 0,
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.start == self.bytes.len()
    }

    pub(super) fn unread(&self) -> &[u8] {
        &self.bytes[self.start..]
    }

    pub(super) fn into_unread(mut self) -> Vec<u8> {
        self.bytes.drain(..self.start);
        self.bytes
    }

    /// Reads by way of the loop's buffer: safe code cannot read into memory
    /// that nobody has written yet.
    #[cold]
    #[inline(never)]
    pub(super) fn fill(
        &mut self,
        buffer: &mut [u8],
        limit: usize,
        read: impl FnOnce(&mut [u8]) -> io::Result<usize>,
    ) -> io::Result<usize> {
        if self.unread().len() >= limit {
            return Err(too_long());
        }
        let count = read(buffer)?.min(buffer.len());
        // Only what is unread is kept when there would have to be more room.
        if self.start > 0 && self.bytes.len() + count > self.bytes.capacity() {
            self.bytes.drain(..self.start);
            self.start = 0;
        }
        self.bytes.extend_from_slice(&buffer[..count]);
        Ok(count)
    }

    #[cold]
    #[inline(never)]
    pub(super) fn take(&mut self, count: usize) -> &[u8] {
        let start = self.start;
        self.start += count.min(self.bytes.len() - start);
        self.seen = 0;
        &self.bytes[start..self.start]
    }
}

/// Where members leave what they have not taken. A trait, so that a program
/// without families is not larger for it.
pub(super) trait Shelf: Send + Sync {
    fn put(&mut self, carried: Carried);
    fn take(&mut self, owner: usize) -> Option<Carried>;
    fn has(&self, owner: usize) -> bool;
    #[cfg(feature = "sim")]
    fn length(&self, owner: usize) -> usize;
    fn is_empty(&self) -> bool;
    fn retain(&mut self, keeps: &dyn Fn(usize) -> bool);
}

impl Shelf for BTreeMap<usize, Carried> {
    fn put(&mut self, carried: Carried) {
        self.insert(carried.owner, carried);
    }

    fn take(&mut self, owner: usize) -> Option<Carried> {
        self.remove(&owner)
    }

    fn has(&self, owner: usize) -> bool {
        self.contains_key(&owner)
    }

    #[cfg(feature = "sim")]
    fn length(&self, owner: usize) -> usize {
        self.get(&owner).map_or(0, |carried| carried.unread().len())
    }

    fn is_empty(&self) -> bool {
        BTreeMap::is_empty(self)
    }

    fn retain(&mut self, keeps: &dyn Fn(usize) -> bool) {
        BTreeMap::retain(self, |owner, _| keeps(*owner));
    }
}

pub(super) fn shelf() -> Box<dyn Shelf> {
    Box::new(BTreeMap::new())
}
