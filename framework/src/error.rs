use std::fmt;
use std::io;

use mio::Token;

use crate::BoxError;
use crate::table::TOKEN_END;

/// The result of what this crate does.
///
/// # Examples
///
/// ```
/// fn listen() -> miocene::Result<miocene::net::TcpListener> {
///     miocene::net::TcpListener::bind("127.0.0.1:0")
/// }
/// # assert!(listen().is_ok());
/// ```
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong: what was being done, to what, and what to try.
///
/// `Debug` prints the same sentence as `Display`, followed by its causes, so
/// that `fn main() -> miocene::Result<()>` reports readably.
///
/// # Examples
///
/// ```
/// use miocene::net::TcpListener;
///
/// let taken = TcpListener::bind("127.0.0.1:0")?;
/// let error = TcpListener::bind(taken.local_addr()?).unwrap_err();
/// assert!(error.to_string().contains("127.0.0.1"), "{error}");
/// # Ok::<(), miocene::Error>(())
/// ```
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The system's poll could not be set up or waited for.
    #[error("cannot {action} the system's poll")]
    #[non_exhaustive]
    Poll {
        /// What was being done.
        action: &'static str,
        /// The system's error.
        source: io::Error,
    },
    /// A limit of the [`Config`](crate::Config) is out of range.
    #[error("a limit of the configuration is out of range: {rule}")]
    #[non_exhaustive]
    Config {
        /// The limit, and what it must be.
        rule: &'static str,
    },
    /// A listener could not be set up.
    #[error("cannot listen on {address}{hint}")]
    #[non_exhaustive]
    Listen {
        /// The address; a path has `unix:` before it.
        address: String,
        /// What to try, in parentheses after a space; may be empty.
        hint: &'static str,
        /// The system's error.
        source: io::Error,
    },
    /// A source could not be registered with the poll.
    #[error(
        "cannot register `{field}` (token `{token_name}`, {token:?}) for handler `{handler}`{}",
        attach_hint(source)
    )]
    #[non_exhaustive]
    Attach {
        /// The handler whose source it is.
        handler: &'static str,
        /// The token's name.
        token_name: &'static str,
        /// The token.
        token: Token,
        /// The source, as the application names it.
        field: &'static str,
        /// The system's error.
        source: io::Error,
    },
    /// A source failed, and the application has neither `#[ended]` for it nor
    /// `#[failed]`.
    #[error(
        "`{field}` (token `{token_name}`, {token:?}), the source of handler `{handler}`, failed"
    )]
    #[non_exhaustive]
    Source {
        /// The handler whose source it is.
        handler: &'static str,
        /// The token's name.
        token_name: &'static str,
        /// The token.
        token: Token,
        /// The source, as the application names it.
        field: &'static str,
        /// The source's error.
        source: io::Error,
    },
    /// A handler returned an error, and the application has no `#[failed]`.
    #[error("handler `{handler}` (token `{token_name}`, {token:?}) failed")]
    #[non_exhaustive]
    Handler {
        /// The handler.
        handler: &'static str,
        /// The token's name.
        token_name: &'static str,
        /// The token.
        token: Token,
        /// The handler's error.
        source: BoxError,
    },
    /// The application ended the loop with [`Context::fail`](crate::Context::fail).
    #[error("`{handler}` (token `{token_name}`, {token:?}) ended the loop")]
    #[non_exhaustive]
    Failed {
        /// The handler, or [`Error::HOST`].
        handler: &'static str,
        /// The token's name.
        token_name: &'static str,
        /// The token.
        token: Token,
        /// The application's error.
        source: BoxError,
    },
    /// A handler named a token to `pause`, `resume` or `attach` that no handler has.
    #[error("`{handler}` cannot {verb} {token:?}: no handler has this token{}", unknown_hint(*token))]
    #[non_exhaustive]
    UnknownToken {
        /// The handler that asked, or [`Error::HOST`].
        handler: &'static str,
        /// What was to be done.
        verb: &'static str,
        /// The token.
        token: Token,
    },
    /// A family was built with another constant than its handlers name.
    #[error(
        "`{field}` was built with `Tokens::new({built})`, but its handler `{handler}` is for `{token_name}`, which is `Tokens::new({number})`: write `Family::new({token_name})`"
    )]
    #[non_exhaustive]
    OtherTokens {
        /// The family, as the application names it.
        field: &'static str,
        /// A handler of it.
        handler: &'static str,
        /// The constant of its handlers, as it is named.
        token_name: &'static str,
        /// The number of that constant.
        number: u8,
        /// The number with which the family was built.
        built: u8,
    },
    /// One loop was given two applications.
    #[error("this loop is driving `{driven}`: close that one before driving `{other}`")]
    #[non_exhaustive]
    OtherApplication {
        /// The type that the loop drives.
        driven: &'static str,
        /// The type that it was given.
        other: &'static str,
    },
    /// Any other operation on a socket or file.
    #[error(transparent)]
    Io(#[from] io::Error),
}

impl Error {
    /// Stands for a handler where it was not one, but whoever drives the loop
    /// turn by turn, through [`EventLoop::context`](crate::EventLoop::context).
    pub const HOST: &'static str = "the loop's host";
}

/// What to try, for the errors that people meet.
fn unknown_hint(token: Token) -> &'static str {
    match token.0 >= TOKEN_END {
        true => " (it is that of a member: ask its family, as in `self.clients.pause(token)`)",
        false => "",
    }
}

fn attach_hint(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::PermissionDenied => " (a plain file is always ready: read it as it is)",
        io::ErrorKind::AlreadyExists => " (another loop has it: close that first)",
        _ => "",
    }
}

impl From<Error> for io::Error {
    /// For `fn main() -> std::io::Result<()>`. What the system said keeps its
    /// kind.
    fn from(error: Error) -> io::Error {
        let kind = match &error {
            Error::Poll { source, .. }
            | Error::Listen { source, .. }
            | Error::Attach { source, .. }
            | Error::Source { source, .. }
            | Error::Io(source) => source.kind(),
            _ => io::ErrorKind::Other,
        };
        io::Error::new(kind, error)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)?;
        let mut cause = std::error::Error::source(self);
        while let Some(error) = cause {
            write!(formatter, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}
