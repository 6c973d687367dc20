use std::net::SocketAddr;

use miocene::net::{TcpListener, TcpStream};
use miocene::{Token, handlers};

const SERVER: Token = Token(0);

struct App {
    server: TcpListener,
}

#[handlers]
impl App {
    #[handler(token = SERVER, source = self.server)]
    fn accept(&mut self, _: (TcpStream, SocketAddr)) {}
    
    #[handler(token = SERVER, interest = WRITABLE, source = self.other)]
    fn room(&mut self) {}
}

fn main() -> miocene::Result<()> {
    let server = TcpListener::bind("127.0.0.1:0")?;
    miocene::EventLoop::new()?.run(&mut App { server })
}
