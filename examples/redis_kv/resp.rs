//! RESP2 as a framing: a frame is a whole command, as bulk strings or as a line.

use std::fmt;

use miocene::{Encode, FrameError, Framing, Split};

use super::inline;
use super::number::{Line, integer, short_line};
use super::request::Request;

/// The longest command, in bytes. Redis stops at 1 GiB.
pub const LONGEST: usize = 64 * 1024 * 1024;
/// The longest line: a command that was typed, or the header of an array or string.
const LONGEST_LINE: usize = 64 * 1024;
/// The most arguments of a command, whatever its length.
const MOST_ARGUMENTS: i64 = 0x7fff_ffff;
/// The shortest argument: `$0\r\n\r\n`.
const SHORTEST_ARGUMENT: usize = 6;

/// Commands of RESP2, and lines that stand for them.
///
/// It remembers how far it has come in a command that is not whole yet, so that a
/// long one which trickles in is not gone over again. What a peer announces takes no
/// memory: an argument that cannot fit is refused when its header has come.
#[derive(Debug, Clone, Copy)]
pub struct Resp {
    longest: usize,
    /// How many arguments of the command are still to be found, and where.
    left: usize,
    at: usize,
}

/// Why a client is not listened to any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProtocolError {
    LongLine,
    LongCount,
    LongLength,
    Count,
    Length,
    NoString(u8),
    Quotes,
    LongCommand,
}

impl ProtocolError {
    /// As a client is told of it. What it has sent cannot end the line early.
    pub fn to_line(self) -> Vec<u8> {
        let mut line = format!("-ERR {self}").into_bytes();
        if let ProtocolError::NoString(byte) = self {
            let shown = if matches!(byte, b'\r' | b'\n') {
                b' '
            } else {
                byte
            };
            line.extend_from_slice(b", got '");
            line.extend_from_slice(&[shown, b'\'']);
        }
        line.extend_from_slice(b"\r\n");
        line
    }
}

impl Resp {
    /// With another limit for the length of a command.
    pub const fn with_longest(longest: usize) -> Resp {
        Resp {
            longest,
            left: 0,
            at: 0,
        }
    }

    fn split_line(&self, unread: &[u8], seen: usize) -> Result<Split, ProtocolError> {
        let most = self.longest.min(LONGEST_LINE + 1);
        let window = &unread[..unread.len().min(most)];
        match window[seen..].iter().position(|&byte| byte == b'\n') {
            Some(end) => Ok(Split::Frame(seen + end + 1)),
            None if window.len() == most => Err(ProtocolError::LongLine),
            None => Ok(Split::Incomplete(unread.len() + 1)),
        }
    }

    fn split_array(&mut self, unread: &[u8], seen: usize) -> Result<Split, ProtocolError> {
        if self.left == 0 {
            let Some((count, at)) = self.header(unread, 0, seen, ProtocolError::LongCount)? else {
                return Ok(Split::Incomplete(unread.len() + 1));
            };
            match count {
                Some(count @ 1..=MOST_ARGUMENTS) => self.left = count as usize,
                Some(..=0) => return Ok(Split::Frame(at)),
                _ => return Err(ProtocolError::Count),
            }
            self.at = at;
            self.fits(at, self.left)?;
        }
        while self.left > 0 {
            let header = self.header(unread, self.at, seen, ProtocolError::LongLength)?;
            let Some((length, at)) = header else {
                return Ok(Split::Incomplete(unread.len() + 1));
            };
            let kind = unread[self.at];
            if kind != b'$' {
                return Err(ProtocolError::NoString(kind));
            }
            let length = length.and_then(|length| usize::try_from(length).ok());
            let length = length.filter(|length| *length <= self.longest);
            let end = at + length.ok_or(ProtocolError::Length)? + 2;
            self.fits(end, self.left - 1)?;
            if end > unread.len() {
                return Ok(Split::Incomplete(end));
            }
            (self.left, self.at) = (self.left - 1, end);
        }
        Ok(Split::Frame(self.at))
    }

