//! The attributes of [miocene](https://docs.rs/miocene). Use them through that
//! crate: the code they write names its items, and its version is pinned to
//! this one's.
//!
//! The way from an impl block to what is made of it, a file each: `args` (what
//! an attribute says) → `model` (which method is called for what) → `check`
//! (every rule) → `expand` (the implementation of `miocene::Handlers`). The
//! user's block comes first in the output and is not changed but for our
//! attributes, which are taken off. Bodies are never parsed.

#![forbid(unsafe_code)]

mod args;
mod arguments;
mod block;
mod check;
mod condition;
mod expand;
mod handlers;
mod method;
mod mistakes;
mod model;
mod outside;
mod signature;
mod strip;
#[cfg(test)]
mod tests;
mod token;
mod trees;
mod values;

use proc_macro::TokenStream;

/// Makes an application of a type: its methods marked [`#[handler]`](macro@handler)
/// are called when their sources are ready.
///
/// It stands on one `impl` block of the type, which may have other methods,
/// constants and types besides. The block stays what it is; an implementation
/// of `miocene::Handlers` is added, with which an event loop can run the
/// application. `use miocene::handlers` is the only import that is needed: the
/// attributes inside of the block are read by this one.
///
/// ```no_run
/// use miocene::{handlers, net::{TcpListener, TcpStream}, EventLoop, Token};
/// use std::net::SocketAddr;
///
/// const SERVER: Token = Token(0);
///
/// struct Guide { server: TcpListener }
///
/// #[handlers]
/// impl Guide {
///     #[handler(token = SERVER, interest = READABLE)]
///     fn accept(&mut self, (_connection, address): (TcpStream, SocketAddr)) {
///         println!("Got a connection from: {address}");
///     }
/// }
///
/// fn main() -> miocene::Result<()> {
///     let server = TcpListener::bind("127.0.0.1:9000")?;
///     EventLoop::new()?.run(&mut Guide { server })
/// }
/// ```
///
/// | attribute | parameters after `&mut self` |
/// |---|---|
/// | `#[handler(token = T)]` | `[cx,] item` |
/// | `#[handler(token = T, interest = WRITABLE)]` | `[cx]` |
/// | `#[handler(token = T, raw)]` | `[cx,] ready: &mut Readiness` |
/// | `#[handler(tokens = F)]` | `[cx,] member: &mut S, item` |
/// | `#[handler(tokens = F, interest = WRITABLE)]` | `[cx,] member: &mut S` |
/// | `#[handler(tokens = F, raw)]` | `[cx,] member: &mut S, ready: &mut Readiness` |
/// | `#[opened(tokens = F)]` | `[cx,] member: &mut S` |
/// | `#[ended(token = T)]` | `[cx,] why: Ended` |
/// | `#[ended(tokens = F)]` | `[cx,] member: &mut S, why: Ended` |
/// | `#[closed(tokens = F)]` | `[cx,] member: S, why: Closed` |
/// | `#[failed]` | `[cx,] failure: Failure<'_>` |
///
/// `token` is one source, a field of the application; `tokens` is a family of
/// them, a field `Family<S>`. `cx: &mut Context<'_>` may be left out: the number
/// of parameters decides whether it is there. `&self` will do where nothing is
/// changed. A method returns `()`, `Flow`, `Result<(), E>` or `Result<Flow, E>`.
///
/// # Arguments
///
/// `#[handlers(crate = path)]` says where the framework is, for a crate that
/// re-exports it:
///
/// ```
/// mod my_framework {
///     pub use miocene;
/// }
///
/// use my_framework::miocene::net::{TcpListener, TcpStream};
/// use my_framework::miocene::{Token, handlers};
///
/// const SERVER: Token = Token(0);
///
/// struct Guide { server: TcpListener }
///
/// #[handlers(crate = my_framework::miocene)]
/// impl Guide {
///     #[handler(token = SERVER)]
///     fn accept(&mut self, _: (TcpStream, std::net::SocketAddr)) {}
/// }
/// # fn main() {}
/// ```
#[proc_macro_attribute]
pub fn handlers(arguments: TokenStream, item: TokenStream) -> TokenStream {
    handlers::expand(arguments.into(), item.into()).into()
}

