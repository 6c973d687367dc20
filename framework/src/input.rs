mod carried;
mod share;
#[cfg(test)]
mod tests;

use std::fmt;
use std::io;
use std::mem;
use std::time::{Duration, Instant};

use crate::Config;
use crate::planted::Bug;
use crate::state::read_clock;
use crate::table::TOKEN_END;
use carried::{Carried, Shelf};
pub(crate) use share::Filled;
pub use share::{Begun, Share};

/// The loop's one input buffer, lent to a source while it is drained, so that
/// an idle source owns none and an item can borrow the bytes it is made of.
///
/// It keeps what was read and not yet taken: a source that finds half an item
/// leaves it there and answers [`Dry`](crate::Next::Dry) (or lets `WouldBlock`
/// out). The bytes are there again when the source is drained next, however
/// long that takes, and whatever other sources did in between.
///
/// Its capacity is 64 KiB, which is also the most that one item can borrow; only
/// a [`Connection`](crate::Connection) assembles longer frames, if the limit of
/// its family allows for them.
///
/// # Examples
///
/// A source of lines, over anything that can be read:
///
/// ```
/// use miocene::{Input, Next};
/// use std::io::{self, Read};
///
/// fn next_line<'b>(mut source: impl Read, input: &'b mut Input) -> io::Result<Next<&'b [u8]>> {
///     loop {
///         if let Some(end) = input.unread().iter().position(|&byte| byte == b'\n') {
///             return Ok(Next::Item(input.take(end + 1)));
///         }
///         if input.fill(|buffer| source.read(buffer))? == 0 {
///             // The last line may have no end; after it comes the end.
///             let rest = input.unread().len();
///             return Ok(match rest {
///                 0 => Next::End,
///                 _ => Next::Item(input.take(rest)),
///             });
///         }
///     }
/// }
/// # let mut input = Input::default();
/// # let mut bytes = &b"one\ntwo"[..];
/// # assert!(matches!(next_line(&mut bytes, &mut input), Ok(Next::Item(b"one\n"))));
/// # assert!(matches!(next_line(&mut bytes, &mut input), Ok(Next::Item(b"two"))));
/// # assert!(matches!(next_line(&mut bytes, &mut input), Ok(Next::End)));
/// ```
pub struct Input {
    pub(crate) buffer: Buffer,
    /// Whose the bytes in the buffer are, and who is being drained: they are
    /// told apart when the buffer is used, which many sources never do.
    owner: usize,
    current: usize,
    /// The buffers of others that have left something unread. There are no more
    /// of them than single sources.
    left: Vec<(usize, Buffer)>,
    /// What members of families have left unread: of them there are many, so
    /// that each keeps no more than its bytes.
    shelf: Option<Box<dyn Shelf>>,
    /// What the member that is drained now has brought from the shelf, or has
    /// unread beyond the buffer. While it is in use, `owner` is [`NOBODY`].
    carried: Carried,
    /// Whether anything is in `left`, `shelf` or `carried`.
    others: bool,
    /// Something may be in the buffer or in `others`.
    used: bool,
    /// How the drain under way has begun.
    pub(crate) begun: Begun,
    retry_delay: Duration,
    /// The time of the turn, once a source has asked.
    now: Option<Instant>,
}

/// No source has this key.
const NOBODY: usize = usize::MAX;

pub(crate) struct Buffer {
    pub(crate) bytes: Box<[u8; Input::CAPACITY]>,
    start: usize,
    end: usize,
}

impl Input {
    /// The capacity of the buffer, and the most that one item can borrow, in
    /// bytes: 64 KiB.
    pub const CAPACITY: usize = 64 * 1024;

    pub(crate) fn new(config: &Config) -> Input {
        Input {
            buffer: Buffer::new(),
            owner: 0,
            current: 0,
            left: Vec::new(),
            shelf: None,
            carried: Carried::default(),
            others: false,
            used: false,
            begun: Begun::Fresh,
            retry_delay: config.retry_delay,
            now: None,
        }
    }

    /// The time of this turn of the loop: the clock is read when the first source
    /// asks, and not again until the next turn. What is due by it is due.
    pub fn now(&mut self) -> Instant {
        *self.now.get_or_insert_with(read_clock)
    }

    /// Another turn has begun. The loop may have looked at the clock already.
    #[inline(always)]
    pub(crate) fn begin_turn(&mut self, now: Option<Instant>) {
        self.now = now;
    }

