use std::error::Error;
use std::io;

use crate::BoxError;

/// What is wrong with a frame: with one that a peer has sent, or one that is to
/// be sent and that the framing cannot express.
///
/// It is as large as a pointer on systems of 64 bits, since every frame's
/// result has room for it.
///
/// # Examples
///
/// ```
/// use miocene::{Framing, Lines};
///
/// let error = Lines.frame(b"caf\xE9\n").unwrap_err();
/// assert_eq!(error.to_string(), "incomplete utf-8 byte sequence from index 3");
/// assert!(error.get_ref().is::<std::str::Utf8Error>());
/// ```
///
/// # Notes
///
/// Those of this crate's framings say lengths and positions, and never what
/// the peer has sent: that is nobody's log entry. Keep to it in your own.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct FrameError(io::Error);

impl FrameError {
    /// An error for a framing of your own: a sentence, or any error.
    ///
    /// # Examples
    ///
    /// ```
    /// use miocene::FrameError;
    ///
    /// let error = FrameError::new("a record of type 0");
    /// assert_eq!(error.to_string(), "a record of type 0");
    /// ```
    #[cold]
    pub fn new(cause: impl Into<BoxError>) -> FrameError {
        FrameError(io::Error::new(io::ErrorKind::InvalidData, cause))
    }

    /// The peer's end came before that of the frame.
    #[cold]
    pub(super) fn cut_short() -> FrameError {
        let message = "the peer's end came within a frame";
        FrameError(io::Error::new(io::ErrorKind::UnexpectedEof, message))
    }

    /// What was given to [`FrameError::new`], to be told from others by its
    /// type.
    ///
    /// # Examples
    ///
    /// See [`FrameError`].
    pub fn get_ref(&self) -> &(dyn Error + Send + Sync + 'static) {
        self.0.get_ref().unwrap_or(&self.0)
    }
}

impl From<FrameError> for io::Error {
    /// [`UnexpectedEof`](io::ErrorKind::UnexpectedEof) if the peer's end came
    /// within a frame, [`InvalidData`](io::ErrorKind::InvalidData) otherwise.
    /// The frame error is inside: [`io::Error::get_ref`].
    #[cold]
    fn from(error: FrameError) -> io::Error {
        io::Error::new(error.0.kind(), error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Split;

    #[test]
    #[cfg(target_pointer_width = "64")]
    fn the_results_of_the_hot_path_are_two_words() {
        assert_eq!(size_of::<FrameError>(), 8);
        assert_eq!(size_of::<Result<Split, FrameError>>(), 16);
        assert_eq!(size_of::<Result<&[u8], FrameError>>(), 16);
    }

    #[test]
    fn as_an_error_of_io_it_can_still_be_told_from_the_system_s() {
        let error = io::Error::from(FrameError::cut_short());
        assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
        assert_eq!(error.to_string(), "the peer's end came within a frame");
        assert!(error.get_ref().unwrap().is::<FrameError>());

        let error = io::Error::from(FrameError::new("wrong"));
        assert_eq!(error.kind(), io::ErrorKind::InvalidData);
    }
}