/// Marks a method to be called when a source is ready, in a block under
/// [`#[handlers]`](macro@handlers).
///
/// * `token = T`: the constant under which the source is registered, by any
///   path: `SERVER`, `tokens::SERVER`, `Self::SERVER`. Its value is below 2^24.
/// * `tokens = F`, in place of `token`: the constant of a family,
///   `const CLIENTS: Tokens = Tokens::new(1);`. The method is called for the
///   member that is ready, which it has for itself: it is not in the family
///   meanwhile.
/// * `interest = READABLE` (which is meant when it is left out) or
///   `interest = WRITABLE`. `Interest::READABLE` and `mio::Interest::READABLE`
///   mean the same; the words are read here and need no import. A WRITABLE
///   handler is called once for each edge, and that of a `Connection` once for
///   every send, when what is unsent is at or below the low watermark of its
///   family: so a large body can be sent piece by piece. No send, no call; an
///   empty send is none.
/// * `raw`: the method does its own input and output. Both interests may then
///   be had at once, `interest = READABLE | WRITABLE`.
/// * `source = self.a.b`: the field with the source or the family. Left out, it
///   is the one that is named like the token in lower case: `SERVER` is
///   `self.server`. It is said once for a token.
/// * `fills = F` or `fills = [F, G]`: the families that the items become members
///   of; for sources that yield strangers, which listeners are. While one of them
///   is full nothing is taken from the source: a listener accepts no connection
///   that there is no room for, and goes on as soon as there is.
///
/// # Examples
///
/// A chat, whose clients are a family:
///
/// ```no_run
/// use miocene::net::{TcpListener, TcpStream};
/// use miocene::{Connection, EventLoop, Family, Lines, Token, Tokens, handlers};
/// use std::net::SocketAddr;
///
/// const SERVER: Token = Token(0);
/// const CLIENTS: Tokens = Tokens::new(1);
///
/// struct Chat {
///     server: TcpListener,
///     clients: Family<Connection<Lines, SocketAddr>>,
/// }
///
/// #[handlers]
/// impl Chat {
///     #[handler(token = SERVER, fills = CLIENTS)]
///     fn accept(&mut self, (stream, address): (TcpStream, SocketAddr)) {
///         self.clients.insert(Connection::with_state(stream, address));
///     }
///
///     /// Called for each line of each client. The others are in the family.
///     #[handler(tokens = CLIENTS)]
///     fn line(&mut self, client: &mut Connection<Lines, SocketAddr>, line: &str) {
///         for other in self.clients.iter_mut() {
///             writeln!(other.out, "{}: {line}", client.state);
///         }
///     }
/// }
///
/// fn main() -> miocene::Result<()> {
///     let server = TcpListener::bind("127.0.0.1:9000")?;
///     let clients = Family::new(CLIENTS);
///     EventLoop::new()?.run(&mut Chat { server, clients })
/// }
/// ```
///
/// Single sources:
///
/// ```
/// use miocene::mio::net::{TcpStream as Peer, UdpSocket};
/// use miocene::net::{TcpListener, TcpStream};
/// use miocene::{Context, Flow, Interest, Readiness, Token, handlers};
/// use std::io::{self, Write};
/// use std::net::SocketAddr;
///
/// const SERVER: Token = Token(0);
/// const SOCKET: Token = Token(1);
/// const PEER: Token = Token(2);
///
/// struct App {
///     server: TcpListener,
///     socket: UdpSocket,
///     peer: Peer,
///     news: Vec<u8>,
/// }
///
/// #[handlers]
/// impl App {
///     /// Called for each connection that is accepted.
///     #[handler(token = SERVER)]
///     fn accept(&mut self, (_stream, _address): (TcpStream, SocketAddr)) {}
///
///     /// Called when the socket has something to read.
///     #[handler(token = SOCKET, raw)]
///     fn datagram(&mut self, ready: &mut Readiness) {
///         let mut buffer = [0; 1500];
///         let received = ready.try_io(Interest::READABLE, || self.socket.recv_from(&mut buffer));
///         if let Ok((length, _from)) = received {
///             self.news.extend_from_slice(&buffer[..length]);
///         }
///     }
///
///     /// Called when there is room to write.
///     #[handler(token = PEER, interest = WRITABLE)]
///     fn room(&mut self, _cx: &mut Context<'_>) -> io::Result<Flow> {
///         let count = self.peer.write(&self.news)?;
///         self.news.drain(..count);
///         Ok(if self.news.is_empty() { Flow::Close } else { Flow::Continue })
///     }
/// }
/// # fn main() {}
/// ```
///
/// # Notes
///
/// A `raw` handler is called again, at once and without a new event, while its
/// source is readable. `ready.try_io` takes that away when the operation meets
/// `WouldBlock`, and so does a handler that lets this error out with `?`. One that
/// does neither is called for ever. To wait for something else, return `Flow::Pause`; at the end (a
/// read of 0 bytes) or after an error return `Flow::Close`, since the end of a
/// source stays readable.
///
/// Two of them on one method are two bindings: two listeners, the same code.
///
/// A family that some attribute names by `tokens = F` is read, so that the end of
/// a member is seen. It needs no handler for READABLE, nor any: what its members
/// send is dropped then. One that no attribute names is not seen by the loop:
/// members that are inserted into it are neither registered nor served.
#[proc_macro_attribute]
pub fn handler(_arguments: TokenStream, item: TokenStream) -> TokenStream {
    outside::expand("handler", item.into()).into()
}

