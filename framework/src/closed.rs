use std::fmt;
use std::io;

use crate::{BoxError, Ended};

/// Why a member left its family, told to `#[closed]`.
///
/// # Examples
///
/// ```
/// use miocene::{Closed, Ended};
///
/// assert_eq!(Closed::Asked.to_string(), "closed by the application");
/// assert_eq!(Closed::Ended(Ended::Eof).to_string(), "end of file");
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum Closed {
    /// The application closed it, and what was unsent has been sent.
    Asked,
    /// The application aborted it ([`Family::abort`](crate::Family::abort)).
    Aborted,
    /// The application took it out ([`Family::leave`](crate::Family::leave),
    /// [`Flow::Leave`](crate::Flow::Leave)): the member is as it was.
    Left,
    /// Reading from it was over, for this reason, and the application had no
    /// `#[ended]` for it or said [`Flow::Close`](crate::Flow::Close) there.
    Ended(Ended),
    /// A handler returned an error about it.
    Failed(BoxError),
    /// A handler panicked ([`Config::panics`](crate::Config::panics)).
    Panicked,
    /// Its family was full ([`Family::cap`](crate::Family::cap)).
    Refused,
    /// It could not be registered with the poll.
    Register(io::Error),
    /// Writing to it failed.
    Write(io::Error),
    /// More was sent to it than it read: above the hard cap of its family
    /// ([`Family::unsent`](crate::Family::unsent)).
    Overflow,
    /// Its family was replaced while the member was lent to a handler.
    Replaced,
    /// The loop stopped.
    Stopped,
}

impl Closed {
    /// The error, if it is one of somebody's.
    pub(crate) fn into_error(self) -> Option<BoxError> {
        match self {
            Closed::Failed(error) => Some(error),
            Closed::Register(error) | Closed::Write(error) | Closed::Ended(Ended::Io(error)) => {
                Some(error.into())
            }
            Closed::Ended(Ended::Frame(error)) => Some(error.into()),
            _ => None,
        }
    }
}

impl fmt::Display for Closed {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let reason = match self {
            Closed::Asked => "closed by the application",
            Closed::Aborted => "aborted by the application",
            Closed::Left => "taken out by the application",
            Closed::Ended(why) => return why.fmt(formatter),
            Closed::Failed(error) => return error.fmt(formatter),
            Closed::Panicked => "a handler panicked",
            Closed::Refused => "the family is full",
            Closed::Register(error) => return write!(formatter, "cannot be registered: {error}"),
            Closed::Write(error) => return write!(formatter, "cannot be written to: {error}"),
            Closed::Overflow => "more was sent than is read: above the hard cap",
            Closed::Replaced => "its family was replaced",
            Closed::Stopped => "the loop stopped",
        };
        formatter.write_str(reason)
    }
}
