use std::net::SocketAddr;

use miocene::net::{TcpListener, TcpStream};
use miocene::{Token, handlers};

const SERVER: Token = Token(0);

struct App {
    server: TcpListener,
}

#[handlers]
mod app {
    impl super::App {
        #[handler(token = SERVER)]
        fn accept(&mut self, _: (super::TcpStream, super::SocketAddr)) {}
    }
}

fn main() {}
