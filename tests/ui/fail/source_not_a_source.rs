use std::net::SocketAddr;

use miocene::net::TcpStream;
use miocene::{Token, handlers};

const SERVER: Token = Token(0);

struct App {
    server: String,
}

#[handlers]
impl App {
    #[handler(token = SERVER)]
    fn accept(&mut self, _: (TcpStream, SocketAddr)) {}
}

fn main() {}
