use miocene::{Connection, Ended, Family, Lines, Tokens, handlers};

const CLIENTS: Tokens = Tokens::new(1);

struct App {
    clients: Family<Connection<Lines>>,
}

#[handlers]
impl App {
    #[closed(tokens = CLIENTS)]
    fn gone(&mut self, _: Connection<Lines>, _why: Ended) {}
}

fn main() -> miocene::Result<()> {
    let clients = Family::new(CLIENTS);
    miocene::EventLoop::new()?.run(&mut App { clients })
}
