// The server of mio's getting-started guide: accepts connections, prints where
// they come from, and drops them.
//
//     cargo run --release --example guide [ADDRESS]

use std::io::{self, Write, stdout};
use std::net::SocketAddr;

use miocene::net::{TcpListener, TcpStream};
use miocene::{EventLoop, Token, handlers};

const SERVER: Token = Token(0);

struct Guide {
    server: TcpListener,
}

#[handlers]
impl Guide {
    #[handler(token = SERVER, interest = READABLE)]
    fn accept(&mut self, (_connection, address): (TcpStream, SocketAddr)) -> io::Result<()> {
        writeln!(stdout(), "Got a connection from: {address}")
    }
}

fn main() -> miocene::Result<()> {
    let address = std::env::args().nth(1);
    let server = TcpListener::bind(address.as_deref().unwrap_or("127.0.0.1:9000"))?;
    let _ = writeln!(stdout(), "listening on {}", server.local_addr()?);
    EventLoop::new()?.run(&mut Guide { server })
}
