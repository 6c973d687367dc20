use std::str;

use memchr::memchr;

use super::{Encode, FrameError, Framing, Split};

/// Lines of bytes: the handler gets each as `&[u8]`, without its end.
///
/// A line ends in `\n` or `\r\n`, and the last one may have no end. A `\r`
/// elsewhere is part of the line. An empty line is an empty frame.
///
/// The limit for the length of a frame counts the line with its end.
///
/// # Examples
///
/// ```
/// use miocene::{ByteLines, Encode, Framing, Split};
///
/// assert_eq!(ByteLines.split(b"one\r\ntwo\n", 0)?, Split::Frame(5));
/// assert_eq!(ByteLines.frame(b"one\r\n")?, b"one");
///
/// let mut unsent = Vec::new();
/// ByteLines.encode(b"one", &mut unsent)?;
/// assert_eq!(unsent, b"one\n");
/// # Ok::<(), miocene::FrameError>(())
/// ```
///
/// # Notes
///
/// What is sent ends in `\n`. For `\r\n`, end the payload in `\r`. A payload
/// with `\n` in it is refused: it would be two lines, the second of them
/// perhaps in the words of whoever supplied it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ByteLines;

impl Framing for ByteLines {
    type Frame<'b> = &'b [u8];

    #[inline]
    fn split(&mut self, unread: &[u8], seen: usize) -> Result<Split, FrameError> {
        Ok(match memchr(b'\n', &unread[seen..]) {
            Some(end) => Split::Frame(seen + end + 1),
            None => Split::Incomplete(unread.len() + 1),
        })
    }

    #[inline]
    fn frame<'b>(&mut self, bytes: &'b [u8]) -> Result<&'b [u8], FrameError> {
        Ok(match bytes {
            [line @ .., b'\r', b'\n'] | [line @ .., b'\n'] => line,
            last => last,
        })
    }

    #[inline]
    fn last(&mut self, unread: &[u8]) -> Result<usize, FrameError> {
        Ok(unread.len())
    }
}

impl Encode for ByteLines {
    type Payload = [u8];

    #[inline]
    fn encode(&self, payload: &[u8], unsent: &mut Vec<u8>) -> Result<(), FrameError> {
        if memchr(b'\n', payload).is_some() {
            return Err(FrameError::new("a line with the end of a line in it"));
        }
        unsent.reserve(payload.len() + 1);
        unsent.extend_from_slice(payload);
        unsent.push(b'\n');
        Ok(())
    }
}

/// Lines of text: the handler gets each as `&str`, without its end. Otherwise
/// as [`ByteLines`].
///
/// # Errors
///
/// A line that is not UTF-8 ends the reading, with a
/// [`Utf8Error`](std::str::Utf8Error): use [`ByteLines`] for peers who may send
/// such.
///
/// # Examples
///
/// ```
/// use miocene::{Encode, Framing, Lines};
///
/// assert_eq!(Lines.frame("žluťoučký\n".as_bytes())?, "žluťoučký");
/// assert!(Lines.frame(b"\xFF\n").is_err());
///
/// let mut unsent = Vec::new();
/// Lines.encode("one", &mut unsent)?;
/// assert_eq!(unsent, b"one\n");
/// # Ok::<(), miocene::FrameError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Lines;

impl Framing for Lines {
    type Frame<'b> = &'b str;

    #[inline]
    fn split(&mut self, unread: &[u8], seen: usize) -> Result<Split, FrameError> {
        ByteLines.split(unread, seen)
    }

    #[inline]
    fn frame<'b>(&mut self, bytes: &'b [u8]) -> Result<&'b str, FrameError> {
        str::from_utf8(ByteLines.frame(bytes)?).map_err(FrameError::new)
    }

    #[inline]
    fn last(&mut self, unread: &[u8]) -> Result<usize, FrameError> {
        ByteLines.last(unread)
    }
}

impl Encode for Lines {
    type Payload = str;

    #[inline]
    fn encode(&self, payload: &str, unsent: &mut Vec<u8>) -> Result<(), FrameError> {
        ByteLines.encode(payload.as_bytes(), unsent)
    }
}
