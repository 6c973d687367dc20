//! Where the frames are in a stream of bytes: what a peer meant as one message.

mod bytes;
#[cfg(test)]
mod checks;
mod encode;
mod error;
mod length_prefixed;
mod lines;
mod split;
#[cfg(test)]
mod tests;

pub use bytes::Bytes;
pub use encode::Encode;
pub use error::FrameError;
pub use length_prefixed::LengthPrefixed;
pub use lines::{ByteLines, Lines};
pub use split::Split;

/// How a stream of bytes is divided into frames: what a connection is asked
/// before its handler is called.
///
/// Ready-made are [`Bytes`], [`ByteLines`], [`Lines`] and [`LengthPrefixed`].
/// Implement it for a framing of your own: say where a frame ends, and what it
/// is. The bytes stay in the loop's input buffer, and the frame borrows them:
/// nothing is copied. For what is sent, see [`Encode`].
///
/// A framing is a value, and it is asked frame by frame: a handler may change
/// it, and the change is good for the byte after the frame in hand. Bytes that
/// have come behind that frame are divided by the new one.
///
/// # Examples
///
/// Records of a type, a length and a value. The frame is a struct that borrows:
///
/// ```
/// use miocene::{FrameError, Framing, Split};
///
/// struct Records;
///
/// #[derive(Debug, PartialEq)]
/// struct Record<'b> {
///     kind: u8,
///     value: &'b [u8],
/// }
///
/// impl Framing for Records {
///     type Frame<'b> = Record<'b>;
///
///     fn split(&mut self, unread: &[u8], _seen: usize) -> Result<Split, FrameError> {
///         let &[_kind, high, low, ..] = unread else {
///             return Ok(Split::Incomplete(3));
///         };
///         let value = u16::from_be_bytes([high, low]);
///         Ok(Split::at(3 + usize::from(value), unread))
///     }
///
///     fn frame<'b>(&mut self, bytes: &'b [u8]) -> Result<Record<'b>, FrameError> {
///         match bytes {
///             [0, ..] => Err(FrameError::new("a record of type 0")),
///             bytes => Ok(Record { kind: bytes[0], value: &bytes[3..] }),
///         }
///     }
/// }
///
/// // As the loop asks:
/// let unread = b"\x07\x00\x02hi\x08\x00";
/// assert_eq!(Records.split(unread, 0)?, Split::Frame(5));
/// assert_eq!(Records.frame(&unread[..5])?, Record { kind: 7, value: b"hi" });
/// assert_eq!(Records.split(&unread[5..], 0)?, Split::Incomplete(3));
/// # Ok::<(), FrameError>(())
/// ```
///
/// One framing after another on the same stream, as after an upgrade. The
/// handler puts `Frames` in the place of `Lines` when a line has asked for it:
///
/// ```
/// use miocene::{ByteLines, FrameError, Framing, LengthPrefixed, Split};
///
/// enum Protocol {
///     Lines(ByteLines),
///     Frames(LengthPrefixed),
/// }
///
/// impl Framing for Protocol {
///     type Frame<'b> = &'b [u8];
///
///     fn split(&mut self, unread: &[u8], seen: usize) -> Result<Split, FrameError> {
///         match self {
///             Protocol::Lines(lines) => lines.split(unread, seen),
///             Protocol::Frames(frames) => frames.split(unread, seen),
///         }
///     }
///
///     fn frame<'b>(&mut self, bytes: &'b [u8]) -> Result<&'b [u8], FrameError> {
///         match self {
///             Protocol::Lines(lines) => lines.frame(bytes),
///             Protocol::Frames(frames) => frames.frame(bytes),
///         }
///     }
/// }
///
/// let unread = b"upgrade\n\x02hi";
/// let mut framing = Protocol::Lines(ByteLines);
/// assert_eq!(framing.split(unread, 0)?, Split::Frame(8));
/// assert_eq!(framing.frame(&unread[..8])?, b"upgrade");
///
/// framing = Protocol::Frames(LengthPrefixed::u8());
/// assert_eq!(framing.split(&unread[8..], 0)?, Split::Frame(3));
/// assert_eq!(framing.frame(&unread[8..])?, b"hi");
/// # Ok::<(), FrameError>(())
/// ```
///
/// # Notes
///
/// What the frames are must not depend on how the bytes came: a peer, or any
/// router, may cut them anywhere. Test a framing of your own with the same
/// conversation cut at every byte.
///
/// Nothing is to be allocated because a peer has announced a length. Return
/// [`Split::Incomplete`] with it: the connection compares it with its limit.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a framing",
    label = "does not divide a stream of bytes into frames",
    note = "use `Bytes`, `ByteLines`, `Lines` or `LengthPrefixed`, or implement `miocene::Framing` for a type of your own"
)]
pub trait Framing {
    /// A frame as the handler gets it. It may borrow the loop's input buffer.
    type Frame<'b>;

    /// Whether the limit for the length of a frame applies, 8 KiB by default:
    /// it counts all bytes of the frame, with its header or end.
    ///
    /// Provided: it does. Only for a framing whose frames are never waited for,
    /// as those of [`Bytes`], is there nothing to limit.
    const LIMITED: bool = true;

    /// Looks for the end of the first frame in `unread`, which is not empty.
    ///
    /// The first `seen` bytes were looked at before by this framing, which has
    /// said that they are [`Split::Incomplete`]: there is no need to search
    /// them again when a frame trickles in. It is 0 for a new frame, and never
    /// more than `unread` has. It need not be used.
    ///
    /// # Errors
    ///
    /// When no frame can begin like this. No more is read from the peer.
    fn split(&mut self, unread: &[u8], seen: usize) -> Result<Split, FrameError>;

    /// The frame that is made of `bytes`, all those that [`split`](Framing::split)
    /// or [`last`](Framing::last) has just said are one.
    ///
    /// # Errors
    ///
    /// When they are no proper frame. No more is read from the peer.
    fn frame<'b>(&mut self, bytes: &'b [u8]) -> Result<Self::Frame<'b>, FrameError>;

    /// The peer has ended its direction, and `unread`, which is not empty, is
    /// left without being a frame: how many of its bytes are a last frame, at
    /// least 1. After it, the rest is asked for as ever.
    ///
    /// Provided: none, and an error.
    ///
    /// # Errors
    ///
    /// When the end came within a frame, as it does when a connection breaks.
    #[cold]
    fn last(&mut self, unread: &[u8]) -> Result<usize, FrameError> {
        let _ = unread;
        Err(FrameError::cut_short())
    }
}
