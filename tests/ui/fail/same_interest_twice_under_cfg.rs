use std::net::SocketAddr;

use miocene::net::{TcpListener, TcpStream};
use miocene::{Token, handlers};

const SERVER: Token = Token(0);

struct App {
    server: TcpListener,
}

#[handlers]
impl App {
    #[cfg(all())]
    #[handler(token = SERVER)]
    fn accept(&mut self, _: (TcpStream, SocketAddr)) {}

    #[cfg(not(any()))]
    #[handler(token = SERVER)]
    fn again(&mut self, _: (TcpStream, SocketAddr)) {}
}

fn main() -> miocene::Result<()> {
    let server = TcpListener::bind("127.0.0.1:0")?;
    miocene::EventLoop::new()?.run(&mut App { server })
}
