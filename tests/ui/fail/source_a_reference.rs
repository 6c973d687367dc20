use std::net::SocketAddr;

use miocene::net::{TcpListener, TcpStream};
use miocene::{Token, handlers};

const SERVER: Token = Token(0);

struct App<'a> {
    server: &'a TcpListener,
}

#[handlers]
impl App<'_> {
    #[handler(token = SERVER)]
    fn accept(&mut self, _: (TcpStream, SocketAddr)) {}
}

fn main() {}
