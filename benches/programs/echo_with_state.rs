//! The echo server with 128 bytes that it knows about each client.

use std::error::Error;
use std::net::SocketAddr;

use miocene::net::{TcpListener, TcpStream};
use miocene::{Bytes, Connection, EventLoop, Family, Token, Tokens, handlers};

const SERVER: Token = Token(0);
const CLIENTS: Tokens = Tokens::new(1);

#[derive(Debug, Default)]
struct Client {
    received: u64,
    _name: [u64; 15],
}

const _: () = assert!(size_of::<Client>() == 128);

struct Echo {
    server: TcpListener,
    clients: Family<Connection<Bytes, Client>>,
}

#[handlers]
impl Echo {
    #[handler(token = SERVER, fills = CLIENTS)]
    fn accept(&mut self, (stream, _address): (TcpStream, SocketAddr)) {
        self.clients.insert(Connection::new(stream));
    }

    #[handler(tokens = CLIENTS)]
    fn bytes(&mut self, client: &mut Connection<Bytes, Client>, bytes: &[u8]) {
        client.state.received += bytes.len() as u64;
        client.out.send(bytes);
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let clients = Family::new(CLIENTS);
    let server = TcpListener::bind("127.0.0.1:0")?;
    println!("listening on {}", server.local_addr()?);
    Ok(EventLoop::new()?.run(&mut Echo { server, clients })?)
}
