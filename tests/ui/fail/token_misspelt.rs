use std::net::SocketAddr;

use miocene::net::{TcpListener, TcpStream};
use miocene::{Token, handlers};

const SERVER: Token = Token(0);

struct App {
    server: TcpListener,
}

#[handlers]
impl App {
    #[handler(token = SERVRE)]
    fn accept(&mut self, _: (TcpStream, SocketAddr)) {}
}

fn main() -> miocene::Result<()> {
    let server = TcpListener::bind("127.0.0.1:0")?;
    miocene::EventLoop::new()?.run(&mut App { server })
}
