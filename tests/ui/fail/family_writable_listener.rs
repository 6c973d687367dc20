use miocene::net::TcpListener;
use miocene::{Family, Tokens, handlers};

const CLIENTS: Tokens = Tokens::new(1);

struct App {
    clients: Family<TcpListener>,
}

#[handlers]
impl App {
    #[handler(tokens = CLIENTS, interest = WRITABLE)]
    fn room(&mut self, _: &mut TcpListener) {}
}

fn main() -> miocene::Result<()> {
    let clients = Family::new(CLIENTS);
    miocene::EventLoop::new()?.run(&mut App { clients })
}
