// An echo server: whatever comes is sent back. A client that ends its direction
// gets the rest and then the end; from one that does not read, nothing is read.
//
//     cargo run --release --example echo [ADDRESS]
//
// In another terminal: `socat - TCP:127.0.0.1:7000`.

use std::io::{Write, stdout};
use std::net::SocketAddr;

use miocene::net::{TcpListener, TcpStream};
use miocene::{Bytes, Connection, EventLoop, Family, Token, Tokens, handlers};

const SERVER: Token = Token(0);
const CLIENTS: Tokens = Tokens::new(1);

pub struct Echo {
    pub server: TcpListener,
    pub clients: Family<Connection<Bytes>>,
}

impl Echo {
    pub fn bind(address: &str) -> miocene::Result<Echo> {
        let server = TcpListener::bind(address)?;
        let clients = Family::new(CLIENTS);
        Ok(Echo { server, clients })
    }
}

#[handlers]
impl Echo {
    #[handler(token = SERVER, fills = CLIENTS)]
    fn accept(&mut self, (stream, _address): (TcpStream, SocketAddr)) {
        self.clients.insert(Connection::new(stream));
    }

    #[handler(tokens = CLIENTS)]
    fn bytes(&mut self, client: &mut Connection<Bytes>, bytes: &[u8]) {
        client.out.send(bytes);
    }
}

fn main() -> miocene::Result<()> {
    let address = std::env::args().nth(1);
    let mut echo = Echo::bind(address.as_deref().unwrap_or("127.0.0.1:7000"))?;
    let _ = writeln!(stdout(), "listening on {}", echo.server.local_addr()?);
    EventLoop::new()?.run(&mut echo)
}
