#![deny(warnings)]

use std::net::SocketAddr;

use miocene::net::{TcpListener, TcpStream};
use miocene::{Closed, Connection, Family, Lines, Readiness, Token, Tokens, handlers};

const SERVER: Token = Token(0);
const CLIENTS: Tokens = Tokens::new(1);
const PEERS: Tokens = Tokens::new(2);

#[cfg(any())]
const GUESTS: Tokens = Tokens::new(1);

struct App {
    server: TcpListener,
    clients: Family<Connection<Lines>>,
    #[cfg(any())]
    guests: Missing,
    peers: Family<TcpStream>,
}

#[handlers]
impl App {
    #[handler(token = SERVER, fills = [GUESTS, CLIENTS])]
    fn accept(&mut self, _: (TcpStream, SocketAddr)) {}

    #[cfg(all())]
    #[handler(tokens = CLIENTS)]
    fn line(&mut self, _: &mut Connection<Lines>, _: &str) {}

    /// The same family, never together with the other.
    #[cfg(any())]
    #[handler(tokens = CLIENTS, raw)]
    fn ready(&mut self, _: &mut Missing, _: Missing) {}

    #[cfg(any())]
    #[handler(tokens = CLIENTS, interest = WRITABLE)]
    fn room(&mut self, _: Missing) {}

    #[cfg(any())]
    #[closed(tokens = CLIENTS)]
    fn gone(&mut self, _: Missing, _: Missing) {}

    #[cfg(not(any()))]
    #[closed(tokens = CLIENTS)]
    fn gone(&mut self, _: Connection<Lines>, _: Closed) {}

    #[cfg(any())]
    #[handler(tokens = GUESTS)]
    fn nowhere(&mut self, _: Missing, _: Missing) {}

    #[cfg(any())]
    #[handler(tokens = PEERS)]
    fn item(&mut self, _: Missing, _: Missing) {}

    #[cfg(all())]
    #[handler(tokens = PEERS, raw)]
    fn item(&mut self, _: &mut TcpStream, _: &mut Readiness) {}
}

struct Nothing {
    server: TcpListener,
}

#[handlers]
impl Nothing {
    #[handler(token = SERVER, fills = GUESTS)]
    fn accept(&mut self, _: (TcpStream, SocketAddr)) {}

    /// The only family, which is not there.
    #[cfg(any())]
    #[closed(tokens = GUESTS)]
    fn gone(&mut self, _: Missing, _: Missing) {}
}

fn main() {
    let names = |table: miocene::table::Table| {
        let rows = table.entries().iter();
        rows.map(|row| row.handler).collect::<Vec<_>>()
    };
    assert_eq!(names(miocene::table::<App>()), ["accept", "line", "gone", "item"]);
    assert_eq!(names(miocene::table::<Nothing>()), ["accept"]);
    let bind = || TcpListener::bind("127.0.0.1:0").unwrap();
    let mut app = App {
        server: bind(),
        clients: Family::new(CLIENTS),
        peers: Family::new(PEERS),
    };
    let mut events = miocene::EventLoop::new().unwrap();
    let zero = Some(std::time::Duration::ZERO);
    let _ = events.turn(&mut app, zero).unwrap();
    let mut events = miocene::EventLoop::new().unwrap();
    let _ = events.turn(&mut Nothing { server: bind() }, zero).unwrap();
}
