//! The servers that the faults befall. They are this program itself, started again,
//! over TCP or over Unix sockets as their address says.

use std::fs::File;
use std::io::{self, Read, Write, stdout};
use std::net::SocketAddr;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix;
use std::process::ExitCode;
use std::{fmt, net};

use miocene::mio::event::Source;
use miocene::mio::net::UdpSocket;
use miocene::net::{TcpListener, TcpStream, UnixListener, UnixStream};
use miocene::{
    Bytes, Connection, Drain, EventLoop, Family, Fd, Input, Interest, Lines, Next, Readiness,
    Token, Tokens, handlers,
};
use miocene_tests::program::{Network, Program};
use miocene_tests::trouble::Attacked;

use crate::everything;
use crate::servers::{self, Listens, Served, listen};

/// One of the servers that [`serve`] knows.
pub fn program(kind: &'static str, network: Network) -> Attacked<Program> {
    servers::program(kind, network)
}

/// Is the server that the arguments name: `KIND ADDRESS`.
pub fn serve(arguments: Vec<String>) -> ExitCode {
    let [kind, address] = arguments.as_slice() else {
        eprintln!("a kind and an address are expected: {arguments:?}");
        return ExitCode::FAILURE;
    };
    let is_unix = address.starts_with("unix:");
    let result = match (kind.as_str(), is_unix) {
        ("guide", true) => listen::<UnixListener>(address, 0).and_then(guide),
        ("echo", true) => listen(address, 0).and_then(echo),
        ("guide of stdin", false) => inherited(TcpListener::from_std).and_then(named),
        ("guide of stdin", true) => inherited(UnixListener::from_std).and_then(named),
        ("lines of stdin", false) => inherited(TcpStream::from_std).and_then(one_stream),
        ("lines of stdin", true) => inherited(UnixStream::from_std).and_then(one_stream),
        ("pipe", _) => Piped::stdin().map_err(Into::into).and_then(pipe),
        ("udp", _) => bind_udp().map_err(Into::into).and_then(udp),
        ("udp of stdin", _) => inherited(from_std_udp).and_then(udp),
        ("everything", false) => everything::serve::<TcpListener>(address),
        ("everything", true) => everything::serve::<UnixListener>(address),
        _ => return servers::serve(arguments.into_iter()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("Error: {error:?}");
            ExitCode::FAILURE
        }
    }
}

/// Standard output may have been closed; nobody's server ends for that.
pub fn say(text: impl fmt::Display) {
    let _ = writeln!(stdout(), "{text}");
}

fn stdin() -> io::Result<OwnedFd> {
    io::stdin().as_fd().try_clone_to_owned()
}

/// What another process has opened, and shares with us.
fn inherited<S: From<OwnedFd>, T>(convert: fn(S) -> io::Result<T>) -> Served<T> {
    Ok(convert(S::from(stdin()?))?)
}

fn from_std_udp(socket: net::UdpSocket) -> io::Result<UdpSocket> {
    socket.set_nonblocking(true)?;
    Ok(UdpSocket::from_std(socket))
}

/// A socket for datagrams on a port of its own.
pub fn bind_udp() -> io::Result<UdpSocket> {
    UdpSocket::bind(SocketAddr::from(([127, 0, 0, 1], 0)))
}

const SERVER: Token = Token(0);
const PIPE: Token = Token(0);
const SOCKET: Token = Token(0);
const CLIENTS: Tokens = Tokens::new(1);

/// The example `guide`, over Unix sockets as well.
struct Guide<L: Listens> {
    server: L,
}

#[handlers]
impl<L: Listens> Guide<L> {
    #[handler(token = SERVER)]
    fn accept(&mut self, (_stream, address): (L::Stream, L::Peer)) {
        say(format_args!("Got a connection from: {}", address.into()));
    }
}

fn guide<L: Listens>(server: L) -> Served {
    Ok(EventLoop::new()?.run(&mut Guide { server })?)
}

