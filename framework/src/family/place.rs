use mio::Token;

use crate::Tokens;
use crate::planted::Bug;
use crate::tokens::{VERSION, member_token};

/// What a family knows about one of its members, in 16 bytes.
///
/// `word` holds every special circumstance in one place, so that an event asks
/// one question: it is the upper part of the member's token while nothing is
/// out of the ordinary, and otherwise lacks the number of the family.
#[derive(Debug)]
pub(crate) struct Place<S> {
    word: u32,
    flags: u16,
    /// Sweeps since something came from the member or could be sent to it.
    pub(crate) age: u8,
    /// Sweeps since an incomplete message began, plus one; 0 without one.
    pub(crate) message_age: u8,
    /// None while the place is free, or the member lent.
    pub(crate) member: Option<Box<S>>,
}

/// A special circumstance of a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u16)]
pub(crate) enum Flag {
    /// There may be something to read.
    Latched = 1,
    /// The event said more than that: a short read is not to be believed.
    Hinted = 1 << 1,
    /// Inserted, and not registered yet.
    New = 1 << 2,
    /// In the list of those that are to be settled.
    Noted = 1 << 3,
    /// In the loop's ready queue.
    Queued = 1 << 4,
    /// Paused by the user.
    Paused = 1 << 5,
    /// Not read while too much is unsent.
    Full = 1 << 6,
    /// Not read until a deadline, or until there is room in another family.
    Resting = 1 << 7,
    /// Reading is over.
    Ended = 1 << 8,
    /// On its way out, or about to be told that it has ended.
    Going = 1 << 9,
    /// The poll is asked for WRITABLE.
    Asked = 1 << 10,
    /// The last write came up short: there is no use in another one yet.
    Blocked = 1 << 11,
    /// Something was sent of which its WRITABLE handler has not been told.
    Sent = 1 << 12,
    /// Taken off the kernel while it is held.
    Away = 1 << 13,
    /// Nobody is here.
    Free = 1 << 14,
    /// Of a raw handler's: there may be room to write. Of one that the loop
    /// drains: it was drained, and may have been sent something.
    Writable = 1 << 15,
}

impl Flag {
    /// The other meaning of `Writable`.
    pub(crate) const SERVED: Flag = Flag::Writable;
}

/// What makes no difference to whether a member may be drained.
const ORDINARY: u16 =
    Flag::Noted as u16 | Flag::Asked as u16 | Flag::Sent as u16 | Flag::SERVED as u16;

const HELD: u16 =
    Flag::Paused as u16 | Flag::Full as u16 | Flag::Resting as u16 | Flag::Ended as u16;

impl<S> Place<S> {
    /// A place that is free, whose next member has this version.
    pub(crate) fn free(version: u32) -> Place<S> {
        Place {
            word: version & VERSION,
            flags: Flag::Free as u16,
            age: 0,
            message_age: 0,
            member: None,
        }
    }

    /// The member's token if nothing is out of the ordinary.
    #[inline(always)]
    pub(crate) fn is_plain(&self, word: u32) -> bool {
        self.word == word
    }

    /// Whether the place belongs to the member with this word.
    pub(crate) fn is_of(&self, word: u32) -> bool {
        if Bug::IgnoresVersion.is_planted() {
            return !self.has(Flag::Free);
        }
        !self.has(Flag::Free) && self.word & VERSION == word & VERSION
    }

    pub(crate) fn token(&self, tokens: Tokens, index: u32) -> Token {
        member_token(tokens.word() | self.word & VERSION, index)
    }

    /// Something has come from the member, and no message is incomplete.
    #[inline(always)]
    pub(crate) fn touch(&mut self) {
        if !Bug::TouchesNoDeadline.is_planted() {
            (self.age, self.message_age) = (0, 0);
        }
        self.flags |= Flag::SERVED as u16;
    }

    /// The member is read again: its times begin anew.
    pub(crate) fn begin_anew(&mut self) {
        self.age = 0;
        self.message_age = self.message_age.min(1);
    }

    #[inline(always)]
    pub(crate) fn has(&self, flag: Flag) -> bool {
        self.flags & flag as u16 != 0
    }

    pub(crate) fn set(&mut self, tokens: Tokens, flag: Flag) {
        self.flags |= flag as u16;
        self.refresh(tokens);
    }

    pub(crate) fn clear(&mut self, tokens: Tokens, flag: Flag) {
        self.flags &= !(flag as u16);
        self.refresh(tokens);
    }

    fn refresh(&mut self, tokens: Tokens) {
        self.word &= VERSION;
        if self.flags & !ORDINARY == 0 {
            self.word |= tokens.word();
        }
    }

    /// A new member moves in.
    pub(crate) fn settle_in(&mut self, tokens: Tokens, member: Box<S>) {
        self.flags = Flag::New as u16;
        (self.age, self.message_age) = (0, 0);
        self.refresh(tokens);
        self.member = Some(member);
    }

    /// The member has gone: its version has passed.
    pub(crate) fn vacate(&mut self) {
        *self = Place::free(self.word.wrapping_add(1));
    }

    /// Not read for the time being: what comes is latched.
    pub(crate) fn is_held(&self) -> bool {
        self.flags & HELD != 0
    }

    /// A member that look-ups see.
    pub(crate) fn is_here(&self) -> bool {
        self.flags & (Flag::Free as u16 | Flag::Going as u16) == 0
    }
}

/// For tests that look into a loop.
#[cfg(feature = "sim")]
impl<S> Place<S> {
    pub(super) fn flags(&self) -> u16 {
        self.flags
    }
}
