#![deny(warnings)]

use std::net::SocketAddr;

use miocene::net::{TcpListener, TcpStream};
use miocene::{Interest, Readiness, Token, handlers};

const FIRST: Token = Token(0);
const SECOND: Token = Token(1);
const SOCKET: Token = Token(2);
const OUT: Token = Token(3);

struct App {
    first: TcpListener,
    second: TcpListener,
    socket: miocene::mio::net::UdpSocket,
    out: miocene::mio::net::TcpStream,
}

#[handlers]
impl App {
    #[handler(token = FIRST)]
    #[handler(token = SECOND, interest = mio::Interest::READABLE)]
    fn accept(&self, _: (TcpStream, SocketAddr)) {}

    #[handler(token = SOCKET, interest = Interest::READABLE | Interest::WRITABLE, raw)]
    fn socket(self: &mut Self, ready: &mut Readiness) -> std::io::Result<()> {
        ready.try_io(Interest::READABLE, || self.socket.recv(&mut [])).map(drop)
    }

    #[handler(token = OUT, interest = WRITABLE,)]
    fn room(&mut self) {
        let _ = &self.out;
    }
}

fn main() {
    let rows = miocene::table::<App>().entries();
    assert_eq!(rows.len(), 4);
    assert_eq!((rows[0].handler, rows[1].handler), ("accept", "accept"));
    assert_eq!(rows[0].line, line!() - 17);
}