/// A guide whose listener another process has opened.
fn named<L: Listens>(server: L) -> Served {
    say(format_args!("listening on {}", server.address()?));
    guide(server)
}

/// The example `echo`, over Unix sockets.
struct Echo {
    server: UnixListener,
    clients: Family<Connection<Bytes, (), UnixStream>>,
}

#[handlers]
impl Echo {
    #[handler(token = SERVER, fills = CLIENTS)]
    fn accept(&mut self, (stream, _): (UnixStream, unix::net::SocketAddr)) {
        self.clients.insert(Connection::new(stream));
    }

    #[handler(tokens = CLIENTS)]
    fn bytes(&mut self, client: &mut Connection<Bytes, (), UnixStream>, bytes: &[u8]) {
        client.out.send(bytes);
    }
}

fn echo(server: UnixListener) -> Served {
    let clients = Family::new(CLIENTS);
    Ok(EventLoop::new()?.run(&mut Echo { server, clients })?)
}

/// One connection that another process has accepted.
struct One<S: miocene::Transport> {
    clients: Family<Connection<Lines, (), S>>,
}

#[handlers]
impl<S: miocene::Transport> One<S> {
    #[handler(tokens = CLIENTS)]
    fn line(&mut self, _client: &mut Connection<Lines, (), S>, line: &str) {
        say(format_args!("pipe: {line}"));
    }
}

fn one_stream<S: miocene::Transport>(stream: S) -> Served {
    say("listening");
    let mut clients = Family::new(CLIENTS);
    clients.insert(Connection::new(stream));
    Ok(EventLoop::new()?.run(&mut One { clients })?)
}

/// A source of one's own: the lines of a pipe.
pub struct Piped(Fd<File>);

impl Piped {
    /// The pipe that is the standard input.
    pub fn stdin() -> io::Result<Piped> {
        Ok(Piped(Fd::new(File::from(stdin()?))?))
    }

    /// A pipe of this process.
    pub fn of(end: OwnedFd) -> io::Result<Piped> {
        Ok(Piped(Fd::new(File::from(end))?))
    }
}

impl Drain for Piped {
    type Item<'b> = &'b [u8];

    fn source(&mut self) -> &mut dyn Source {
        &mut self.0
    }

    fn next<'b>(&mut self, input: &'b mut Input) -> io::Result<Next<&'b [u8]>> {
        loop {
            if let Some(end) = input.unread().iter().position(|&byte| byte == b'\n') {
                return Ok(Next::Item(&input.take(end + 1)[..end]));
            }
            if input.fill(|buffer| self.0.read(buffer))? == 0 {
                let rest = input.unread().len();
                return Ok(match rest {
                    0 => Next::End,
                    _ => Next::Item(input.take(rest)),
                });
            }
        }
    }
}

/// The pipe alone.
struct Pipe {
    pipe: Piped,
}

#[handlers]
impl Pipe {
    #[handler(token = PIPE)]
    fn line(&mut self, line: &[u8]) {
        say(format_args!("pipe: {}", String::from_utf8_lossy(line)));
    }
}

fn pipe(pipe: Piped) -> Served {
    say("listening");
    Ok(EventLoop::new()?.run(&mut Pipe { pipe })?)
}

/// The example `udp_echo`, on a socket that may be another's.
struct Datagrams {
    socket: UdpSocket,
}

#[handlers]
impl Datagrams {
    #[handler(token = SOCKET, interest = READABLE, raw)]
    fn datagram(&mut self, ready: &mut Readiness) {
        let mut buffer = [0; 65_536];
        let received = ready.try_io(Interest::READABLE, || self.socket.recv_from(&mut buffer));
        if let Ok((length, from)) = received {
            let _ = self.socket.send_to(&buffer[..length], from);
        }
    }
}

fn udp(socket: UdpSocket) -> Served {
    say(format_args!("udp on {}", socket.local_addr()?));
    Ok(EventLoop::new()?.run(&mut Datagrams { socket })?)
}