    /// What was read and not yet taken.
    #[inline]
    pub fn unread(&mut self) -> &[u8] {
        if self.claim() {
            return self.carried.unread();
        }
        self.buffer.unread()
    }

    /// Reads once into the free part of the buffer, behind what is unread, and
    /// returns how many bytes came. As with [`std::io::Read`], 0 means the end.
    ///
    /// # Errors
    ///
    /// Those of `read`, and [`InvalidData`](io::ErrorKind::InvalidData) when
    /// the buffer is full of unread bytes: an item is longer than 64 KiB.
    #[inline]
    pub fn fill(&mut self, read: impl FnOnce(&mut [u8]) -> io::Result<usize>) -> io::Result<usize> {
        self.used = true;
        if self.claim() {
            let buffer = &mut self.buffer.bytes[..];
            return self.carried.fill(buffer, Input::CAPACITY, read);
        }
        let buffer = &mut self.buffer;
        if buffer.start == buffer.end {
            (buffer.start, buffer.end) = (0, 0);
        } else if buffer.end == buffer.bytes.len() {
            buffer.make_room()?;
        }
        let free = &mut buffer.bytes[buffer.end..];
        let count = read(free)?.min(free.len());
        buffer.end += count;
        Ok(count)
    }

    /// Takes the next `count` bytes of what is unread, or all if there are fewer.
    #[inline]
    pub fn take(&mut self, count: usize) -> &[u8] {
        if self.claim() {
            return self.carried.take(count);
        }
        let buffer = &mut self.buffer;
        let start = buffer.start;
        buffer.start += count.min(buffer.end - start);
        &buffer.bytes[start..buffer.start]
    }

    /// How long a source should ask to [rest](crate::Next::Rest) when the
    /// system has run out of something: [`Config::retry_delay`].
    #[inline]
    pub fn retry_delay(&self) -> Duration {
        self.retry_delay
    }

    /// Says which source is drained now.
    #[inline(always)]
    pub(crate) fn lend_to(&mut self, source: usize) {
        self.current = source;
    }

    /// Takes what a source has left unread.
    pub(crate) fn take_left(&mut self, source: usize) -> Vec<u8> {
        if let Some(carried) = self.take_from_shelf(source) {
            return carried.into_unread();
        }
        let buffer = if self.owner == source {
            &mut self.buffer
        } else if self.carried.owner == source {
            return mem::take(&mut self.carried).into_unread();
        } else if let Some(left) = self.left.iter_mut().find(|left| left.0 == source) {
            &mut left.1
        } else {
            return Vec::new();
        };
        let left = buffer.unread().to_vec();
        (buffer.start, buffer.end) = (0, 0);
        left
    }

    /// Gives a source bytes to find unread, in place of what it has left.
    ///
    /// # Errors
    ///
    /// When they are more than [`Input::CAPACITY`].
    pub(crate) fn put_back(&mut self, source: usize, bytes: &[u8]) -> io::Result<()> {
        self.lend_to(source);
        self.claim();
        self.used = true;
        let Some(begin) = self.buffer.bytes.get_mut(..bytes.len()) else {
            return Err(too_long());
        };
        begin.copy_from_slice(bytes);
        (self.buffer.start, self.buffer.end) = (0, bytes.len());
        Ok(())
    }

    /// Makes the buffer that of the source that is drained now, if it is not.
    /// Whether what is unread is carried, and not in the buffer.
    #[inline(always)]
    fn claim(&mut self) -> bool {
        if self.owner == self.current {
            return false;
        }
        if Bug::GivesCarriedToAnother.is_planted() {
            self.owner = self.current;
        } else if self.others || !self.buffer.is_empty() {
            return self.change_owner();
        }
        self.owner = self.current;
        false
    }

    /// Puts aside what others have left, and finds what the source that is
    /// drained now has left. Whether that is carried.
    #[cold]
    #[inline(never)]
    fn change_owner(&mut self) -> bool {
        self.others = true;
        if self.carried.owner == self.current && !self.carried.is_empty() {
            return true;
        }
        self.shelve();
        if let Some(carried) = self.take_from_shelf(self.current) {
            self.put_buffer_aside();
            self.carried = carried;
            self.owner = NOBODY;
            return true;
        }
        let own = self.left.iter().position(|left| left.0 == self.current);
        let empty = || self.left.iter().position(|left| left.1.is_empty());
        if let Some(found) = own.or_else(empty) {
            let left = &mut self.left[found];
            mem::swap(&mut self.buffer, &mut left.1);
            left.0 = self.owner;
        } else {
            self.put_buffer_aside();
        }
        self.owner = self.current;
        let shelf = self.shelf.as_ref();
        self.others = !self.left.is_empty() || shelf.is_some_and(|shelf| !shelf.is_empty());
        false
    }

