use std::net::SocketAddr;

use miocene::net::{TcpListener, TcpStream};
use miocene::{Closed, Token, Tokens, handlers};

const SERVER: Token = Token(0);
const CLIENTS: Tokens = Tokens::new(1);

struct App {
    server: TcpListener,
}

#[handlers]
impl App {
    #[handler(token = SERVER)]
    fn accept(&mut self, _: (TcpStream, SocketAddr)) {}

    #[closed(token = SERVER)]
    fn gone(&mut self, _: TcpListener, _: Closed) {}
}

fn main() -> miocene::Result<()> {
    let server = TcpListener::bind("127.0.0.1:0")?;
    miocene::EventLoop::new()?.run(&mut App { server })
}
