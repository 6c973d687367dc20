use super::{FrameError, Framing};

/// A framing that can also put what is sent into frames.
///
/// [`ByteLines`](crate::ByteLines), [`Lines`](crate::Lines) and
/// [`LengthPrefixed`](crate::LengthPrefixed) do, and find again what they have
/// encoded: the same framing at the peer yields the payload (a line without a
/// `\r` at its end).
///
/// # Examples
///
/// A framing of your own that answers each line with a number:
///
/// ```
/// use miocene::{ByteLines, Encode, FrameError, Framing, Split};
///
/// struct Sums;
///
/// impl Framing for Sums {
///     type Frame<'b> = &'b [u8];
///
///     fn split(&mut self, unread: &[u8], seen: usize) -> Result<Split, FrameError> {
///         ByteLines.split(unread, seen)
///     }
///
///     fn frame<'b>(&mut self, bytes: &'b [u8]) -> Result<&'b [u8], FrameError> {
///         ByteLines.frame(bytes)
///     }
/// }
///
/// impl Encode for Sums {
///     type Payload = u64;
///
///     fn encode(&self, payload: &u64, unsent: &mut Vec<u8>) -> Result<(), FrameError> {
///         ByteLines.encode(payload.to_string().as_bytes(), unsent)
///     }
/// }
///
/// let mut unsent = Vec::new();
/// Sums.encode(&42, &mut unsent)?;
/// assert_eq!(unsent, b"42\n");
/// # Ok::<(), FrameError>(())
/// ```
pub trait Encode: Framing {
    /// What is sent as one frame.
    type Payload: ?Sized;

    /// Appends a frame that holds `payload` to what is `unsent`.
    ///
    /// # Errors
    ///
    /// When the framing cannot express `payload`. What is `unsent` is then as
    /// it was: half a frame would spoil all that come after it.
    fn encode(&self, payload: &Self::Payload, unsent: &mut Vec<u8>) -> Result<(), FrameError>;
}
