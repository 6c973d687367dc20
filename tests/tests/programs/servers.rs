//! Small servers with short limits, which the checks are also made on, over TCP
//! and over Unix sockets. They are this test program itself, started again.

use std::error::Error;
use std::fmt;
use std::io::{self, Write, stdout};
use std::net::SocketAddr;
use std::os::unix;
use std::process::ExitCode;
use std::time::Duration;

use miocene::net::{Address, TcpListener, TcpStream, UnixListener, UnixStream};
use miocene::{
    Connection, Drain, Ended, EventLoop, Family, Flow, Lines, Token, Tokens, Transport, handlers,
};
use miocene_tests::checks::{cap::FEW, limits::SHORT};
use miocene_tests::program::{Network, Program};
use miocene_tests::trouble::Attacked;

/// The argument that makes a server of this program.
pub const SERVE: &str = "--serve";

/// One of the servers that [`serve`] knows.
pub fn program(kind: &'static str, network: Network) -> Attacked<Program> {
    Ok(Program::again(kind, &[SERVE, kind], network)?)
}

/// Is the server that the arguments name: `KIND ADDRESS`.
pub fn serve(mut arguments: impl Iterator<Item = String>) -> ExitCode {
    let kind = arguments.next().unwrap_or_default();
    let address = arguments.next().unwrap_or_default();
    let result = match address.starts_with(UNIX) {
        false => serve_on::<TcpListener>(&kind, &address),
        true => serve_on::<UnixListener>(&kind, &address),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("Error: {error:?}");
            ExitCode::FAILURE
        }
    }
}

/// What comes of a server, as of an example's `main`.
pub type Served<T = ()> = Result<T, Box<dyn Error>>;

fn serve_on<L: Listens>(kind: &str, address: &str) -> Served {
    let clients = Family::new(CLIENTS);
    match kind {
        "short" => {
            let linger = Duration::from_millis(500);
            let clients = clients.message(SHORT).idle(SHORT).linger(linger, 64 * 1024);
            one_listener::<L>(address, clients)
        }
        "patient" => {
            one_listener::<L>(address, clients.linger(Duration::from_secs(30), usize::MAX))
        }
        "few" => one_listener::<L>(address, clients.cap(FEW)),
        "turns" => two_listeners::<L>(address, clients.cap(1)),
        "turns of a family" => family_of_two::<L>(address, clients.cap(1)),
        _ => panic!("there is no server of the kind {kind}"),
    }
}

const UNIX: &str = "unix:";

/// A listener of either kind, as its own type.
pub trait Listens: for<'b> Drain<Item<'b> = (Self::Stream, Self::Peer)> {
    type Stream: Transport<Address = Self::Peer>;
    type Peer: Into<Address>;

    /// Listens on an address; `number` tells those apart that have the same.
    fn listen(address: &str, number: usize) -> miocene::Result<Self>
    where
        Self: Sized;

    fn address(&self) -> io::Result<Address>;
}

impl Listens for TcpListener {
    type Stream = TcpStream;
    type Peer = SocketAddr;

    fn listen(address: &str, _number: usize) -> miocene::Result<TcpListener> {
        TcpListener::bind(address)
    }

    fn address(&self) -> io::Result<Address> {
        Ok(self.local_addr()?.into())
    }
}

impl Listens for UnixListener {
    type Stream = UnixStream;
    type Peer = unix::net::SocketAddr;

    fn listen(address: &str, number: usize) -> miocene::Result<UnixListener> {
        let path = address.strip_prefix(UNIX).unwrap_or(address);
        match number {
            0 => UnixListener::bind(path),
            _ => UnixListener::bind(format!("{path}.{number}")),
        }
    }

    fn address(&self) -> io::Result<Address> {
        Ok(self.local_addr()?.into())
    }
}

/// Standard output may have been closed; nobody's server ends for that.
fn say(text: impl fmt::Display) {
    let _ = writeln!(stdout(), "{text}");
}

