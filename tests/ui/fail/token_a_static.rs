use std::net::SocketAddr;

use miocene::net::{TcpListener, TcpStream};
use miocene::{Token, handlers};

static SERVER: Token = Token(0);

struct App {
    server: TcpListener,
}

#[handlers]
impl App {
    #[handler(token = SERVER)]
    fn accept(&mut self, _: (TcpStream, SocketAddr)) {}
}

fn main() {}
