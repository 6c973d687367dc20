use miocene::{Connection, Family, Lines, Readiness, Tokens, handlers};

const CLIENTS: Tokens = Tokens::new(1);

struct App {
    clients: Family<Connection<Lines>>,
}

#[handlers]
impl App {
    #[handler(tokens = CLIENTS, raw)]
    fn ready(&mut self, _: &mut Connection<Lines>, _: &mut Readiness) {}

    #[handler(tokens = CLIENTS, interest = WRITABLE)]
    fn room(&mut self, _: &mut Connection<Lines>) {}
}

fn main() -> miocene::Result<()> {
    let clients = Family::new(CLIENTS);
    miocene::EventLoop::new()?.run(&mut App { clients })
}
