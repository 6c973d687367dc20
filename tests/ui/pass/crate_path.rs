#![deny(warnings)]

mod framework {
    pub mod inner {
        pub use miocene::*;
        #[doc(hidden)]
        pub use miocene::__private;
    }
}

use std::net::SocketAddr;

use framework::inner::net::{TcpListener, TcpStream};
use framework::inner::{Token, handlers};

const SERVER: Token = Token(0);

struct One {
    server: TcpListener,
}

#[handlers(crate = framework::inner)]
impl One {
    #[handler(token = SERVER)]
    fn accept(&mut self, _: (TcpStream, SocketAddr)) {}
}

struct Two {
    server: TcpListener,
}

#[handlers(crate = crate::framework::inner)]
impl Two {
    #[handler(token = SERVER)]
    fn accept(&mut self, _: (TcpStream, SocketAddr)) {}
}

struct Three {
    server: TcpListener,
}

#[handlers(crate = ::miocene)]
impl Three {
    #[miocene::handler(token = SERVER)]
    fn accept(&mut self, _: (TcpStream, SocketAddr)) {}
}

fn main() {
    let bind = || TcpListener::bind("127.0.0.1:0").unwrap();
    let (mut one, mut two, mut three) = (One { server: bind() }, Two { server: bind() }, Three { server: bind() });
    let zero = Some(std::time::Duration::ZERO);
    let _ = miocene::EventLoop::new().unwrap().turn(&mut one, zero).unwrap();
    let _ = miocene::EventLoop::new().unwrap().turn(&mut two, zero).unwrap();
    let _ = miocene::EventLoop::new().unwrap().turn(&mut three, zero).unwrap();
}
