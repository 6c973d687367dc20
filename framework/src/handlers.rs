use mio::Token;
use mio::event::Source;

use crate::family::Visitor;
use crate::table::Entry;
use crate::{BoxError, Context, Ended, Failure, Flow, Input, Readiness};

/// An application: its sources and what to call for them.
///
/// `#[handlers]` implements it; it is small enough to be written by hand, and
/// `examples/by_hand.rs` does so. The loop calls these methods and no others.
///
/// # Examples
///
/// What the macro writes for mio's guide server:
///
/// ```
/// use miocene::mio::event::Source;
/// use miocene::net::{TcpListener, TcpStream};
/// use miocene::table::{Entry, slot};
/// use miocene::{Context, Drain, Handlers, Input, Outcome, Readiness, Token, drain};
/// use std::net::SocketAddr;
///
/// const SERVER: Token = Token(0);
///
/// struct Guide {
///     server: TcpListener,
/// }
///
/// impl Guide {
///     fn accept(&mut self, (_connection, address): (TcpStream, SocketAddr)) {
///         println!("Got a connection from: {address}");
///     }
/// }
///
/// impl Handlers for Guide {
///     const TABLE: &'static [Entry] =
///         &[Entry::items("accept", "SERVER", SERVER, "self.server").at(file!(), line!())];
///
///     fn source(&mut self, token: Token) -> Option<&mut dyn Source> {
///         match token {
///             SERVER => Some(self.server.source()),
///             _ => None,
///         }
///     }
///
///     fn dispatch(&mut self, cx: &mut Context<'_>, input: &mut Input, token: Token, ready: Readiness) {
///         match token {
///             SERVER => drain::items(
///                 self, cx, input, const { slot::<Self>(SERVER) }, ready,
///                 |app| &mut app.server,
///                 |app, _cx, item| app.accept(item).outcome(),
///             ),
///             _ => cx.unknown(token),
///         }
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no handlers",
    label = "not an application yet",
    note = "put `#[handlers]` on an `impl {Self}` block and `#[handler(token = …)]` on its methods"
)]
pub trait Handlers {
    /// The rows of the application, in the order in which they were written.
    const TABLE: &'static [Entry];

    /// Whether there are families, which [`families`](Self::families) shows.
    const FAMILIES: bool = false;

    /// The source of a token, to be registered and deregistered.
    fn source(&mut self, token: Token) -> Option<&mut dyn Source>;

    /// Where the source of `token` keeps what was read and not yielded:
    /// [`Drain::kept`](crate::Drain::kept). Provided: nowhere.
    fn kept(&mut self, token: Token) -> Option<&mut Vec<u8>> {
        let _ = token;
        None
    }

    /// Shows each family to the visitor. Provided: there are none.
    fn families<V: Visitor<Self>>(&mut self, visitor: &mut V)
    where
        Self: Sized,
    {
        let _ = visitor;
    }

    /// Whether something was noted in a family that the loop is to settle:
    /// [`Family::is_noted`](crate::Family::is_noted) of any. Provided: no.
    #[inline(always)]
    fn is_noted(&mut self) -> bool {
        false
    }

    /// Calls the handlers of `token` for what is ready and for what the loop
    /// has latched; `ready` is [`Readiness::NONE`] when only the latch speaks.
    ///
    /// The loop calls it, with the state of this application in its context. A
    /// test calls [`EventLoop::deliver`](crate::EventLoop::deliver).
    fn dispatch(&mut self, cx: &mut Context<'_>, input: &mut Input, token: Token, ready: Readiness);

    /// Calls the `#[ended]` handler of `token`. Only called if the table has one.
    ///
    /// # Errors
    ///
    /// That of the handler.
    fn ended(&mut self, cx: &mut Context<'_>, token: Token, why: Ended) -> Result<Flow, BoxError> {
        let _ = (cx, token, why);
        Ok(Flow::Continue)
    }

    /// Calls the `#[failed]` handler. Only called if the table has one.
    ///
    /// # Errors
    ///
    /// That of the handler. It ends [`run`](crate::EventLoop::run).
    fn failed(&mut self, cx: &mut Context<'_>, failure: Failure<'_>) -> Result<Flow, BoxError> {
        let _ = (cx, failure);
        Ok(Flow::Continue)
    }
}
