//! The application: two listeners, and two that are members, which fill one family.

use std::net::SocketAddr;

use miocene::net::{TcpListener, TcpStream};
use miocene::sim::Twin;
use miocene::{Bytes, Closed, Connection, Family, Flow, Token, Tokens, handlers};

pub const ONE: Token = Token(1);
pub const TWO: Token = Token(2);
pub const KEEPER: Token = Token(3);
pub const CLIENTS: Tokens = Tokens::new(1);
pub const DOORS: Tokens = Tokens::new(2);

pub struct Server {
    pub one: TcpListener,
    pub two: TcpListener,
    pub keeper: Twin<()>,
    pub doors: Family<TcpListener>,
    pub clients: Family<Connection<Bytes>>,
    /// Those that are not among the doors, but may come back.
    pub left: [Option<TcpListener>; 2],
    pub pauses: [bool; 2],
    pub paused: [bool; 2],
    pub accepted: [usize; 2],
}

#[handlers]
impl Server {
    #[handler(token = KEEPER)]
    fn keeper(&mut self, _: ()) {}

    #[handler(token = ONE, fills = CLIENTS)]
    fn one(&mut self, (stream, _): (TcpStream, SocketAddr)) -> Flow {
        self.accept(0, stream)
    }

    #[handler(token = TWO, fills = CLIENTS)]
    fn two(&mut self, (stream, _): (TcpStream, SocketAddr)) -> Flow {
        self.accept(1, stream)
    }

    #[handler(tokens = DOORS, fills = CLIENTS)]
    fn door(&mut self, door: &mut TcpListener, (stream, _): (TcpStream, SocketAddr)) -> Flow {
        self.accept(number_of(door), stream)
    }

    #[closed(tokens = DOORS)]
    fn door_closed(&mut self, door: TcpListener, why: Closed) {
        let number = number_of(&door);
        self.paused[number] = false;
        self.left[number] = Some(door).filter(|_| matches!(why, Closed::Left));
    }

    #[handler(tokens = CLIENTS)]
    fn bytes(&mut self, _: &mut Connection<Bytes>, _: &[u8]) {}
}

impl Server {
    fn accept(&mut self, number: usize, stream: TcpStream) -> Flow {
        self.clients.insert(Connection::new(stream));
        self.accepted[number] += 1;
        self.paused[number] = std::mem::take(&mut self.pauses[number]);
        match self.paused[number] {
            true => Flow::Pause,
            false => Flow::Continue,
        }
    }

    pub fn close_one(&mut self) -> bool {
        let client = self.clients.all_tokens().next();
        client.is_some_and(|token| self.clients.close(token))
    }
}

fn number_of(listener: &TcpListener) -> usize {
    let port = listener.local_addr().unwrap().port();
    usize::from(port % 2)
}
