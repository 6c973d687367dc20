#![deny(warnings)]

use std::net::SocketAddr;

use miocene::net::{TcpListener, TcpStream};
use miocene::{Failure, Token, handlers};

const SERVER: Token = Token(0);

#[cfg(any())]
const NOWHERE: Token = Token(0);

struct App {
    server: TcpListener,
    #[cfg(any())]
    nowhere: Missing,
    #[cfg(all())]
    other: TcpListener,
}

const OTHER: Token = Token(1);

#[handlers]
impl App {
    #[handler(token = SERVER)]
    #[cfg(all())]
    fn accept(&mut self, _: (TcpStream, SocketAddr)) {}

    /// The same name, token and interest, but never together with the other.
    #[cfg(any())]
    #[handler(token = SERVER)]
    fn accept(&mut self, _: Missing) {}

    #[cfg(any())]
    #[handler(token = SERVER, interest = WRITABLE)]
    fn room(&mut self) {}

    #[cfg(any())]
    #[handler(token = NOWHERE)]
    fn nowhere(&mut self, _: Missing) {}

    #[cfg(all(unix, not(unix)))]
    #[cfg(unix,)]
    #[handler(token = NOWHERE, interest = WRITABLE)]
    fn nowhere_either(&mut self) {}

    #[cfg(any())]
    #[handler(token = OTHER, source = self.nowhere)]
    fn other(&mut self, _: Missing) {}

    #[cfg(not(any()))]
    #[handler(token = OTHER, source = self.other)]
    fn other(&mut self, _: (TcpStream, SocketAddr)) {}

    #[cfg(any())]
    #[ended(token = SERVER)]
    fn gone(&mut self, _: Missing) {}

    #[cfg(any())]
    #[failed]
    fn log(&mut self, _: Missing) {}

    #[cfg(all())]
    #[failed]
    fn log(&mut self, _: Failure<'_>) {}
}

#[cfg(any())]
#[handlers]
impl App {}

#[handlers]
#[cfg(any())]
impl App {}

fn main() {
    let names: Vec<&str> = miocene::table::<App>()
        .entries()
        .iter()
        .map(|row| row.handler)
        .collect();
    assert_eq!(names, ["accept", "other", "log"]);
    let bind = || TcpListener::bind("127.0.0.1:0").unwrap();
    let mut app = App {
        server: bind(),
        other: bind(),
    };
    let mut events = miocene::EventLoop::new().unwrap();
    let _ = events.turn(&mut app, Some(std::time::Duration::ZERO)).unwrap();
}
