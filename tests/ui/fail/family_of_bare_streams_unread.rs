use miocene::net::TcpStream;
use miocene::{Closed, Family, Tokens, handlers};

const CLIENTS: Tokens = Tokens::new(1);

struct App {
    clients: Family<TcpStream>,
}

#[handlers]
impl App {
    #[closed(tokens = CLIENTS)]
    fn gone(&mut self, _: TcpStream, _: Closed) {}
}

fn main() -> miocene::Result<()> {
    let clients = Family::new(CLIENTS);
    miocene::EventLoop::new()?.run(&mut App { clients })
}
