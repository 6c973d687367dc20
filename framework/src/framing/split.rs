/// Where the first frame in a connection's unread bytes ends: what
/// [`Framing::split`](crate::Framing::split) answers.
///
/// # Examples
///
/// ```
/// use miocene::{ByteLines, Framing, Split};
///
/// assert_eq!(ByteLines.split(b"one\ntwo", 0)?, Split::Frame(4));
/// assert_eq!(ByteLines.split(b"two", 0)?, Split::Incomplete(4));
/// # Ok::<(), miocene::FrameError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Split {
    /// The first so many bytes are the frame, with its header or end: at least
    /// 1 and at most all that is unread.
    Frame(usize),
    /// More bytes are needed: at least so many in all, which is more than is
    /// unread. The connection ends at once if that is beyond its limit.
    Incomplete(usize),
}

impl Split {
    /// The answer when the frame is known to be `length` bytes, at least 1:
    /// [`Frame`](Split::Frame) if they are there,
    /// [`Incomplete`](Split::Incomplete) if not.
    ///
    /// # Examples
    ///
    /// ```
    /// use miocene::Split;
    ///
    /// assert_eq!(Split::at(3, b"four"), Split::Frame(3));
    /// assert_eq!(Split::at(5, b"four"), Split::Incomplete(5));
    /// ```
    #[inline(always)]
    #[must_use]
    pub const fn at(length: usize, unread: &[u8]) -> Split {
        if length <= unread.len() {
            Split::Frame(length)
        } else {
            Split::Incomplete(length)
        }
    }
}