/// Listens, and says where.
pub fn listen<L: Listens>(address: &str, number: usize) -> Served<L> {
    let listener = L::listen(address, number)?;
    say(format_args!("listening on {}", listener.address()?));
    Ok(listener)
}

const FIRST: Token = Token(0);
const SECOND: Token = Token(1);
const CLIENTS: Tokens = Tokens::new(1);
const LISTENERS: Tokens = Tokens::new(2);

/// Its state is the number of its listener.
type Client<L> = Connection<Lines, u8, <L as Listens>::Stream>;

fn one_listener<L: Listens>(address: &str, clients: Family<Client<L>>) -> Served {
    let first = listen::<L>(address, 0)?;
    Ok(EventLoop::new()?.run(&mut One { first, clients })?)
}

struct One<L: Listens> {
    first: L,
    clients: Family<Client<L>>,
}

#[handlers]
impl<L: Listens> One<L> {
    #[handler(token = FIRST, fills = CLIENTS)]
    fn accept(&mut self, (stream, _): (L::Stream, L::Peer)) {
        self.clients.insert(Connection::new(stream));
    }

    #[handler(tokens = CLIENTS)]
    fn line(&mut self, client: &mut Client<L>, line: &str) {
        writeln!(client.out, "{line}");
    }

    #[ended(tokens = CLIENTS)]
    fn ended(&mut self, client: &mut Client<L>, why: Ended) -> Flow {
        if !matches!(why, Ended::Eof | Ended::Io(_)) {
            say(format_args!("ended: {why}"));
            writeln!(client.out, "goodbye: {why}");
        }
        Flow::Close
    }
}

fn two_listeners<L: Listens>(address: &str, clients: Family<Client<L>>) -> Served {
    let (first, second) = (listen::<L>(address, 0)?, listen::<L>(address, 1)?);
    Ok(EventLoop::new()?.run(&mut Two {
        first,
        second,
        clients,
    })?)
}

struct Two<L: Listens> {
    first: L,
    second: L,
    clients: Family<Client<L>>,
}

#[handlers]
impl<L: Listens> Two<L> {
    #[handler(token = FIRST, fills = CLIENTS)]
    fn accept_first(&mut self, (stream, _): (L::Stream, L::Peer)) {
        self.clients.insert(Connection::with_state(stream, 0));
    }

    #[handler(token = SECOND, fills = CLIENTS)]
    fn accept_second(&mut self, (stream, _): (L::Stream, L::Peer)) {
        self.clients.insert(Connection::with_state(stream, 1));
    }

    #[handler(tokens = CLIENTS)]
    fn line(&mut self, client: &mut Client<L>, line: &str) {
        writeln!(client.out, "{}: {line}", client.state);
    }
}

fn family_of_two<L: Listens>(address: &str, clients: Family<Client<L>>) -> Served {
    let mut listeners = Family::new(LISTENERS);
    for number in 0..2 {
        listeners.insert(listen::<L>(address, number)?);
    }
    let (first, clients) = (None, clients);
    Ok(EventLoop::new()?.run(&mut FamilyOfTwo {
        first,
        listeners,
        clients,
    })?)
}

struct FamilyOfTwo<L: Listens> {
    /// The address of the first listener that had a client.
    first: Option<String>,
    listeners: Family<L>,
    clients: Family<Client<L>>,
}

#[handlers]
impl<L: Listens> FamilyOfTwo<L> {
    #[handler(tokens = LISTENERS, fills = CLIENTS)]
    fn accept(&mut self, listener: &mut L, (stream, _): (L::Stream, L::Peer)) -> io::Result<()> {
        let address = listener.address()?.to_string();
        let number = u8::from(*self.first.get_or_insert(address.clone()) != address);
        self.clients.insert(Connection::with_state(stream, number));
        Ok(())
    }

    #[handler(tokens = CLIENTS)]
    fn line(&mut self, client: &mut Client<L>, line: &str) {
        writeln!(client.out, "{}: {line}", client.state);
    }
}