    /// A single source keeps the whole buffer in which it has left something.
    fn put_buffer_aside(&mut self) {
        if !self.buffer.is_empty() {
            let buffer = mem::replace(&mut self.buffer, Buffer::new());
            self.left.push((self.owner, buffer));
        }
    }

    fn take_from_shelf(&mut self, source: usize) -> Option<Carried> {
        self.shelf.as_mut()?.take(source)
    }

    /// There is a shelf once there are members.
    fn put_on_shelf(&mut self, carried: Carried) {
        if let Some(shelf) = &mut self.shelf {
            shelf.put(carried);
        }
    }

    /// Puts on the shelf what a member has left.
    fn shelve(&mut self) {
        let carried = mem::take(&mut self.carried);
        if !carried.is_empty() {
            self.put_on_shelf(carried);
        }
        if self.owner >= TOKEN_END && !self.buffer.is_empty() {
            let left = Carried::of(self.owner, self.buffer.unread().to_vec());
            if !Bug::DropsCarried.is_planted() {
                self.put_on_shelf(left);
            }
            (self.buffer.start, self.buffer.end) = (0, 0);
        }
    }
}

/// For tests that look into a loop.
#[cfg(feature = "sim")]
impl Input {
    /// How much of a source's is in the buffer, carried, put aside and on the shelf;
    /// and how much the framing has seen.
    pub(crate) fn left_of(&self, source: usize) -> [usize; 5] {
        let of = |owner: usize, length: usize| if owner == source { length } else { 0 };
        let aside = self.left.iter();
        let aside = aside.map(|(owner, buffer)| of(*owner, buffer.unread().len()));
        let shelf = self.shelf.as_ref();
        [
            of(self.owner, self.buffer.unread().len()),
            of(self.carried.owner, self.carried.unread().len()),
            aside.sum(),
            shelf.map_or(0, |shelf| shelf.length(source)),
            of(self.carried.owner, self.carried.seen),
        ]
    }

    /// Whether others may have something, and anybody; and whose the buffer is.
    pub(crate) fn known(&self) -> (bool, bool, usize) {
        (self.others, self.used, self.owner)
    }
}

impl Buffer {
    fn new() -> Buffer {
        Buffer {
            bytes: zeroed(),
            start: 0,
            end: 0,
        }
    }

    #[inline(always)]
    fn unread(&self) -> &[u8] {
        // Never out of order; a `get` costs less than a panic.
        self.bytes.get(self.start..self.end).unwrap_or_default()
    }

    fn is_empty(&self) -> bool {
        self.start == self.end
    }

    /// Whether all of it is unread.
    fn is_full(&self) -> bool {
        self.end - self.start == self.bytes.len()
    }

    #[cold]
    fn make_room(&mut self) -> io::Result<()> {
        if self.start == 0 {
            return Err(too_long());
        }
        self.bytes.copy_within(self.start..self.end, 0);
        (self.start, self.end) = (0, self.end - self.start);
        Ok(())
    }
}

/// Not by way of the stack.
fn zeroed() -> Box<[u8; Input::CAPACITY]> {
    let bytes = vec![0; Input::CAPACITY].into_boxed_slice();
    bytes
        .try_into()
        .unwrap_or_else(|_| Box::new([0; Input::CAPACITY]))
}

fn too_long() -> io::Error {
    let message = "longer than the 64 KiB of the input buffer";
    io::Error::new(io::ErrorKind::InvalidData, message)
}

impl Default for Input {
    /// A buffer of its own, to call [`Drain::next`](crate::Drain::next) in a test.
    fn default() -> Input {
        Input::new(&Config::default())
    }
}

impl fmt::Debug for Input {
    /// Lengths only: what peers sent is nobody's log entry.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Input")
            .field("unread", &self.buffer.unread().len())
            .finish_non_exhaustive()
    }
}
