// The chat of the README: that of examples/chat.rs, as short as it can be.

use std::net::SocketAddr;

use miocene::net::{TcpListener, TcpStream};
use miocene::{Connection, EventLoop, Family, Lines, Token, Tokens, handlers};

const SERVER: Token = Token(0);
const CLIENTS: Tokens = Tokens::new(1);

type Client = Connection<Lines, SocketAddr>;

struct Chat {
    server: TcpListener,
    clients: Family<Client>,
}

#[handlers]
impl Chat {
    #[handler(token = SERVER, fills = CLIENTS)]
    fn accept(&mut self, (stream, address): (TcpStream, SocketAddr)) {
        self.clients.insert(Connection::with_state(stream, address));
    }

    #[handler(tokens = CLIENTS)]
    fn line(&mut self, client: &mut Client, line: &str) {
        for other in self.clients.iter_mut() {
            writeln!(other.out, "{}: {line}", client.state);
        }
    }
}

fn main() -> miocene::Result<()> {
    let server = TcpListener::bind("127.0.0.1:7000")?;
    let clients = Family::new(CLIENTS).cap(1000);
    EventLoop::new()?.run(&mut Chat { server, clients })
}
