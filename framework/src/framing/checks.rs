//! What holds of every framing, whatever comes and however it is cut: the bodies
//! of the fuzz targets, which include this file, and of tests from seeds.

use std::fmt::Debug;

use super::{ByteLines, Bytes, Encode, FrameError, Framing, LengthPrefixed, Lines, Split};

/// The longest frame, in bytes: so short that a fuzzer gets there.
pub const LIMIT: usize = 200;

/// What a handler got, and the error that ended the reading if one did.
#[derive(Debug, PartialEq, Eq)]
pub struct Heard<K> {
    pub frames: Vec<K>,
    pub error: Option<String>,
}

/// When a loop asks for a frame that was incomplete, and with what.
#[derive(Debug, Clone, Copy)]
pub enum Asking {
    /// After each piece, saying what was looked at before.
    Seen,
    /// After each piece, as if for the first time.
    Anew,
    /// When as many bytes are there as the framing wanted.
    Patiently,
}

/// Imitates a connection: `pieces` come, then the peer's end. `handler` gets the
/// framing too, to put another in its place.
pub fn hear<'a, F: Framing, K>(
    framing: &mut F,
    asking: Asking,
    pieces: impl IntoIterator<Item = &'a [u8]>,
    handler: impl for<'b> FnMut(&mut F, F::Frame<'b>) -> K,
) -> Heard<K> {
    let mut connection = Connection {
        framing,
        handler,
        unread: Vec::new(),
        seen: 0,
        wanted: 0,
        frames: Vec::new(),
    };
    let mut pieces = pieces.into_iter();
    let result = pieces
        .try_for_each(|piece| connection.receive(asking, piece))
        .and_then(|()| connection.end());
    Heard {
        frames: connection.frames,
        error: result.err().map(|error| error.to_string()),
    }
}

struct Connection<'f, F, H, K> {
    framing: &'f mut F,
    handler: H,
    unread: Vec<u8>,
    seen: usize,
    wanted: usize,
    frames: Vec<K>,
}

impl<F, H, K> Connection<'_, F, H, K>
where
    F: Framing,
    H: for<'b> FnMut(&mut F, F::Frame<'b>) -> K,
{
    fn receive(&mut self, asking: Asking, piece: &[u8]) -> Result<(), FrameError> {
        self.unread.extend_from_slice(piece);
        match asking {
            Asking::Seen => {}
            Asking::Anew => self.seen = 0,
            Asking::Patiently if self.unread.len() < self.wanted => return Ok(()),
            Asking::Patiently => {}
        }
        self.take_all()
    }

    fn take_all(&mut self) -> Result<(), FrameError> {
        while !self.unread.is_empty() {
            match self.framing.split(&self.unread, self.seen)? {
                Split::Frame(length) => self.take(length)?,
                Split::Incomplete(least) => {
                    assert!(least > self.unread.len(), "{least} bytes are there");
                    within_limit::<F>(least)?;
                    (self.seen, self.wanted) = (self.unread.len(), least);
                    break;
                }
            }
        }
        Ok(())
    }

    fn take(&mut self, length: usize) -> Result<(), FrameError> {
        assert!((1..=self.unread.len()).contains(&length), "{length} bytes");
        within_limit::<F>(length)?;
        (self.seen, self.wanted) = (0, 0);
        let frame = self.framing.frame(&self.unread[..length])?;
        self.frames.push((self.handler)(self.framing, frame));
        self.unread.drain(..length);
        Ok(())
    }

    fn end(&mut self) -> Result<(), FrameError> {
        while !self.unread.is_empty() {
            let length = self.framing.last(&self.unread)?;
            self.take(length)?;
            self.take_all()?;
        }
        Ok(())
    }
}

fn within_limit<F: Framing>(length: usize) -> Result<(), FrameError> {
    match F::LIMITED && length > LIMIT {
        true => Err(FrameError::new("longer than the limit")),
        false => Ok(()),
    }
}

/// A conversation and how it is cut, from any bytes at all: a count, so many
/// lengths of pieces, which are used in turn, and the conversation.
pub struct Script<'a> {
    lengths: &'a [u8],
    pub conversation: &'a [u8],
}

