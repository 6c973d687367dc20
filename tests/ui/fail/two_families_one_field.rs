use miocene::{Closed, Connection, Family, Lines, Tokens, handlers};

const CLIENTS: Tokens = Tokens::new(1);
const GUESTS: Tokens = Tokens::new(2);

struct App {
    clients: Family<Connection<Lines>>,
}

#[handlers]
impl App {
    #[handler(tokens = CLIENTS)]
    fn line(&mut self, _: &mut Connection<Lines>, _: &str) {}

    #[closed(tokens = GUESTS, source = self.clients)]
    fn gone(&mut self, _: Connection<Lines>, _: Closed) {}
}

fn main() -> miocene::Result<()> {
    let clients = Family::new(CLIENTS);
    miocene::EventLoop::new()?.run(&mut App { clients })
}
