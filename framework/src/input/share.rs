//! The drain of a member: what it may read, and where what is unread is.

use std::io;
use std::mem;

use mio::Token;

use super::carried::{Carried, shelf};
use super::{Input, NOBODY};
use crate::planted::Bug;
use crate::{Ended, FrameError, Split};

/// What the drain under way may do and has done. A value of the drain's own,
/// which stays in registers.
#[derive(Debug)]
pub struct Share {
    /// The longest frame that may be yielded.
    pub(crate) frame_limit: usize,
    /// A short read says that the source is dry.
    short_is_dry: bool,
    /// It is dry.
    dry: bool,
    /// What is unread is not in the loop's buffer.
    carried: bool,
    /// How much was read.
    taken: usize,
    /// How much of what is unread was found to be no whole frame.
    seen: usize,
    /// What the framing has said of what is unread.
    split: Option<Result<Split, FrameError>>,
}

/// How a drain has begun.
#[derive(Debug, Default)]
pub enum Begun {
    /// Nothing was read.
    #[default]
    Fresh,
    /// So many bytes were read, or none.
    Read(io::Result<usize>),
    /// So many bytes were read, and the framing may have said this of them.
    Split(usize, Option<Result<Split, FrameError>>),
    /// Reading is over.
    Over(Ended),
}

/// What a read into the buffer has found.
pub(crate) enum Filled {
    /// So many bytes: none at the end of the stream.
    Bytes(usize),
    /// The source is dry.
    Dry,
    /// The drain under way has read its share.
    Enough,
}

impl Input {
    /// Begins the drain of a member.
    #[inline(always)]
    pub(crate) fn share(&mut self, token: usize, frame_limit: usize, short_is_dry: bool) -> Share {
        self.current = token;
        self.used = true;
        self.shelf.get_or_insert_with(shelf);
        let carried = self.claim();
        Share {
            frame_limit,
            short_is_dry,
            dry: false,
            carried,
            taken: 0,
            seen: if carried { self.carried.seen } else { 0 },
            split: None,
        }
    }

    /// Gives a member bytes to find unread, in place of what it has left.
    pub(crate) fn bring(&mut self, token: usize, bytes: Vec<u8>) {
        self.shelf.get_or_insert_with(shelf);
        self.take_left(token);
        if self.owner == token {
            self.owner = NOBODY;
        }
        self.put_on_shelf(Carried::of(token, bytes));
        (self.others, self.used) = (true, true);
    }

    /// Drops what those have left who are not there any more.
    pub(crate) fn forget(&mut self, gone: impl Fn(Token) -> bool) {
        for owner in [self.owner, self.carried.owner] {
            if gone(Token(owner)) {
                self.take_left(owner);
            }
        }
        if let Some(shelf) = &mut self.shelf {
            shelf.retain(&|owner| !gone(Token(owner)));
        }
    }

    /// Whether nobody has left anything unread.
    #[inline(always)]
    pub(crate) fn is_free(&mut self) -> bool {
        !self.used || self.is_free_again()
    }

    #[cold]
    #[inline(never)]
    fn is_free_again(&mut self) -> bool {
        self.used = self.others || !self.buffer.is_empty();
        !self.used
    }

    /// How the drain has begun.
    pub(crate) fn take_begun(&mut self) -> Begun {
        mem::take(&mut self.begun)
    }

    /// What was read into the buffer when it was free is of this member.
    pub(crate) fn belongs_to(&mut self, token: usize, count: usize) {
        (self.buffer.start, self.buffer.end) = (0, count);
        (self.owner, self.current) = (token, token);
        self.used = true;
    }

    /// Whether what is drained now leaves something unread.
    #[inline(always)]
    pub(crate) fn leaves_something(&self, share: &Share) -> bool {
        if share.carried {
            return self.has_left(self.current);
        }
        self.buffer.start != self.buffer.end
    }

    /// Whether a source has left something unread.
    #[cold]
    #[inline(never)]
    pub(crate) fn has_left(&self, source: usize) -> bool {
        let in_buffer = self.owner == source && !self.buffer.is_empty();
        let carried = self.carried.owner == source && !self.carried.is_empty();
        let on_shelf = self.shelf.as_ref().is_some_and(|shelf| shelf.has(source));
        let left = |left: &(usize, super::Buffer)| left.0 == source && !left.1.is_empty();
        in_buffer || carried || on_shelf || self.left.iter().any(left)
    }

