use std::fmt;
use std::io;
use std::time::Duration;

use crate::Config;

/// Bytes of the loop's one input buffer.
pub(crate) const CAPACITY: usize = 64 * 1024;

/// The loop's one input buffer, lent to a source while it is drained, so that
/// an idle source owns none and an item can borrow the bytes it is made of.
///
/// It keeps what was read and not yet taken: a source that finds half an item
/// leaves it there and answers [`Dry`](crate::Next::Dry) (or lets `WouldBlock`
/// out). The bytes are there again when the source is drained next, however
/// long that takes, and whatever other sources did in between.
///
/// Its capacity is 64 KiB, which is also the most that one item can borrow.
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
    buffer: Box<[u8]>,
    start: usize,
    end: usize,
    retry_delay: Duration,
}

impl Input {
    pub(crate) fn new(config: &Config) -> Input {
        Input {
            buffer: vec![0; CAPACITY].into_boxed_slice(),
            start: 0,
            end: 0,
            retry_delay: config.retry_delay,
        }
    }

    /// What was read and not yet taken.
    #[inline]
    pub fn unread(&self) -> &[u8] {
        &self.buffer[self.start..self.end]
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
        if self.start == self.end {
            self.clear();
        } else if self.end == self.buffer.len() {
            self.make_room()?;
        }
        let free = &mut self.buffer[self.end..];
        let count = read(free)?.min(free.len());
        self.end += count;
        Ok(count)
    }

    /// Takes the next `count` bytes of what is unread, or all if there are fewer.
    #[inline]
    pub fn take(&mut self, count: usize) -> &[u8] {
        let start = self.start;
        self.start += count.min(self.end - start);
        &self.buffer[start..self.start]
    }

    /// How long a source should ask to [rest](crate::Next::Rest) when the
    /// system has run out of something: [`Config::retry_delay`].
    #[inline]
    pub fn retry_delay(&self) -> Duration {
        self.retry_delay
    }

    /// Takes what a drain left unread, for the source to find next time.
    pub(crate) fn take_rest(&mut self) -> Vec<u8> {
        let rest = self.unread().to_vec();
        self.clear();
        rest
    }

    pub(crate) fn put_back(&mut self, rest: &[u8]) {
        self.buffer[..rest.len()].copy_from_slice(rest);
        (self.start, self.end) = (0, rest.len());
    }

    /// Forgets what a drain left that a panic ended.
    pub(crate) fn clear(&mut self) {
        (self.start, self.end) = (0, 0);
    }

    #[inline(always)]
    pub(crate) fn is_empty(&self) -> bool {
        self.start == self.end
    }

    #[cold]
    fn make_room(&mut self) -> io::Result<()> {
        if self.start == 0 {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                "an item is longer than the 64 KiB of the input buffer",
            ));
        }
        self.buffer.copy_within(self.start..self.end, 0);
        (self.start, self.end) = (0, self.end - self.start);
        Ok(())
    }
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
            .field("unread", &(self.end - self.start))
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_unread_moves_to_the_front_only_when_the_buffer_is_full() {
        let mut input = Input::default();
        let first = input.fill(|buffer| Ok(buffer.len())).unwrap();
        assert_eq!(first, CAPACITY);
        assert!(
            input.fill(|_| Ok(1)).is_err(),
            "an item longer than the buffer"
        );
        input.take(10);
        let second = input.fill(|buffer| Ok(buffer.len())).unwrap();
        assert_eq!(second, 10);
        assert_eq!(input.unread().len(), CAPACITY);
    }

    #[test]
    fn no_more_is_taken_than_there_is_and_no_more_believed_than_fits() {
        let mut input = Input::default();
        input.fill(|_| Ok(usize::MAX)).unwrap();
        assert_eq!(input.take(usize::MAX).len(), CAPACITY);
        assert!(input.take(1).is_empty());
    }

    #[test]
    fn what_is_put_back_is_read_first() {
        let mut input = Input::default();
        input.put_back(b"half ");
        input
            .fill(|buffer| io::Read::read(&mut &b"an item"[..], buffer))
            .unwrap();
        assert_eq!(input.unread(), b"half an item");
        assert_eq!(format!("{input:?}"), "Input { unread: 12, .. }");
    }
}
