//! What is tested in these worlds.

use std::net::SocketAddr;

use miocene::net::{TcpListener, TcpStream};
use miocene::sim::{App, Sim};
use miocene::{Bytes, Connection, Family, Token, Tokens, handlers};

pub const SERVER: Token = Token(0);
pub const CLIENTS: Tokens = Tokens::new(1);
pub const ADDRESS: &str = "127.0.0.1:7000";

pub struct Echo {
    pub server: TcpListener,
    pub clients: Family<Connection<Bytes>>,
    /// What must not come in a piece of one byte.
    pub fragile: bool,
    pub items: usize,
}

#[handlers]
impl Echo {
    #[handler(token = SERVER, fills = CLIENTS)]
    fn accept(&mut self, (stream, _): (TcpStream, SocketAddr)) {
        self.clients.insert(Connection::new(stream));
    }

    #[handler(tokens = CLIENTS)]
    fn bytes(&mut self, client: &mut Connection<Bytes>, bytes: &[u8]) {
        assert!(!self.fragile || bytes.len() > 1, "a single byte");
        self.items += 1;
        client.out.send(bytes);
    }
}

pub fn start_with(sim: &Sim, clients: Family<Connection<Bytes>>) -> App<Echo> {
    sim.start(Echo {
        server: TcpListener::bind(ADDRESS).unwrap(),
        clients,
        fragile: false,
        items: 0,
    })
}

pub fn start(sim: &Sim) -> App<Echo> {
    start_with(sim, Family::new(CLIENTS))
}