/// Marks the method to be told of each new member of a family, in a block under
/// [`#[handlers]`](macro@handlers).
///
/// It is called once for each member, before its first item, when it can be used: one
/// that was inserted when it has been registered with the poll, one that
/// `Family::connect` has made when it is connected. `Flow::Pause` leaves it open and not read,
/// `Flow::Close` closes it once what was sent to it has left.
///
/// # Examples
///
/// A server that speaks first, and stops when it has:
///
/// ```
/// use miocene::net::{TcpListener, TcpStream};
/// use miocene::{Connection, EventLoop, Family, Flow, Lines, Token, Tokens, handlers};
/// use std::io::{BufRead, BufReader};
/// use std::net::SocketAddr;
///
/// const SERVER: Token = Token(0);
/// const CLIENTS: Tokens = Tokens::new(1);
///
/// struct App {
///     server: TcpListener,
///     clients: Family<Connection<Lines>>,
/// }
///
/// #[handlers]
/// impl App {
///     #[handler(token = SERVER, fills = CLIENTS)]
///     fn accept(&mut self, (stream, _): (TcpStream, SocketAddr)) {
///         self.clients.insert(Connection::new(stream));
///     }
///
///     #[opened(tokens = CLIENTS)]
///     fn greet(&mut self, client: &mut Connection<Lines>) -> Flow {
///         writeln!(client.out, "welcome");
///         Flow::Stop
///     }
/// }
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let server = TcpListener::bind("127.0.0.1:0")?;
/// let client = std::net::TcpStream::connect(server.local_addr()?)?;
/// let clients = Family::new(CLIENTS);
/// EventLoop::new()?.run(&mut App { server, clients })?;
/// let mut line = String::new();
/// BufReader::new(client).read_line(&mut line)?;
/// assert_eq!(line, "welcome\n");
/// # Ok(())
/// # }
/// ```
#[proc_macro_attribute]
pub fn opened(_arguments: TokenStream, item: TokenStream) -> TokenStream {
    outside::expand("opened", item.into()).into()
}

/// Marks the method to be told that reading from a source is over, in a block
/// under [`#[handlers]`](macro@handlers).
///
/// * `token = T`: the source has been detached. The method may put another one
///   into the field and attach it with `cx.attach`.
/// * `tokens = F`: nothing more will come from the member, but writing to it may
///   still work, and it stays in the family until it is closed: by
///   `Flow::Close`, or later by its token. Without such a method it is closed at
///   once.
///
/// # Examples
///
/// ```
/// # #[cfg(unix)] mod unix {
/// use miocene::mio::event::Source;
/// use miocene::{Drain, Ended, Fd, Flow, Input, Next, Token, handlers};
/// use std::io::{self, Read};
/// use std::process::ChildStdout;
///
/// const OUTPUT: Token = Token(0);
///
/// struct Chunks(Fd<ChildStdout>);
///
/// impl Drain for Chunks {
///     type Item<'b> = &'b [u8];
///
///     fn source(&mut self) -> &mut dyn Source {
///         &mut self.0
///     }
///
///     fn next<'b>(&mut self, input: &'b mut Input) -> io::Result<Next<&'b [u8]>> {
///         match input.fill(|buffer| self.0.read(buffer))? {
///             0 => Ok(Next::End),
///             count => Ok(Next::Item(input.take(count))),
///         }
///     }
/// }
///
/// struct App { output: Chunks, bytes: usize }
///
/// #[handlers]
/// impl App {
///     #[handler(token = OUTPUT)]
///     fn chunk(&mut self, chunk: &[u8]) {
///         self.bytes += chunk.len();
///     }
///
///     #[ended(token = OUTPUT)]
///     fn over(&mut self, _why: Ended) -> Flow {
///         Flow::Stop
///     }
/// }
/// # }
/// # fn main() {}
/// ```
///
/// Last words for the members of a family:
///
/// ```
/// use miocene::{Connection, Ended, Family, Flow, Lines, Tokens, handlers};
///
/// const CLIENTS: Tokens = Tokens::new(1);
///
/// struct App { clients: Family<Connection<Lines, usize>> }
///
/// #[handlers]
/// impl App {
///     #[handler(tokens = CLIENTS)]
///     fn line(&mut self, client: &mut Connection<Lines, usize>, _line: &str) {
///         client.state += 1;
///     }
///
///     #[ended(tokens = CLIENTS)]
///     fn over(&mut self, client: &mut Connection<Lines, usize>, _why: Ended) -> Flow {
///         writeln!(client.out, "{} lines", client.state);
///         Flow::Close
///     }
/// }
/// # fn main() {}
/// ```
///
/// # Notes
///
/// A `raw` handler meets the end of its source by itself. The method is then
/// called only if the source cannot be attached, or of a family, when a member has
/// been idle for longer than that allows.
#[proc_macro_attribute]
pub fn ended(_arguments: TokenStream, item: TokenStream) -> TokenStream {
    outside::expand("ended", item.into()).into()
}

