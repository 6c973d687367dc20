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
    const SERVER: Token = Token(2);
    const ADMIN: Token = Token(1);

    #[handler(token = Self::SERVRE)]
    fn accept(&mut self, _: (TcpStream, SocketAddr)) {}

    #[handler(token = Self::ADMIN)]
    fn admin(&mut self, _: (TcpStream, SocketAddr)) {}
}

fn main() {}
