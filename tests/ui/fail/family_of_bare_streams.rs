use miocene::net::TcpStream;
use miocene::{Family, Tokens, handlers};

const CLIENTS: Tokens = Tokens::new(1);

struct App {
    clients: Family<TcpStream>,
}

#[handlers]
impl App {
    #[handler(tokens = CLIENTS)]
    fn read(&mut self, _: &mut TcpStream, _: &[u8]) {}
}

fn main() -> miocene::Result<()> {
    let clients = Family::new(CLIENTS);
    miocene::EventLoop::new()?.run(&mut App { clients })
}