impl<'a> Script<'a> {
    pub fn new(input: &'a [u8]) -> Script<'a> {
        let (&count, rest) = input.split_first().unwrap_or((&0, input));
        let count = usize::from(count % 16).min(rest.len());
        let (lengths, conversation) = rest.split_at(count);
        Script {
            lengths,
            conversation,
        }
    }

    fn pieces(&self) -> impl Iterator<Item = &'a [u8]> {
        let mut lengths = self.lengths.iter().cycle();
        let mut rest = self.conversation;
        std::iter::from_fn(move || {
            let length = usize::from(lengths.next().map_or(1, |&length| length.max(1)));
            let (piece, after) = rest.split_at(length.min(rest.len()));
            rest = after;
            (!piece.is_empty()).then_some(piece)
        })
    }
}

/// The rule: how a conversation is cut does not change what is heard.
fn heard<F: Framing + Copy, K: Debug + PartialEq>(
    framing: F,
    script: &Script<'_>,
    keep: impl for<'b> Fn(F::Frame<'b>) -> K,
) -> Heard<K> {
    let hear = |asking, pieces: &mut dyn Iterator<Item = &[u8]>| {
        hear(&mut { framing }, asking, pieces, |_, frame| keep(frame))
    };
    let whole = hear(Asking::Seen, &mut [script.conversation].into_iter());
    for asking in [Asking::Seen, Asking::Anew, Asking::Patiently] {
        let cut = hear(asking, &mut script.pieces());
        assert_eq!(cut, whole, "cut in pieces, asking {asking:?}");
        let bytes = hear(asking, &mut script.conversation.chunks(1));
        assert_eq!(bytes, whole, "byte by byte, asking {asking:?}");
    }
    whole
}

/// Frames are whatever comes: it is the bytes that are the same.
pub fn bytes(input: &[u8]) {
    let script = Script::new(input);
    let mut framing = Bytes;
    let heard = hear(&mut framing, Asking::Seen, script.pieces(), |_, frame| {
        assert!(!frame.is_empty());
        frame.to_vec()
    });
    assert_eq!(heard.frames.concat(), script.conversation);
    assert_eq!(heard.error, None);
}

/// As a plain search through the whole conversation finds them.
fn plain_lines(conversation: &[u8]) -> Vec<&[u8]> {
    let lines = conversation.split_inclusive(|&byte| byte == b'\n');
    lines
        .map(|line| match line.strip_suffix(b"\n") {
            Some(line) => line.strip_suffix(b"\r").unwrap_or(line),
            None => line,
        })
        .collect()
}

pub fn byte_lines(input: &[u8]) {
    let script = Script::new(input);
    let heard = heard(ByteLines, &script, |line| line.to_vec());
    let expected = plain_lines(script.conversation);
    assert_eq!(heard.frames, expected[..heard.frames.len()]);
    assert!(heard.error.is_some() || heard.frames.len() == expected.len());
}

pub fn lines(input: &[u8]) {
    let script = Script::new(input);
    let heard = heard(Lines, &script, |line| line.to_owned());
    let expected = plain_lines(script.conversation);
    for (line, expected) in heard.frames.iter().zip(&expected) {
        assert_eq!(line.as_bytes(), *expected);
    }
    assert!(heard.error.is_some() || heard.frames.len() == expected.len());
}

/// The first byte says which header. Frames that are encoded again are the
/// bytes that they were.
pub fn length_prefixed(input: &[u8]) {
    let (&choice, rest) = input.split_first().unwrap_or((&0, input));
    let framing = header(choice);
    let script = Script::new(rest);
    let heard = heard(framing, &script, |payload| payload.to_vec());
    let mut again = Vec::new();
    for payload in &heard.frames {
        framing.encode(payload, &mut again).unwrap();
    }
    assert_eq!(again, script.conversation[..again.len()]);
    assert!(heard.error.is_some() || again.len() == script.conversation.len());
}

/// Any header: 14 of them.
pub fn header(choice: u8) -> LengthPrefixed {
    let framing = match choice / 2 % 7 {
        0 => LengthPrefixed::u8(),
        1 => LengthPrefixed::u16_be(),
        2 => LengthPrefixed::u16_le(),
        3 => LengthPrefixed::u32_be(),
        4 => LengthPrefixed::u32_le(),
        5 => LengthPrefixed::u64_be(),
        _ => LengthPrefixed::u64_le(),
    };
    match choice % 2 {
        0 => framing,
        _ => framing.counting_header(),
    }
}
