use std::net::SocketAddr;

use miocene::net::{TcpListener, TcpStream};
use miocene::{Token, handlers};

const SERVER: Token = Token(0);

struct App {
    server: TcpListener,
}

#[handlers]
impl App {
    #[handler(token = SERVER)]
    fn accept(&mut self, (_stream, _): (TcpStream, SocketAddr)) {
        let _address = ;
    }

    fn helper(&self) {}
}

fn main() -> miocene::Result<()> {
    let app = &mut App {
        server: TcpListener::bind("127.0.0.1:0")?,
    };
    app.helper();
    miocene::EventLoop::new()?.run(app)
}
