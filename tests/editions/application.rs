//! An application with every kind of handler, as crates of any edition may
//! write it.

use std::net::SocketAddr;

use miocene::mio::net::UdpSocket;
use miocene::net::{TcpListener, TcpStream};
use miocene::{handlers, Context, Ended, EventLoop, Failure, Flow, Interest, Readiness, Token};

mod tokens {
    pub(super) const SERVER: miocene::Token = miocene::Token(0);
}

const SOCKET: Token = Token(1);
const GEN: Token = Token(2);

struct App<'a, T> {
    server: TcpListener,
    admin: TcpListener,
    socket: UdpSocket,
    gen: miocene::mio::net::TcpStream,
    seen: &'a mut Vec<T>,
}

#[handlers]
impl<T: From<u16>> App<'_, T> {
    const ADMIN: Token = Token(3);

    #[handler(token = tokens::SERVER)]
    fn accept(&mut self, (_, address): (TcpStream, SocketAddr)) -> Result<Flow, String> {
        self.seen.push(T::from(address.port()));
        Ok(Flow::Stop)
    }

    #[handler(token = Self::ADMIN, interest = READABLE)]
    fn admin(&mut self, _cx: &mut Context<'_>, _: (TcpStream, SocketAddr)) {}

    #[handler(token = SOCKET, interest = READABLE | WRITABLE, raw)]
    fn socket(&mut self, ready: &mut Readiness) -> std::io::Result<()> {
        let socket = &self.socket;
        ready
            .try_io(Interest::READABLE, || socket.recv(&mut []))
            .map(drop)
    }

    #[handler(token = GEN, interest = WRITABLE)]
    fn room(&mut self) {}

    #[ended(token = tokens::SERVER)]
    fn gone(&mut self, _why: Ended) {}

    #[failed]
    fn log(&mut self, _failure: Failure<'_>) {}
}

/// Runs the application until it has accepted a client.
pub fn accept_one() -> Result<(), Box<dyn std::error::Error>> {
    let bind = || TcpListener::bind("127.0.0.1:0");
    let mut seen: Vec<u32> = Vec::new();
    let server = bind()?;
    let client = std::net::TcpStream::connect(server.local_addr()?)?;
    let admin = bind()?;
    let mut app = App {
        server,
        gen: miocene::mio::net::TcpStream::connect(admin.local_addr()?)?,
        admin,
        socket: UdpSocket::bind(([127, 0, 0, 1], 0).into())?,
        seen: &mut seen,
    };
    EventLoop::new()?.run(&mut app)?;
    assert_eq!(seen, [u32::from(client.local_addr()?.port())]);
    Ok(())
}

#[test]
fn it_runs() -> Result<(), Box<dyn std::error::Error>> {
    accept_one()
}
