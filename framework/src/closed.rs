use std::fmt;
use std::io;

use thiserror::Error;

use crate::{BoxError, Ended};

/// Why a member left its family, told to `#[closed]`: exactly once for each, and
/// the first reason counts. [`ClosedCounts`](crate::ClosedCounts) counts them.
///
/// # Examples
///
/// ```
/// use miocene::{Closed, Ended};
///
/// /// Whether the peer is to blame.
/// fn is_the_peers(why: &Closed) -> bool {
///     matches!(why, Closed::Ended(_) | Closed::Write(_) | Closed::Overflow)
/// }
///
/// assert!(is_the_peers(&Closed::Ended(Ended::Idle)));
/// assert!(!is_the_peers(&Closed::Stopped));
/// assert_eq!(Closed::Asked.to_string(), "closed by the application");
/// ```
///
/// # Notes
///
/// Where a family has no `#[closed]`, `#[failed]` is told of those that are
/// errors: [`Failed`](Self::Failed), [`Connect`](Self::Connect),
/// [`Register`](Self::Register), [`Write`](Self::Write), and [`Ended`](Self::Ended) with an error of I/O or of
/// a frame.
#[derive(Debug)]
#[non_exhaustive]
pub enum Closed {
    /// The application closed it, and what was unsent has been sent, as far as
    /// the peer took it: what it has not is still in
    /// [`out.unsent()`](crate::Outbox::unsent).
    Asked,
    /// The application aborted it ([`Family::abort`](crate::Family::abort)).
    Aborted,
    /// The application took it out ([`Family::leave`](crate::Family::leave),
    /// [`Flow::Leave`](crate::Flow::Leave)): the member is as it was.
    Left,
    /// Reading from it was over, for this reason, and the application had no
    /// `#[ended]` for it or said [`Flow::Close`](crate::Flow::Close) there; or
    /// it had [finished](crate::Outbox::finish) as well, or was idle then.
    Ended(Ended),
    /// Its handler returned this error. What was unsent has been sent as for
    /// [`Asked`](Self::Asked).
    Failed(BoxError),
    /// Its handler panicked ([`Config::panics`](crate::Config::panics)).
    Panicked,
    /// It was inserted into a family that was full
    /// ([`Family::cap`](crate::Family::cap)).
    Refused,
    /// It could not be connected ([`Family::connect`](crate::Family::connect)).
    Connect(ConnectError),
    /// It could not be registered with the poll.
    Register(io::Error),
    /// Writing to it failed. It leaves at once, though something that its peer has
    /// sent may not have been read yet.
    Write(io::Error),
    /// More was sent to it than it read: above the hard cap of its family
    /// ([`Family::unsent`](crate::Family::unsent)).
    Overflow,
    /// Its family was replaced while the member was lent to a handler.
    Replaced,
    /// The loop ended: by a stop, after which what was unsent was sent as far as
    /// the grace allowed ([`Config::grace`](crate::Config::grace)), by an error,
    /// or by a panic of another's handler.
    Stopped,
}

impl Closed {
    /// The error, if it is one of somebody's.
    pub(crate) fn into_error(self) -> Option<BoxError> {
        match self {
            Closed::Failed(error) => Some(error),
            Closed::Connect(error) => Some(error.into()),
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
            Closed::Connect(error) => return error.fmt(formatter),
            Closed::Register(error) => return write!(formatter, "cannot be registered: {error}"),
            Closed::Write(error) => return write!(formatter, "cannot be written to: {error}"),
            Closed::Overflow => "more was sent than is read: above the hard cap",
            Closed::Replaced => "its family was replaced",
            Closed::Stopped => "the loop stopped",
        };
        formatter.write_str(reason)
    }
}

/// Why a member could not be connected.
///
/// # Examples
///
/// ```
/// use miocene::{Closed, ConnectError};
/// use std::io;
///
/// /// Whether it may be worth while to try again.
/// fn is_for_now(why: &Closed) -> bool {
///     match why {
///         Closed::Connect(ConnectError { source, .. }) => {
///             source.kind() != io::ErrorKind::InvalidInput
///         }
///         _ => false,
///     }
/// }
/// # let _ = is_for_now;
/// ```
#[derive(Debug, Error)]
#[error("cannot connect to {address}: {source}")]
#[non_exhaustive]
pub struct ConnectError {
    /// The address that was to be connected to.
    pub address: String,
    /// What the system said, or [`TimedOut`](io::ErrorKind::TimedOut) after the time
    /// that [`Family::connecting`](crate::Family::connecting) allows.
    pub source: io::Error,
}
