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

/// What a handler wants to happen to its source.
///
/// `Continue` never resumes anything, and none of them loses an edge: what was
/// ready and is not read stays latched.
///
/// | handler | `Continue` | `Pause` | `Close` | `Leave` |
/// |---|---|---|---|---|
/// | READABLE | the next item | not drained until [`cx.resume`](crate::Context::resume) | detached, the field stays; [`cx.attach`](crate::Context::attach) brings it back | as `Close` |
/// | WRITABLE, raw | the next edge, or what is latched | reading stops | detached | as `Close` |
/// | `#[ended]` | done | as `Continue` | as `Continue` | as `Continue` |
/// | `#[failed]` | done | the source of the failure is paused | it is detached | as `Close` |
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
    /// Do not read from this source until it is resumed. No system call is made.
    Pause,
    /// Be done with this source: it is deregistered, its field stays.
    Close,
    /// As `Close` for a single source.
    Leave,
    /// Stop the loop: [`run`](crate::EventLoop::run) returns `Ok`.
    Stop,
}

/// What a handler may return: `()`, [`Flow`], `Result<(), E>` or
/// `Result<Flow, E>`, where `E` is any error that converts into [`BoxError`].
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
