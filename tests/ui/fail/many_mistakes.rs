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
    #[handler(tokn = SERVER, interest = READABEL)]
    fn accept(&mut self, _: (TcpStream, SocketAddr)) {}

    #[handler(token = ADMIN)]
    async fn admin(self) {}

    #[handler(token = "ADMIN", interest = WRITABLE)]
    fn room(&mut self) {}

    #[failed]
    fn log(&mut self) {}
}

fn main() -> miocene::Result<()> {
    let bind = || TcpListener::bind("127.0.0.1:0");
    let (server, admin) = (bind()?, bind()?);
    miocene::EventLoop::new()?.run(&mut App { server, admin })
}
