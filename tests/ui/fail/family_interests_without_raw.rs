use miocene::{Connection, Family, Lines, Readiness, Tokens, handlers};

const CLIENTS: Tokens = Tokens::new(1);

struct App {
    clients: Family<Connection<Lines>>,
}

#[handlers]
impl App {
    #[handler(tokens = CLIENTS, interest = READABLE | WRITABLE)]
    fn ready(&mut self, _: &mut Connection<Lines>, _: &mut Readiness) {}
}

fn main() -> miocene::Result<()> {
    let clients = Family::new(CLIENTS);
    miocene::EventLoop::new()?.run(&mut App { clients })
}
