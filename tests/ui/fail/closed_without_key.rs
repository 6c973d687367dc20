use miocene::{Closed, Connection, Family, Lines, Tokens, handlers};

const CLIENTS: Tokens = Tokens::new(1);

struct App {
    clients: Family<Connection<Lines>>,
}

#[handlers]
impl App {
    #[handler(tokens = CLIENTS)]
    fn line(&mut self, _: &mut Connection<Lines>, _: &str) {}

    #[closed(CLIENTS)]
    fn gone(&mut self, _: Connection<Lines>, _: Closed) {}
}

fn main() -> miocene::Result<()> {
    let clients = Family::new(CLIENTS);
    miocene::EventLoop::new()?.run(&mut App { clients })
}
