//! Handles to members, for other threads.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use mio::Token;
use thiserror::Error;

use crate::Context;
use crate::channel::TrySendError;
use crate::mailbox::{Letter, Line, Order};

/// A handle to one connection of a [`Family`](crate::Family), for any thread: sends
/// to it, closes it, and says when it has gone. It is given by
/// [`Context::remote`]; clones are handles to the same connection.
///
/// It never reaches another one: who takes the place of a connection that has gone,
/// also under the very same token, is somebody else.
///
/// # Examples
///
/// Answers that take their time are worked out elsewhere:
///
/// ```
/// use miocene::net::{TcpListener, TcpStream};
/// use miocene::{Connection, Context, EventLoop, Family, Lines, Token, Tokens, handlers};
/// use std::net::SocketAddr;
/// use std::thread;
///
/// const SERVER: Token = Token(0);
/// const CLIENTS: Tokens = Tokens::new(1);
///
/// struct App { server: TcpListener, clients: Family<Connection<Lines>> }
///
/// #[handlers]
/// impl App {
///     #[handler(token = SERVER, fills = CLIENTS)]
///     fn accept(&mut self, (stream, _): (TcpStream, SocketAddr)) {
///         self.clients.insert(Connection::new(stream));
///     }
///
///     #[handler(tokens = CLIENTS)]
///     fn question(&mut self, cx: &mut Context<'_>, _: &mut Connection<Lines>, line: &str) {
///         let (asker, question) = (cx.remote(cx.token()), line.to_owned());
///         thread::spawn(move || {
///             let answer = format!("{question}? Let me think.\n");
///             if asker.send(answer.as_bytes()).is_err() {
///                 // It has not waited for the answer.
///             }
///         });
///     }
/// #   #[closed(tokens = CLIENTS)]
/// #   fn gone(&mut self, cx: &mut Context<'_>, _: Connection<Lines>, _: miocene::Closed) { cx.stop(); }
/// }
/// # fn main() -> miocene::Result<()> {
/// # use std::io::{BufRead, BufReader, Write};
/// # let server = TcpListener::bind("127.0.0.1:0")?;
/// # let address = server.local_addr()?;
/// # let client = thread::spawn(move || {
/// #     let mut stream = std::net::TcpStream::connect(address).unwrap();
/// #     stream.write_all(b"Why\n").unwrap();
/// #     let mut answer = String::new();
/// #     BufReader::new(stream).read_line(&mut answer).unwrap();
/// #     answer
/// # });
/// # EventLoop::new()?.run(&mut App { server, clients: Family::new(CLIENTS) })?;
/// # assert_eq!(client.join().unwrap(), "Why? Let me think.\n");
/// # Ok(())
/// # }
/// ```
///
/// # Notes
///
/// What is sent and ordered arrives in the order in which each thread has said it,
/// and after what the handlers of the turn have sent.
///
/// As long as there is a handle, a loop whose members are all paused goes on: the
/// handle may still send or close.
#[derive(Clone)]
pub struct Remote(Arc<Line>);

/// Why a [`Remote`] has not sent.
///
/// # Examples
///
/// See [`Remote`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Error)]
#[non_exhaustive]
pub enum RemoteError {
    /// The connection is not in its family any more, or was on its way out when the
    /// handle was made.
    #[error("the connection has gone")]
    Gone,
    /// The loop has not yet come to what was sent before:
    /// [`Config::mailbox`](crate::Config::mailbox).
    #[error("the mailbox of the loop is full: try again, or raise `Config::mailbox`")]
    Full,
}

impl Remote {
    /// Sends bytes to the connection, as [`Outbox::send`](crate::Outbox::send) does.
    ///
    /// # Errors
    ///
    /// When the connection has gone, or the mailbox of the loop is full. Nothing is
    /// sent then.
    ///
    /// # Notes
    ///
    /// It may go before they reach it, as it may before they reach its peer.
    pub fn send(&self, bytes: &[u8]) -> Result<(), RemoteError> {
        self.post(|| Order::Send(bytes.into()))
    }

    /// Closes the connection, as [`Family::close`](crate::Family::close) does: when
    /// what is unsent has been sent.
    ///
    /// # Errors
    ///
    /// As for [`send`](Self::send).
    pub fn close(&self) -> Result<(), RemoteError> {
        self.post(|| Order::Close)
    }

    /// Whether the connection has left its family: work for it is in vain.
    pub fn is_gone(&self) -> bool {
        self.0.gone.load(Ordering::Acquire)
    }

    /// The token of the connection.
    pub fn token(&self) -> Token {
        self.0.token
    }

    fn post(&self, order: impl FnOnce() -> Order) -> Result<(), RemoteError> {
        if self.is_gone() {
            return Err(RemoteError::Gone);
        }
        let letter = Letter {
            line: Arc::clone(&self.0),
            order: order(),
        };
        self.0.mail.try_send(letter).map_err(|error| match error {
            TrySendError::Full(_) => RemoteError::Full,
            TrySendError::Disconnected(_) => RemoteError::Gone,
        })
    }
}

impl fmt::Debug for Remote {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Remote")
            .field("token", &self.0.token)
            .field("gone", &self.is_gone())
            .finish()
    }
}

impl Context<'_> {
    /// A handle to the connection of a family, for other threads.
    ///
    /// Of a token that no connection has, it is one to a connection that has gone;
    /// that is known when the handler has returned. So it is if the system has no
    /// descriptor for what is to wake the loop.
    ///
    /// # Examples
    ///
    /// See [`Remote`].
    pub fn remote(&mut self, token: Token) -> Remote {
        let (state, registry) = self.split();
        // It is to be seen whether there is such a connection.
        state.attention = true;
        state.unsettled = true;
        Remote(state.line(registry, token))
    }
}
