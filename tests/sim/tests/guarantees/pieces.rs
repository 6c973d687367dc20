//! A framing with many small frames, and no bytes of its own.

use miocene::{FrameError, Framing, Split};

/// Frames of at most five bytes.
#[derive(Default)]
pub struct Pieces;

impl Framing for Pieces {
    type Frame<'b> = &'b [u8];
    const LIMITED: bool = false;

    fn split(&mut self, unread: &[u8], _seen: usize) -> Result<Split, FrameError> {
        Ok(Split::Frame(unread.len().min(5)))
    }

    fn frame<'b>(&mut self, bytes: &'b [u8]) -> Result<&'b [u8], FrameError> {
        Ok(bytes)
    }
}
