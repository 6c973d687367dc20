use miocene::{Token, handlers};

const SERVER: Token = Token(0);

struct App {
    server: Option<miocene::mio::net::UdpSocket>,
}

#[handlers]
impl App {
    #[handler(token = SERVER, raw)]
    fn datagram(&mut self, _: &mut miocene::Readiness) {}
}

fn main() {}
