#![deny(warnings)]

use std::fmt::Debug;
use std::net::SocketAddr;

use miocene::net::{TcpListener, TcpStream};
use miocene::{Closed, Connection, Ended, Family, Framing, Lines, Token, Tokens, handlers};

const SERVER: Token = Token(0);

trait Numbered {
    const PEERS: Tokens;
}

impl Numbered for String {
    const PEERS: Tokens = Tokens::new(7);
}

struct App<'a, F: Framing, T, V> {
    server: TcpListener,
    clients: Family<Connection<F, T>>,
    peers: Family<Connection<Lines, V>>,
    last: &'a mut T,
}

// The names of the parameters are not to be those of anything generated.
#[handlers]
impl<'a, F: Framing, T: Debug + Default, V: Numbered> App<'a, F, T, V>
where
    F: Debug,
{
    const CLIENTS: Tokens = Tokens::new(1);

    #[handler(token = SERVER, fills = [Self::CLIENTS, V::PEERS])]
    fn accept(&mut self, _: (TcpStream, SocketAddr)) {}

    #[handler(tokens = Self::CLIENTS)]
    fn frame(&mut self, client: &mut Connection<F, T>, _: F::Frame<'_>) {
        std::mem::swap(self.last, &mut client.state);
    }

    #[ended(tokens = Self::CLIENTS)]
    fn over(&mut self, _: &mut Connection<F, T>, _: Ended) {}

    #[closed(tokens = Self::CLIENTS)]
    fn gone(&mut self, client: Connection<F, T>, _: Closed) {
        *self.last = client.state;
    }

    #[handler(tokens = V::PEERS)]
    fn line<'x>(&'x mut self, _: &mut Connection<Lines, V>, _: &'x str) {}
}

fn main() {
    let mut app: App<'_, Lines, String, String> = App {
        server: TcpListener::bind("127.0.0.1:0").unwrap(),
        clients: Family::new(Tokens::new(1)),
        peers: Family::new(String::PEERS),
        last: &mut String::new(),
    };
    let mut events = miocene::EventLoop::new().unwrap();
    let _ = events.turn(&mut app, Some(std::time::Duration::ZERO)).unwrap();
}