/// Marks the method that is given each member of a family when it leaves, in a
/// block under [`#[handlers]`](macro@handlers).
///
/// It is called exactly once for each member, whatever the reason; also for one
/// that found no room or could not be registered, and for all of them when the
/// loop ends. By then the place of the member is free and its token means nothing;
/// what it returns is of no effect but for `Flow::Stop`, and its error goes to
/// `#[failed]`.
///
/// # Examples
///
/// A family that has no handlers is legal as well. What its members send is
/// dropped. That `#[closed]` names it lets the loop see it; without any attribute
/// for it, its members would be neither registered nor served.
///
/// ```
/// use miocene::net::{TcpListener, TcpStream};
/// use miocene::{Closed, Connection, Ended, EventLoop, Family, Flow, Lines, Token, Tokens, handlers};
/// use std::net::SocketAddr;
///
/// const SERVER: Token = Token(0);
/// const CLIENTS: Tokens = Tokens::new(1);
///
/// struct App {
///     server: TcpListener,
///     clients: Family<Connection<Lines, SocketAddr>>,
/// }
///
/// #[handlers]
/// impl App {
///     #[handler(token = SERVER, fills = CLIENTS)]
///     fn accept(&mut self, (stream, address): (TcpStream, SocketAddr)) {
///         self.clients.insert(Connection::with_state(stream, address));
///     }
///
///     #[closed(tokens = CLIENTS)]
///     fn gone(&mut self, client: Connection<Lines, SocketAddr>, why: Closed) -> Flow {
///         println!("{}: {why}", client.state);
///         assert!(matches!(why, Closed::Ended(Ended::Eof)));
///         Flow::Stop
///     }
/// }
///
/// # fn main() -> miocene::Result<()> {
/// let server = TcpListener::bind("127.0.0.1:0")?;
/// drop(std::net::TcpStream::connect(server.local_addr()?)?);
/// let clients = Family::new(CLIENTS);
/// EventLoop::new()?.run(&mut App { server, clients })
/// # }
/// ```
#[proc_macro_attribute]
pub fn closed(_arguments: TokenStream, item: TokenStream) -> TokenStream {
    outside::expand("closed", item.into()).into()
}

/// Marks the method to be told of every error that nobody else was told of, in
/// a block under [`#[handlers]`](macro@handlers). It stands on one method.
///
/// Such are errors of a single source's handler, those that a handler of strangers
/// (a listener's connections) has returned, and where a family has no
/// `#[closed]`, those with which its members leave. Where there is neither, nobody
/// hears of these.
///
/// # Examples
///
/// ```
/// use miocene::net::{TcpListener, TcpStream};
/// use miocene::{Failure, Token, handlers};
/// use std::io;
/// use std::net::SocketAddr;
///
/// const SERVER: Token = Token(0);
///
/// struct App { server: TcpListener }
///
/// #[handlers]
/// impl App {
///     #[handler(token = SERVER)]
///     fn accept(&mut self, (stream, _): (TcpStream, SocketAddr)) -> io::Result<()> {
///         stream.set_nodelay(true)
///     }
///
///     #[failed]
///     fn log(&mut self, failure: Failure<'_>) {
///         eprintln!("{failure}");
///     }
/// }
/// # fn main() {}
/// ```
#[proc_macro_attribute]
pub fn failed(_arguments: TokenStream, item: TokenStream) -> TokenStream {
    outside::expand("failed", item.into()).into()
}
