use miocene::{Closed, Connection, Family, Lines, Tokens, handlers};

const CLIENTS: Tokens = Tokens::new(1);

struct App {
    clients: Family<Connection<Lines>>,
    guests: Family<Connection<Lines>>,
}

#[handlers]
impl App {
    #[handler(tokens = CLIENTS, source = self.clients)]
    fn line(&mut self, _: &mut Connection<Lines>, _: &str) {}

    #[closed(tokens = CLIENTS, source = self.guests)]
    fn gone(&mut self, _: Connection<Lines>, _: Closed) {}
}

fn main() -> miocene::Result<()> {
    let clients = Family::new(CLIENTS);
    miocene::EventLoop::new()?.run(&mut App { clients, guests: Family::new(CLIENTS) })
}
