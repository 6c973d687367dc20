use std::ops::{Deref, DerefMut};

use mio::{Interest, Token};

use crate::Readiness;

/// What the loop knows about one single source.
///
/// `word` holds every special circumstance in one place, so that an event asks
/// one question: `word == 0` means attached, nothing latched, nothing held.
#[derive(Debug)]
pub(crate) struct SlotState {
    word: u32,
    pub(crate) token: Token,
    pub(crate) interest: Interest,
    /// Whether it is the slot of a source. Those of further rows idle.
    pub(crate) used: bool,
    /// Whether the poll has the source that is in the field, or was.
    pub(crate) registered: bool,
    /// Events since the source is held; see `Config::wakes_while_paused`.
    pub(crate) wakes: u32,
}

/// The lower half of the word is the latch.
const LATCH: u32 = 0xffff;

/// A flag in the upper half of a slot's word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
pub(crate) enum Flag {
    /// In the ready queue.
    Queued = 1 << 16,
    /// Ended, closed, or not attached yet.
    Detached = 1 << 17,
    /// Paused by the user: reading waits for `resume`.
    Paused = 1 << 18,
    /// Resting: reading waits for a deadline.
    Resting = 1 << 19,
    /// Taken off the kernel while it is held.
    Away = 1 << 20,
    /// A raw handler is to be called though only room to write is latched: it
    /// wrote and did not block when its budget was used up.
    Wrote = 1 << 21,
    /// The loop stops: nothing is read any more.
    Stopped = 1 << 22,
    /// Detached, and to be attached when the handler has returned.
    Attaching = 1 << 23,
    /// Attached in this turn: the events of its batch were for another source.
    Fresh = 1 << 24,
    /// A listener waits for room in a family that it fills.
    Waiting = 1 << 25,
    /// It rests until it is changed.
    Unset = 1 << 26,
}

const HELD: u32 =
    Flag::Paused as u32 | Flag::Resting as u32 | Flag::Stopped as u32 | Flag::Waiting as u32;

impl SlotState {
    /// A slot that waits to be attached. What the poll is not asked for anything
    /// on behalf of is not used.
    pub(crate) fn detached(token: Token, interest: Option<Interest>) -> SlotState {
        SlotState {
            word: Flag::Detached as u32,
            token,
            interest: interest.unwrap_or(Interest::READABLE),
            used: interest.is_some(),
            registered: false,
            wakes: 0,
        }
    }

    /// Attached, and nothing out of the ordinary.
    #[inline(always)]
    pub(crate) fn is_plain(&self) -> bool {
        self.word == 0
    }

    pub(crate) fn has(&self, flag: Flag) -> bool {
        self.word & flag as u32 != 0
    }

    pub(crate) fn set(&mut self, flag: Flag) {
        self.word |= flag as u32;
    }

    pub(crate) fn clear(&mut self, flag: Flag) {
        self.word &= !(flag as u32);
    }

    /// Paused, at rest or stopped: what comes is latched and not read.
    pub(crate) fn is_held(&self) -> bool {
        self.word & HELD != 0
    }

    /// Whether a handler may be told of room to write.
    #[inline(always)]
    pub(crate) fn may_write(&self) -> bool {
        const NOT: u32 = Flag::Detached as u32 | Flag::Stopped as u32 | Flag::Fresh as u32;
        self.word & NOT == 0
    }

    pub(crate) fn latch(&self) -> Readiness {
        Readiness::from_bits((self.word & LATCH) as u16)
    }

    pub(crate) fn set_latch(&mut self, readiness: Readiness) {
        self.word = self.word & !LATCH | u32::from(readiness.bits());
    }

    /// Forgets what was known: the source is new, or gone. What is in the ready
    /// queue is still there, and a loop that stops goes on stopping.
    pub(crate) fn reset(&mut self, flag: Flag) {
        self.word &= Flag::Queued as u32 | Flag::Stopped as u32;
        self.set(flag);
        self.wakes = 0;
    }

    pub(crate) fn is_attached(&self) -> bool {
        !self.has(Flag::Detached)
    }

    /// Whether a handler may still be called for this source without somebody
    /// else's doing.
    pub(crate) fn is_live(&self) -> bool {
        let waits = self.has(Flag::Paused) || self.has(Flag::Waiting) || self.has(Flag::Unset);
        self.is_attached() && (!waits || self.interest.is_writable())
    }
}

/// For tests that look into a loop.
#[cfg(feature = "sim")]
impl SlotState {
    pub(crate) fn word(&self) -> u32 {
        self.word
    }
}

/// The slots of an application, one for each row of its table.
#[derive(Debug, Default)]
pub(crate) struct Slots {
    all: Vec<SlotState>,
    /// No slot has been changed since all of them were found to be plain.
    plain: bool,
}

impl Slots {
    pub(crate) fn new(all: Vec<SlotState>) -> Slots {
        Slots { all, plain: false }
    }

    /// Whether a slot is attached, and nothing out of the ordinary. One
    /// comparison as long as that holds for all.
    #[inline(always)]
    pub(crate) fn is_plain(&self, slot: usize) -> bool {
        self.plain || self.all[slot].is_plain()
    }

    /// The events of a batch have been dispatched: nothing is fresh any more,
    /// and perhaps all that are used are plain again.
    pub(crate) fn settle(&mut self) {
        self.plain = true;
        for slot in &mut self.all {
            slot.clear(Flag::Fresh);
            self.plain &= slot.is_plain() || !slot.used;
        }
    }
}

impl Deref for Slots {
    type Target = [SlotState];

    fn deref(&self) -> &[SlotState] {
        &self.all
    }
}

impl DerefMut for Slots {
    /// Whoever takes a slot to change it need not think of the others.
    fn deref_mut(&mut self) -> &mut [SlotState] {
        self.plain = false;
        &mut self.all
    }
}
