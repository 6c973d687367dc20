use miocene::{Connection, Family, Lines, Tokens, handlers};

const CLIENTS: Tokens = Tokens::new(1);

struct App {
    clients: Family<Connection<Lines>>,
}

#[handlers]
impl App {
    #[handler(tokens = CLIENTS, interest = WRITABLE)]
    fn room(&mut self, _: &mut Connection<Lines>) -> bool {
        true
    }
}

fn main() -> miocene::Result<()> {
    let clients = Family::new(CLIENTS);
    miocene::EventLoop::new()?.run(&mut App { clients })
}
