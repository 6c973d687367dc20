#![deny(warnings)]

use std::net::SocketAddr;

use miocene::net::{TcpListener, TcpStream};
use miocene::{Token, handlers};

const TYPE: Token = Token(0);
const GEN: Token = Token(1);
const r#ASYNC: Token = Token(2);

struct App {
    r#type: TcpListener,
    r#gen: TcpListener,
    r#async: TcpListener,
}

#[handlers]
impl App {
    #[handler(token = TYPE)]
    fn r#match(&mut self, r#loop: (TcpStream, SocketAddr)) {
        drop(r#loop);
    }

    #[handler(token = GEN)]
    fn r#gen(&mut self, _: (TcpStream, SocketAddr)) {}

    #[handler(token = r#ASYNC)]
    fn r#async(&mut self, _: (TcpStream, SocketAddr)) {}
}

fn main() {
    let rows = miocene::table::<App>().entries();
    assert_eq!(rows[0].handler, "match");
    assert_eq!(rows[0].source, "self.type");
}
