use std::error::Error;
use std::fmt;
use std::io;

use mio::Token;

/// Why reading from a source is over, told to `#[ended]`.
///
/// # Examples
///
/// ```
/// use miocene::Ended;
///
/// assert_eq!(Ended::Eof.to_string(), "end of file");
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum Ended {
    /// The source said that it is at its end.
    Eof,
    /// The source failed.
    Io(io::Error),
}

impl fmt::Display for Ended {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Ended::Eof => formatter.write_str("end of file"),
            Ended::Io(error) => error.fmt(formatter),
        }
    }
}

/// An error that nobody else was told of, handed to `#[failed]`.
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
///         eprintln!("{}: {}", failure.handler, failure.error);
///     }
/// }
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub struct Failure<'a> {
    /// The name of the handler that failed, or of the one whose source did.
    pub handler: &'static str,
    /// The token of the source.
    pub token: Token,
    /// What went wrong.
    pub error: &'a (dyn Error + Send + Sync + 'static),
}
