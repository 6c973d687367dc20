#![deny(warnings)]

use std::net::SocketAddr;

use miocene::net::{TcpListener, TcpStream};
use miocene::{Ended, Token, handlers};

mod tokens {
    use miocene::Token;

    pub const SERVER: Token = Token(0);
    pub const ADMIN: Token = super::next(SERVER);
}

const fn next(token: Token) -> Token {
    Token(token.0 + 1)
}

trait Numbered {
    const ADMIN: Token;
}

struct ByModule {
    server: TcpListener,
    admin: TcpListener,
}

#[handlers]
impl ByModule {
    #[handler(token = tokens::SERVER)]
    fn server(&mut self, _: (TcpStream, SocketAddr)) {}

    #[handler(token = crate::tokens::ADMIN)]
    fn admin(&mut self, _: (TcpStream, SocketAddr)) {}
}

struct BySelf {
    server: TcpListener,
    admin: TcpListener,
}

impl Numbered for BySelf {
    const ADMIN: Token = Token(7);
}

#[handlers]
impl BySelf {
    const SERVER: Token = Token(3);

    #[handler(token = Self::SERVER)]
    fn server(&mut self, _: (TcpStream, SocketAddr)) {}

    #[handler(token = <Self as Numbered>::ADMIN)]
    fn admin(&mut self, _: (TcpStream, SocketAddr)) {}

    #[ended(token = Self::SERVER)]
    fn gone(&mut self, _: Ended) {}
}

struct Generic<T, const N: usize> {
    server: TcpListener,
    admin: TcpListener,
    other: TcpListener,
    kind: T,
}

impl Numbered for u8 {
    const ADMIN: Token = Token(9);
}

#[handlers]
impl<T: Numbered, const N: usize> Generic<T, N> {
    const SERVER: Token = Token(N);

    #[handler(token = Self::SERVER)]
    fn server(&mut self, _: (TcpStream, SocketAddr)) {
        let _ = &self.kind;
    }

    #[handler(token = T::ADMIN)]
    fn admin(&mut self, _: (TcpStream, SocketAddr)) {}

    #[handler(token = tokens::SERVER, source = self.other)]
    fn other(&mut self, _: (TcpStream, SocketAddr)) {}

    #[ended(token = Self::SERVER)]
    fn gone(&mut self, _: Ended) {}
}

struct WithLifetime<'a> {
    server: &'a (),
    listener: (TcpListener,),
}

#[handlers]
impl WithLifetime<'_> {
    const SERVER: Token = Token(3);

    #[handler(token = Self::SERVER, source = self.listener.0)]
    fn server(&mut self, _: (TcpStream, SocketAddr)) {
        let () = self.server;
    }
}

fn run(mut app: impl miocene::Handlers) {
    let zero = Some(std::time::Duration::ZERO);
    let _ = miocene::EventLoop::new().unwrap().turn(&mut app, zero).unwrap();
}

fn main() {
    const LOCAL: Token = Token(2);

    struct InAFunction {
        local: TcpListener,
    }

    #[handlers]
    impl InAFunction {
        #[handler(token = LOCAL)]
        fn accept(&mut self, _: (TcpStream, SocketAddr)) {}
    }

    let bind = || TcpListener::bind("127.0.0.1:0").unwrap();
    run(ByModule { server: bind(), admin: bind() });
    run(BySelf { server: bind(), admin: bind() });
    run(Generic::<u8, 4> { server: bind(), admin: bind(), other: bind(), kind: 1 });
    run(WithLifetime { server: &(), listener: (bind(),) });
    run(InAFunction { local: bind() });
}
