use std::fmt;
use std::io;

use crate::FrameError;

/// Why reading from a source is over, told to `#[ended]`. A member of a family
/// may still be written to.
///
/// # Examples
///
/// ```
/// use miocene::Ended;
///
/// assert_eq!(Ended::Eof.to_string(), "end of file");
/// assert_eq!(Ended::TooLong.to_string(), "a frame was longer than the limit");
/// ```
///
/// # Notes
///
/// A single source ends with [`Eof`](Self::Eof) or [`Io`](Self::Io), and so does
/// a member that is no connection, or else with [`Idle`](Self::Idle) if its
/// family says so.
#[derive(Debug)]
#[non_exhaustive]
pub enum Ended {
    /// The source said that it is at its end.
    Eof,
    /// A connection's peer sent something that is not a frame.
    Frame(FrameError),
    /// A frame of a connection is longer than the limit of its family
    /// ([`Family::frame`](crate::Family::frame)).
    TooLong,
    /// A connection's peer did not complete a message in the time that its
    /// family allows ([`Family::message`](crate::Family::message)).
    Deadline,
    /// Nothing came from a member and nothing could be sent to it for as long
    /// as its family allows ([`Family::idle`](crate::Family::idle)).
    Idle,
    /// The source failed.
    Io(io::Error),
}

impl Ended {
    /// The same reason, for another who is told of it.
    pub(crate) fn again(&self) -> Ended {
        match self {
            Ended::Eof => Ended::Eof,
            Ended::Frame(error) => Ended::Frame(FrameError::new(error.to_string())),
            Ended::TooLong => Ended::TooLong,
            Ended::Deadline => Ended::Deadline,
            Ended::Idle => Ended::Idle,
            Ended::Io(error) => Ended::Io(match error.raw_os_error() {
                Some(number) => io::Error::from_raw_os_error(number),
                None => io::Error::new(error.kind(), error.to_string()),
            }),
        }
    }
}

impl fmt::Display for Ended {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Ended::Eof => formatter.write_str("end of file"),
            Ended::Frame(error) => error.fmt(formatter),
            Ended::TooLong => formatter.write_str("a frame was longer than the limit"),
            Ended::Deadline => formatter.write_str("a message was not completed in time"),
            Ended::Idle => formatter.write_str("idle for too long"),
            Ended::Io(error) => error.fmt(formatter),
        }
    }
}
