use super::{FrameError, Framing, Split};

/// No framing: the handler gets the bytes as they come, as `&[u8]` that is
/// never empty.
///
/// One frame is what one read has brought. Where it ends means nothing: what a
/// peer sent at once may come in many pieces, and what it sent in many pieces
/// at once. No limit applies, since nothing is ever waited for.
///
/// # Examples
///
/// ```
/// use miocene::{Bytes, Framing, Split};
///
/// assert_eq!(Bytes.split(b"GET /ind", 0)?, Split::Frame(8));
/// assert_eq!(Bytes.frame(b"GET /ind")?, b"GET /ind");
/// # Ok::<(), miocene::FrameError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Bytes;

impl Framing for Bytes {
    type Frame<'b> = &'b [u8];
    const LIMITED: bool = false;

    #[inline(always)]
    fn split(&mut self, unread: &[u8], _seen: usize) -> Result<Split, FrameError> {
        Ok(Split::Frame(unread.len()))
    }

    #[inline(always)]
    fn frame<'b>(&mut self, bytes: &'b [u8]) -> Result<&'b [u8], FrameError> {
        Ok(bytes)
    }

    /// All: a framing before this one may have left bytes.
    #[inline]
    fn last(&mut self, unread: &[u8]) -> Result<usize, FrameError> {
        Ok(unread.len())
    }
}