    /// What a source has left is to be looked at anew. Whether it has left
    /// something.
    pub(crate) fn forget_seen(&mut self, source: usize) -> bool {
        if self.carried.owner == source {
            self.carried.seen = 0;
        }
        if let Some(mut carried) = self.take_from_shelf(source) {
            carried.seen = 0;
            self.put_on_shelf(carried);
        }
        self.has_left(source)
    }
}

impl Share {
    /// So much has been read already.
    pub(crate) fn has_taken(&mut self, count: usize) {
        self.taken = count;
        self.dry = self.short_is_dry && count < Input::CAPACITY;
    }

    /// What the framing has said of what is unread, once.
    pub(crate) fn set_split(&mut self, split: Option<Result<Split, FrameError>>) {
        self.split = split;
    }

    #[inline(always)]
    pub(crate) fn take_split(&mut self) -> Option<Result<Split, FrameError>> {
        self.split.take()
    }

    /// What is unread.
    #[inline(always)]
    pub(crate) fn unread<'b>(&self, input: &'b Input) -> &'b [u8] {
        if self.carried {
            return input.carried.unread();
        }
        input.buffer.unread()
    }

    /// How much of it was found to be no whole frame.
    #[inline(always)]
    pub(crate) fn seen(&self) -> usize {
        self.seen
    }

    /// All that is unread was found to be no whole frame.
    pub(crate) fn mark_seen(&mut self, input: &mut Input) {
        self.seen = self.unread(input).len();
        if self.carried {
            input.carried.seen = self.seen;
        }
    }

    /// What is unread is to be looked at anew.
    pub(crate) fn forget_seen(&mut self) {
        self.seen = 0;
    }

    /// Takes the bytes of a frame.
    #[inline(always)]
    pub(crate) fn take<'b>(&mut self, input: &'b mut Input, length: usize) -> &'b [u8] {
        if !Bug::SkipsWhatItHasNotSeen.is_planted() {
            self.seen = 0;
        }
        if self.carried {
            return input.carried.take(length);
        }
        let buffer = &mut input.buffer;
        let start = buffer.start;
        let end = buffer.end.min(start.saturating_add(length));
        buffer.start = end;
        buffer.bytes.get(start..end).unwrap_or_default()
    }

    /// Reads from a stream, unless a short read has said that it is dry, or it
    /// has given as much as the buffer holds.
    #[inline(always)]
    pub(crate) fn fill(
        &mut self,
        input: &mut Input,
        read: impl FnMut(&mut [u8]) -> io::Result<usize>,
    ) -> io::Result<Filled> {
        if self.dry {
            return Ok(Filled::Dry);
        }
        let buffer = &mut input.buffer;
        if self.taken != 0 || self.carried || buffer.start != buffer.end {
            return self.fill_more(input, read);
        }
        let mut read = read;
        let count = read(&mut buffer.bytes[..])?.min(Input::CAPACITY);
        (buffer.start, buffer.end) = (0, count);
        self.taken = count;
        self.dry = self.short_is_dry && count < Input::CAPACITY && count > 0;
        Ok(Filled::Bytes(count))
    }

    /// Reads behind what is unread.
    #[cold]
    #[inline(never)]
    fn fill_more(
        &mut self,
        input: &mut Input,
        mut read: impl FnMut(&mut [u8]) -> io::Result<usize>,
    ) -> io::Result<Filled> {
        if self.taken >= Input::CAPACITY {
            return Ok(Filled::Enough);
        }
        if !self.carried && input.buffer.is_full() {
            let unread = input.buffer.unread().to_vec();
            (input.buffer.start, input.buffer.end) = (0, 0);
            let owner = mem::replace(&mut input.owner, NOBODY);
            input.carried = Carried::of(owner, unread);
            input.carried.seen = self.seen;
            input.others = true;
            self.carried = true;
        }
        if self.carried && input.carried.is_empty() {
            self.carried = input.claim();
        }
        let mut free = 0;
        let read = |buffer: &mut [u8]| {
            free = buffer.len();
            read(buffer)
        };
        let count = match self.carried {
            true => input
                .carried
                .fill(&mut input.buffer.bytes[..], usize::MAX, read)?,
            false => input.fill(read)?,
        };
        self.taken += count;
        self.dry = self.short_is_dry && count < free && count > 0;
        Ok(Filled::Bytes(count))
    }

    /// Whether nothing is left to do in the drain under way.
    #[inline(always)]
    pub(crate) fn is_spent(&self, input: &Input) -> bool {
        self.dry && !self.carried && input.buffer.start == input.buffer.end
    }
}
