use std::net::SocketAddr;

use miocene::net::{TcpListener, TcpStream};
use miocene::{Token, handlers};

struct App<T> {
    kind: T,
    server: TcpListener,
    admin: TcpListener,
}

#[handlers]
impl<T> App<T> {
    const SERVER: usize = 1;
    const ADMIN: Token = Token(1);

    #[handler(token = Self::SERVER)]
    fn accept(&mut self, _: (TcpStream, SocketAddr)) {}

    #[handler(token = Self::ADMIN)]
    fn admin(&mut self, _: (TcpStream, SocketAddr)) {}
}

fn main() {}
