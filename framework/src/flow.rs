use std::error::Error;
use std::io;

/// Any error of a handler. What a handler's error type must convert into.
///
/// # Examples
///
/// ```
/// use miocene::BoxError;
///
/// let error: BoxError = "no such room".into();
/// assert_eq!(error.to_string(), "no such room");
/// ```
pub type BoxError = Box<dyn Error + Send + Sync>;

/// What a handler wants to happen to its source, or to the member of a family
/// that it was called for.
///
/// `Continue` never resumes anything, and none of them loses an edge: what was
/// ready and is not read stays latched. `Stop` is graceful, and the second one
/// at once, from whatever handler it comes.
///
/// Of a single source:
///
/// | handler | `Continue` | `Pause` | `Close` | `Leave` |
/// |---|---|---|---|---|
/// | READABLE | the next item | not drained until [`cx.resume`](crate::Context::resume) | detached, the field stays; [`cx.attach`](crate::Context::attach) brings it back | as `Close` |
/// | WRITABLE, raw | the next edge, or what is latched | reading stops | detached | as `Close` |
/// | `#[ended]` | done | as `Continue` | as `Continue` | as `Continue` |
/// | `#[failed]` | done | the source of the failure is paused | it is detached | as `Close` |
///
/// Of a member of a [`Family`](crate::Family); what follows is told to
/// `#[closed]` as a [`Closed`](crate::Closed):
///
/// | handler | `Continue` | `Pause` | `Close` | `Leave` |
/// |---|---|---|---|---|
/// | READABLE | the next item | not read until [`resume`](crate::Family::resume) | no more items; what is unsent is sent, our direction ended, the peer waited for: `Asked` | `Left`, with what is unread and unsent |
/// | WRITABLE | of a connection: again after the next send; of others: the next edge | reading stops | what is unsent is sent: `Asked` | `Left` |
/// | raw | what is latched, or the next edge | reading stops | `Asked` | `Left` |
/// | `#[opened]` | reading starts | it is open, and not read yet | what is unsent is sent: `Asked` | `Left` |
/// | `#[ended]` | it stays, to be written to, until it is closed | as `Continue` | what is unsent is sent: `Ended`, with the reason | `Left` |
/// | `#[closed]` | done | as `Continue` | as `Continue` | as `Continue` |
/// | `#[failed]` for a stranger of a listener in a family | done | the listener is not read | it leaves: `Asked` | `Left` |
/// | `#[failed]` for a member that has left | done | as `Continue` | as `Continue` | as `Continue` |
///
/// What a handler returns is applied when it has returned, before what it noted
/// is settled, and wins over what it called for the same member: `Close` over
/// [`abort`](crate::Family::abort), say.
///
/// # Examples
///
/// A listener that takes one connection and stops:
///
/// ```
/// use miocene::net::{TcpListener, TcpStream};
/// use miocene::{EventLoop, Flow, Token, handlers};
/// use std::net::SocketAddr;
///
/// const SERVER: Token = Token(0);
///
/// struct Once {
///     server: TcpListener,
/// }
///
/// #[handlers]
/// impl Once {
///     #[handler(token = SERVER)]
///     fn accept(&mut self, (_stream, _address): (TcpStream, SocketAddr)) -> Flow {
///         Flow::Stop
///     }
/// }
///
/// # fn main() -> miocene::Result<()> {
/// let server = TcpListener::bind("127.0.0.1:0")?;
/// let _client = std::net::TcpStream::connect(server.local_addr()?)?;
/// EventLoop::new()?.run(&mut Once { server })
/// # }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Flow {
    /// Go on.
    #[default]
    Continue,
    /// Do not read from this source or member until it is resumed. No system
    /// call is made.
    Pause,
    /// Be done with it. A single source is deregistered, and its field stays. A
    /// member is closed as by [`Family::close`](crate::Family::close): nothing
    /// more is read from it, what is unsent is sent, and it leaves.
    Close,
    /// Take the member out of its family as it is, as
    /// [`Family::leave`](crate::Family::leave) does: neither flushed nor shut
    /// down, with what is unread. As `Close` for a single source.
    Leave,
    /// Stop the loop as [`Context::stop`](crate::Context::stop) does: what is
    /// unsent is sent, and [`run`](crate::EventLoop::run) returns `Ok`.
    Stop,
}

/// What a handler may return: `()`, [`Flow`], `Result<(), E>` or
/// `Result<Flow, E>`, where `E` is any error that converts into [`BoxError`].
///
/// An error belongs to whom it befell. From a family's handler it ends the
/// member, which is flushed and leaves with
/// [`Closed::Failed`](crate::Closed::Failed). From a handler of strangers (see
/// [`Drain::STRANGERS`](crate::Drain::STRANGERS)) it costs the item, and is told
/// to `#[failed]`. From any other it is told to `#[failed]`, or else ends
/// [`run`](crate::EventLoop::run). From a `raw` handler, a
/// [`WouldBlock`](io::ErrorKind::WouldBlock) that `?` lets out counts as
/// [`Flow::Continue`].
///
/// # Examples
///
/// ```
/// use miocene::{Flow, Outcome};
///
/// assert_eq!(().outcome().unwrap(), Flow::Continue);
/// assert_eq!(Flow::Pause.outcome().unwrap(), Flow::Pause);
/// assert!(Err::<(), _>("no").outcome().is_err());
/// ```
#[diagnostic::on_unimplemented(
    message = "a handler cannot return `{Self}`",
    label = "not something a handler may return",
    note = "return `()`, `Flow`, `Result<(), E>` or `Result<Flow, E>`, where `E` is an error type that is `Send` and `Sync`, `Box<dyn Error + Send + Sync>`, a `String` or a `&'static str`"
)]
pub trait Outcome {
    /// The flow, or the error as the loop keeps it.
    ///
    /// # Errors
    ///
    /// That of the handler.
    fn outcome(self) -> Result<Flow, BoxError>;
}

#[diagnostic::do_not_recommend]
impl Outcome for () {
    #[inline(always)]
    fn outcome(self) -> Result<Flow, BoxError> {
        Ok(Flow::Continue)
    }
}

#[diagnostic::do_not_recommend]
impl Outcome for Flow {
    #[inline(always)]
    fn outcome(self) -> Result<Flow, BoxError> {
        Ok(self)
    }
}

#[diagnostic::do_not_recommend]
impl<E: Into<BoxError>> Outcome for Result<(), E> {
    #[inline(always)]
    fn outcome(self) -> Result<Flow, BoxError> {
        match self {
            Ok(()) => Ok(Flow::Continue),
            Err(error) => Err(error.into()),
        }
    }
}

#[diagnostic::do_not_recommend]
impl<E: Into<BoxError>> Outcome for Result<Flow, E> {
    #[inline(always)]
    fn outcome(self) -> Result<Flow, BoxError> {
        self.map_err(Into::into)
    }
}

/// Whether an error is, or comes of, a `WouldBlock` that `?` let out.
pub(crate) fn is_would_block(error: &BoxError) -> bool {
    let mut cause: Option<&(dyn Error + 'static)> = Some(&**error);
    while let Some(error) = cause {
        let error_of_io = error.downcast_ref::<io::Error>();
        if error_of_io.is_some_and(|error| error.kind() == io::ErrorKind::WouldBlock) {
            return true;
        }
        cause = error.source();
    }
    false
}
