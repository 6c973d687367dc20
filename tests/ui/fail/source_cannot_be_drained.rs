use miocene::{Token, handlers};

const SERVER: Token = Token(0);

struct App {
    server: miocene::mio::net::UdpSocket,
}

#[handlers]
impl App {
    #[handler(token = SERVER)]
    fn datagram(&mut self, _: &[u8]) {}
}

fn main() {}
