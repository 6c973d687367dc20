#![forbid(unsafe_code, missing_docs, unused, warnings, clippy::all)]
#![forbid(unused_variables, non_snake_case, unreachable_patterns)]
//! Lints that nothing may allow.

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
    fn accept(&mut self, _: (TcpStream, SocketAddr)) {}
}

fn main() {
    let _ = miocene::table::<App>();
}
