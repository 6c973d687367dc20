//! Memory for output.

use std::fmt;
use std::io;

use super::pool::pooled;
use crate::family::OutputLimits;
use crate::planted::Bug;

/// The output of a connection that has some.
#[derive(Default)]
pub struct Busy {
    pub(super) bytes: Vec<u8>,
    /// How many of them have been written.
    pub(super) written: usize,
    /// What is out of the ordinary.
    pub(super) flags: u8,
    /// How much of what is unsent the loop knows of.
    pub(super) known: usize,
    pub(super) limits: OutputLimits,
    /// What was read and not framed, of a connection that is in no loop.
    pub(super) unread: Vec<u8>,
    /// The next one in the pool.
    pub(super) next: Option<Box<Busy>>,
}

/// The system has not taken all that was there: only then is the peer slow.
pub(super) const TRIED: u8 = 1;
/// Something was sent above the hard cap.
pub(super) const OVERFLOWN: u8 = 1 << 1;
/// Our direction is to be ended after what is unsent.
pub(super) const FINISH: u8 = 1 << 2;
/// It has been.
pub(super) const FINISHED: u8 = 1 << 3;
/// There is something in `unread`.
pub(super) const UNREAD: u8 = 1 << 4;
/// There is more memory than is kept for nothing.
pub(super) const BIG: u8 = 1 << 5;

/// Why what was sent is not all done with.
#[derive(Debug)]
pub enum Hindrance {
    /// Something is to be remembered; nothing was written.
    Remembered,
    /// The write has come up short, or failed.
    Written(io::Result<usize>),
    /// All was written, but the stream holds some of it.
    Flushed(io::Error),
}

impl fmt::Debug for Busy {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Busy")
            .field("unsent", &self.unsent().len())
            .finish_non_exhaustive()
    }
}

impl Busy {
    /// Memory for the members of a family with these limits.
    #[cold]
    #[inline(never)]
    pub(crate) fn of(limits: OutputLimits) -> Box<Busy> {
        let mut busy = pooled();
        busy.recycle(limits);
        busy
    }

    /// What is unsent, if nothing is out of the ordinary: nothing of it has been
    /// written then.
    #[inline(always)]
    pub(crate) fn plainly_unsent(&self) -> Option<&[u8]> {
        (self.flags == 0).then_some(&self.bytes)
    }

    /// Whether so many bytes are all of it.
    #[inline(always)]
    pub(crate) fn is_left_with(&self, count: usize) -> bool {
        self.bytes.len() == count
    }

    /// All of it has been written.
    #[inline(always)]
    pub(crate) fn has_left(&mut self) {
        if !Bug::KeepsWhatWasSent.is_planted() {
            self.bytes.clear();
        }
    }

    #[inline(always)]
    pub(crate) fn unsent(&self) -> &[u8] {
        // Never beyond the end; a `get` costs less than a panic.
        self.bytes.get(self.written..).unwrap_or_default()
    }

    #[inline(always)]
    pub(super) fn takes(&self, count: usize) -> bool {
        let room = self.bytes.capacity() - self.bytes.len();
        room >= count && self.flags & (FINISH | FINISHED) == 0
    }

    /// Whether what is sent is dropped.
    pub(super) fn refuses(&mut self) -> bool {
        if self.flags & (FINISH | FINISHED) != 0 {
            return true;
        }
        if Bug::HasNoHardCap.is_planted() {
            return false;
        }
        let over = self.flags & TRIED != 0 && self.unsent().len() > self.limits.cap;
        if over {
            self.flags |= OVERFLOWN;
        }
        over
    }

    /// So much has been written of what is unsent. Whether that was all.
    #[inline(always)]
    pub(crate) fn wrote(&mut self, count: usize) -> bool {
        let all = count >= self.unsent().len();
        if all {
            self.bytes.clear();
            self.written = 0;
            self.flags &= !TRIED;
        } else {
            self.written += count;
        }
        all
    }

    /// Ready for another connection of a family with these limits.
    pub(super) fn recycle(&mut self, limits: OutputLimits) {
        self.limits = limits;
        self.flags = 0;
        self.known = 0;
        if self.bytes.capacity() > KEPT {
            self.bytes = Vec::new();
        }
    }

    /// Room for what is sent: doubled up to the cap, and exact above.
    pub(super) fn make_room(&mut self, count: usize) {
        if self.written > 0 {
            if !Bug::WritesTwice.is_planted() {
                self.bytes.drain(..self.written);
            }
            self.written = 0;
        }
        let least = self.bytes.len() + count.max(1);
        if self.bytes.capacity() >= least {
            return;
        }
        let doubled = (2 * self.bytes.capacity()).min(self.limits.cap);
        let capacity = least.max(doubled).max(SMALLEST);
        self.bytes.reserve_exact(capacity - self.bytes.len());
        if self.bytes.capacity() > KEPT {
            self.flags |= BIG;
        }
    }
}

/// Memory that is kept for output at the least, in bytes, and at the most when
/// nothing is unsent.
const SMALLEST: usize = 512;
pub(super) const KEPT: usize = 256 * 1024;