    /// The number of the line that begins at `at`, and where the next line begins.
    /// Nothing if the line is not all there, and no number if it has none.
    #[inline]
    fn header(
        &self,
        unread: &[u8],
        at: usize,
        seen: usize,
        too_long: ProtocolError,
    ) -> Result<Option<(Option<i64>, usize)>, ProtocolError> {
        let text = unread.get(at + 1..).unwrap_or_default();
        if let Some((number, length)) = short_line(text) {
            return Ok(Some((Some(number as i64), at + 1 + length)));
        }
        let line = self.line(unread, at, seen, too_long)?;
        Ok(line.map(|(text, next)| (integer(text), next)))
    }

    /// Whether a command may have so many arguments from there on.
    fn fits(&self, at: usize, arguments: usize) -> Result<(), ProtocolError> {
        let room = self.longest.checked_sub(at);
        match room.is_some_and(|room| arguments <= room / SHORTEST_ARGUMENT) {
            true => Ok(()),
            false => Err(ProtocolError::LongCommand),
        }
    }

    /// The line that begins at `at`, without its first byte, and where the next one
    /// begins. None if it is not all there; the first `seen` bytes were looked
    /// through before.
    #[cold]
    fn line<'u>(
        &self,
        unread: &'u [u8],
        at: usize,
        seen: usize,
        too_long: ProtocolError,
    ) -> Result<Option<(&'u [u8], usize)>, ProtocolError> {
        let most = LONGEST_LINE.min(self.longest - at - 1);
        let line = unread.get(at..).unwrap_or_default();
        let window = &line[..line.len().min(most)];
        // An end is two bytes, and only the first of them may have been seen.
        let begin = seen.saturating_sub(at + 1).min(window.len());
        match window[begin..].iter().position(|&byte| byte == b'\r') {
            Some(end) => {
                let end = begin + end;
                // What follows the `\r` is not looked at, here as in Redis.
                let is_whole = end + 2 <= line.len();
                Ok(is_whole.then(|| (&line[end.min(1)..end], at + end + 2)))
            }
            None if window.len() == most => Err(too_long),
            None => Ok(None),
        }
    }
}

impl Framing for Resp {
    type Frame<'b> = Request<'b>;

    fn split(&mut self, unread: &[u8], seen: usize) -> Result<Split, FrameError> {
        if seen == 0 {
            self.left = 0;
        }
        let split = match unread.first() {
            Some(b'*') => self.split_array(unread, seen),
            _ => self.split_line(unread, seen),
        };
        split.map_err(FrameError::new)
    }

    #[inline]
    fn frame<'b>(&mut self, bytes: &'b [u8]) -> Result<Request<'b>, FrameError> {
        match bytes {
            [b'*', ..] => Ok(Request::of_array(bytes)),
            line => match inline::words(line) {
                Ok(words) => Ok(Request::of_words(&words)),
                Err(inline::Unbalanced) => Err(FrameError::new(ProtocolError::Quotes)),
            },
        }
    }
}

/// A bulk string.
impl Encode for Resp {
    type Payload = [u8];

    #[inline]
    fn encode(&self, payload: &[u8], unsent: &mut Vec<u8>) -> Result<(), FrameError> {
        push_bulk(payload, unsent);
        Ok(())
    }
}

/// Appends a bulk string.
#[inline]
pub fn push_bulk(payload: &[u8], bytes: &mut Vec<u8>) {
    let header = Line::of_count(b'$', payload.len());
    let header = header.as_bytes();
    bytes.reserve(header.len() + payload.len() + 2);
    bytes.extend_from_slice(header);
    bytes.extend_from_slice(payload);
    bytes.extend_from_slice(b"\r\n");
}

impl Default for Resp {
    fn default() -> Resp {
        Resp::with_longest(LONGEST)
    }
}

impl fmt::Display for ProtocolError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Protocol error: ")?;
        formatter.write_str(match self {
            ProtocolError::LongLine => "too big inline request",
            ProtocolError::LongCount => "too big mbulk count string",
            ProtocolError::LongLength => "too big bulk count string",
            ProtocolError::Count => "invalid multibulk length",
            ProtocolError::Length => "invalid bulk length",
            ProtocolError::NoString(_) => "expected '$'",
            ProtocolError::Quotes => "unbalanced quotes in request",
            ProtocolError::LongCommand => "too big request",
        })
    }
}

impl std::error::Error for ProtocolError {}
