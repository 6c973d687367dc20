use std::error::Error;
use std::fmt;

use mio::Token;

/// An error that nobody else was told of, handed to `#[failed]`: of a single
/// source or its handler, of a handler of strangers, and where a family has no
/// `#[closed]`, of its members or their handlers.
///
/// # Examples
///
/// ```
/// use miocene::{Failure, handlers};
/// # use miocene::{Token, net::{TcpListener, TcpStream}};
/// # const SERVER: Token = Token(0);
/// # struct App { server: TcpListener }
///
/// #[handlers]
/// impl App {
///     # #[handler(token = SERVER)]
///     # fn accept(&mut self, _: (TcpStream, std::net::SocketAddr)) {}
///     #[failed]
///     fn log(&mut self, failure: Failure<'_>) {
///         eprintln!("{failure}");
///     }
/// }
/// ```
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Failure<'a> {
    /// The name of the handler that failed, or of the one whose source did.
    pub handler: &'static str,
    /// The token of the source, or of the member.
    pub token: Token,
    /// The token's name; of a member that of its family's constant.
    pub token_name: &'static str,
    /// What went wrong.
    pub error: &'a (dyn Error + Send + Sync + 'static),
}

impl<'a> Failure<'a> {
    /// A failure, to call a `#[failed]` method in a test.
    pub fn new(
        handler: &'static str,
        token_name: &'static str,
        token: Token,
        error: &'a (dyn Error + Send + Sync + 'static),
    ) -> Failure<'a> {
        Failure {
            handler,
            token,
            token_name,
            error,
        }
    }
}

impl fmt::Display for Failure<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Failure {
            handler,
            token,
            token_name,
            error,
        } = self;
        write!(
            formatter,
            "`{handler}` (token `{token_name}`, {token:?}): {error}"
        )
    }
}
