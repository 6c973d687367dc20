//! An echo server: whatever comes is sent back.
//!
//! The optional argument `many` makes room for many clients, and makes their
//! deadlines long.

use std::error::Error;
use std::net::SocketAddr;
use std::time::Duration;

use miocene::net::{TcpListener, TcpStream};
use miocene::{Bytes, Connection, EventLoop, Family, Token, Tokens, handlers};

const SERVER: Token = Token(0);
const CLIENTS: Tokens = Tokens::new(1);

struct Echo {
    server: TcpListener,
    clients: Family<Connection<Bytes>>,
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

fn main() -> Result<(), Box<dyn Error>> {
    let mut clients = Family::new(CLIENTS);
    if std::env::args().any(|argument| argument == "many") {
        let hour = Duration::from_secs(3600);
        clients = clients.cap(20_000).idle(hour).message(hour);
    }
    let server = TcpListener::bind("127.0.0.1:0")?;
    println!("listening on {}", server.local_addr()?);
    Ok(EventLoop::new()?.run(&mut Echo { server, clients })?)
}
