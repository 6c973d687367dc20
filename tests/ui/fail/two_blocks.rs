use std::net::SocketAddr;

use miocene::net::{TcpListener, TcpStream};
use miocene::{Token, handlers};

const SERVER: Token = Token(0);
const ADMIN: Token = Token(1);

struct App {
    server: TcpListener,
    admin: TcpListener,
}

#[handlers]
impl App {
    #[handler(token = SERVER)]
    fn accept(&mut self, _: (TcpStream, SocketAddr)) {}
}

#[handlers]
impl App {
    #[handler(token = ADMIN)]
    fn admin(&mut self, _: (TcpStream, SocketAddr)) {}
}

fn main() {}
