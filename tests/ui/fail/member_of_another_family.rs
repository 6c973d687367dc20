use miocene::{Connection, Family, Lines, Tokens, handlers};

const CLIENTS: Tokens = Tokens::new(1);

struct Guest;

struct App {
    clients: Family<Connection<Lines>>,
}

#[handlers]
impl App {
    #[handler(tokens = CLIENTS)]
    fn line(&mut self, _client: &mut Connection<Lines, Guest>, _: &str) {}
}

fn main() -> miocene::Result<()> {
    let clients = Family::new(CLIENTS);
    miocene::EventLoop::new()?.run(&mut App { clients })
}
