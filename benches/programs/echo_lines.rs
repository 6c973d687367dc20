//! The echo server that sends lines back, with a handler that is not inlined:
//! as if it were a long one.

use std::error::Error;
use std::net::SocketAddr;

use miocene::net::{TcpListener, TcpStream};
use miocene::{ByteLines, Connection, EventLoop, Family, FrameError, Token, Tokens, handlers};

const SERVER: Token = Token(0);
const CLIENTS: Tokens = Tokens::new(1);

struct Echo {
    server: TcpListener,
    clients: Family<Connection<ByteLines>>,
}

#[handlers]
impl Echo {
    #[handler(token = SERVER, fills = CLIENTS)]
    fn accept(&mut self, (stream, _address): (TcpStream, SocketAddr)) {
        self.clients.insert(Connection::new(stream));
    }

    #[handler(tokens = CLIENTS)]
    #[inline(never)]
    fn line(&mut self, client: &mut Connection<ByteLines>, line: &[u8]) -> Result<(), FrameError> {
        client.send_frame(line)
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let clients = Family::new(CLIENTS);
    let server = TcpListener::bind("127.0.0.1:0")?;
    println!("listening on {}", server.local_addr()?);
    Ok(EventLoop::new()?.run(&mut Echo { server, clients })?)
}
