use std::net::SocketAddr;

use miocene::net::{TcpListener, TcpStream};
use miocene::{Token, handlers};

struct App {
    server: TcpListener,
    admin: TcpListener,
}

#[handlers]
impl App {
    const SERVER: Token = Token(1);
    const ADMIN: Token = Token(1);

    #[handler(token = Self::SERVER)]
    fn accept(&mut self, _: (TcpStream, SocketAddr)) {}

    #[handler(token = Self::ADMIN)]
    fn admin(&mut self, _: (TcpStream, SocketAddr)) {}
}

fn main() {}
