//! The columns: the kinds of sources.

use std::net::{SocketAddr, UdpSocket};

use miocene_tests::program::{Network, Program};
use miocene_tests::server::PATIENCE;
use miocene_tests::trouble::Attacked;

use crate::serve;

/// A kind of source.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Kind {
    TcpListener,
    TcpStream,
    UnixListener,
    UnixStream,
    /// A source of one's own: an `Fd` over a pipe.
    Pipe,
    /// What a raw handler reads: a socket of mio's for datagrams.
    Raw,
    Connect,
    Timer,
    Mailbox,
    Signal,
}

impl Kind {
    pub const ALL: [Kind; 10] = [
        Kind::TcpListener,
        Kind::TcpStream,
        Kind::UnixListener,
        Kind::UnixStream,
        Kind::Pipe,
        Kind::Raw,
        Kind::Connect,
        Kind::Timer,
        Kind::Mailbox,
        Kind::Signal,
    ];

    /// What the table calls it.
    pub fn name(self) -> &'static str {
        match self {
            Kind::TcpListener => "TCP lst",
            Kind::TcpStream => "TCP str",
            Kind::UnixListener => "Unix lst",
            Kind::UnixStream => "Unix str",
            Kind::Pipe => "Fd pipe",
            Kind::Raw => "raw UDP",
            Kind::Connect => "connect",
            Kind::Timer => "timer",
            Kind::Mailbox => "mailbox",
            Kind::Signal => "signal",
        }
    }

    /// Whether the library has it.
    pub fn exists(self) -> bool {
        !matches!(
            self,
            Kind::Connect | Kind::Timer | Kind::Mailbox | Kind::Signal
        )
    }

    /// What a server of it listens on.
    pub fn network(self) -> Network {
        match self {
            Kind::UnixListener | Kind::UnixStream => Network::Unix,
            _ => Network::Tcp,
        }
    }

    /// The example `guide`, or the same over Unix sockets.
    pub fn guide(self) -> Attacked<Program> {
        match self.network() {
            Network::Tcp => Ok(Program::guide()?),
            Network::Unix => serve::program("guide", Network::Unix),
        }
    }

    /// The example `echo`, or the same over Unix sockets.
    pub fn echo(self) -> Attacked<Program> {
        match self.network() {
            Network::Tcp => Ok(Program::example("echo")?),
            Network::Unix => serve::program("echo", Network::Unix),
        }
    }

    /// One of the other servers.
    pub fn server(self, kind: &'static str) -> Attacked<Program> {
        serve::program(kind, self.network())
    }
}

/// A socket for datagrams that is connected to a server's, and waits for answers.
pub fn datagrams_to(server: SocketAddr) -> Attacked<UdpSocket> {
    let socket = UdpSocket::bind(SocketAddr::from(([127, 0, 0, 1], 0)))?;
    socket.connect(server)?;
    socket.set_read_timeout(Some(PATIENCE))?;
    Ok(socket)
}
