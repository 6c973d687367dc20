use miocene::net::TcpListener;
use miocene::{Token, handlers};

const SERVER: Token = Token(0);

#[handlers]
struct App {
    server: TcpListener,
}

fn main() {}
