use std::net::SocketAddr;

use miocene::net::{TcpListener, TcpStream};
use miocene::{Ended, Token, Tokens, handlers};

const SERVER: Token = Token(0);
const CLIENTS: Tokens = Tokens::new(1);

struct App {
    server: TcpListener,
}

#[handlers]
impl App {
    #[handler(token = SERVER)]
    fn accept(&mut self, _: (TcpStream, SocketAddr)) {}

    #[ended(token = SERVER, source = self.server)]
    fn gone(&mut self, _: Ended) {}
}

fn main() -> miocene::Result<()> {
    let server = TcpListener::bind("127.0.0.1:0")?;
    miocene::EventLoop::new()?.run(&mut App { server })
}
