use std::io;

use mio::Token;
use mio::event::Source;

use crate::family::Visitor;
use crate::table::Entry;
use crate::{BoxError, Context, Ended, Failure, Flow, Input, Readiness, Waking};

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
///
/// # A family by hand
///
/// An application with families has its rows in the table as well, says so by
/// [`FAMILIES`](Self::FAMILIES), shows them to the loop
/// ([`families`](Self::families), with what is called beside the items), answers
/// whether something was noted in one ([`is_noted`](Self::is_noted)), and has an
/// arm for the tokens of each:
///
/// ```
/// use miocene::family::{self, Hooks, Visitor};
/// use miocene::mio::event::Source;
/// use miocene::net::{TcpListener, TcpStream};
/// use miocene::table::{Entry, Kind, slot};
/// use miocene::{
///     Closed, Connection, Context, Drain, EventLoop, Family, Flow, Handlers, Input, Lines, Outcome,
///     Readiness, Token, Tokens, drain,
/// };
/// use std::net::SocketAddr;
///
/// const SERVER: Token = Token(0);
/// const CLIENTS: Tokens = Tokens::new(1);
///
/// type Client = Connection<Lines>;
///
/// struct Echo {
///     server: TcpListener,
///     clients: Family<Client>,
/// }
///
/// impl Echo {
///     fn accept(&mut self, (stream, _): (TcpStream, SocketAddr)) {
///         self.clients.insert(Connection::new(stream));
///     }
///
///     fn line(&mut self, client: &mut Client, line: &str) {
///         writeln!(client.out, "{line}");
///     }
///
///     fn gone(&mut self, _client: Client, _why: Closed) -> Flow {
///         Flow::Stop
///     }
/// }
///
/// impl Handlers for Echo {
///     const TABLE: &'static [Entry] = &[
///         Entry::items("accept", "SERVER", SERVER, "self.server"),
///         Entry::family(Kind::Items, "line", "CLIENTS", CLIENTS, "self.clients"),
///         Entry::family(Kind::Closed, "gone", "CLIENTS", CLIENTS, "self.clients"),
///     ];
///     const FAMILIES: bool = true;
///
///     fn source(&mut self, token: Token) -> Option<&mut dyn Source> {
///         match token {
///             SERVER => Some(self.server.source()),
///             _ => None,
///         }
///     }
///
///     fn families<V: Visitor<Self>>(&mut self, visitor: &mut V) {
///         visitor.visit(
///             self,
///             Hooks::drained(CLIENTS, |app: &mut Self| &mut app.clients)
///                 .closed(|app, _cx, member, why| app.gone(member, why).outcome()),
///         );
///     }
///
///     fn is_noted(&mut self) -> bool {
///         self.clients.is_noted()
///     }
///
///     fn dispatch(&mut self, cx: &mut Context<'_>, input: &mut Input, token: Token, ready: Readiness) {
///         match token {
///             SERVER => drain::items_filling(
///                 self, cx, input, const { slot::<Self>(SERVER) }, ready,
///                 |app| &mut app.server,
///                 |app, _cx, item| app.accept(item).outcome(),
///                 |app| app.clients.has_room(),
///             ),
///             _ if CLIENTS.contains(token) => family::items(
///                 self, cx, input, token, ready,
///                 |app| &mut app.clients,
///                 |app, _cx, member, line| app.line(member, line).outcome(),
///             ),
///             _ => cx.unknown(token),
///         }
///     }
/// }
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use std::io::{Read, Write};
/// let server = TcpListener::bind("127.0.0.1:0")?;
/// # let mut peer = std::net::TcpStream::connect(server.local_addr()?)?;
/// # peer.write_all(b"hello\nyou")?;
/// # peer.shutdown(std::net::Shutdown::Write)?;
/// let clients = Family::new(CLIENTS);
/// EventLoop::new()?.run(&mut Echo { server, clients })?;
/// # let mut answer = String::new();
/// # peer.read_to_string(&mut answer)?;
/// # assert_eq!(answer, "hello\nyou\n");
/// # Ok(())
/// # }
/// ```
///
/// # Notes
///
/// A family that is not shown is never settled, and one whose changes
/// [`is_noted`](Self::is_noted) conceals is settled late: nothing tells the loop.
/// The rows of its table are what errors and pictures name.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no handlers",
    label = "not an application yet",
    note = "put `#[handlers]` on an `impl {Self}` block and `#[handler(token = …)]` on its methods"
)]
pub trait Handlers {
    /// The rows of the application, in the order in which they were written.
    const TABLE: &'static [Entry];

    /// Whether there are families, which [`families`](Self::families) shows.
    /// Provided: no; what is for families then costs nothing.
    const FAMILIES: bool = false;

    /// The single source of a token, to be registered and deregistered.
    fn source(&mut self, token: Token) -> Option<&mut dyn Source>;

    /// Where the single source of `token` keeps what was read and not yielded:
    /// [`Drain::kept`](crate::Drain::kept). Provided: nowhere.
    fn kept(&mut self, token: Token) -> Option<&mut Vec<u8>> {
        let _ = token;
        None
    }

    /// Shows each family to the visitor, with what is called for it: see
    /// [`Hooks`](crate::family::Hooks). Provided: there are none.
    fn families<V: Visitor<Self>>(&mut self, visitor: &mut V)
    where
        Self: Sized,
    {
        let _ = visitor;
    }

    /// Gives the single source of `token` what wakes the loop:
    /// [`Drain::woken_by`](crate::Drain::woken_by). Provided: does nothing.
    ///
    /// # Errors
    ///
    /// That of the source.
    fn woken_by(&mut self, token: Token, waking: &mut Waking<'_>) -> io::Result<()> {
        let _ = (token, waking);
        Ok(())
    }

    /// Whether the single source of `token` was changed:
    /// [`Drain::has_news`](crate::Drain::has_news). Provided: no.
    fn has_news(&mut self, token: Token) -> bool {
        let _ = token;
        false
    }

    /// Whether something was noted that the loop is to look at:
    /// [`Family::is_noted`](crate::Family::is_noted) of any family, or
    /// [`Drain::has_news`](crate::Drain::has_news) of any single source. Provided:
    /// no.
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

    /// Calls the `#[ended]` handler of `token`, a single source. Only called if
    /// the table has one.
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
