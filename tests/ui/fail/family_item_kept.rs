use miocene::{Connection, Family, Lines, Tokens, handlers};

const CLIENTS: Tokens = Tokens::new(1);

struct App {
    clients: Family<Connection<Lines>>,
    last: &'static str,
}

#[handlers]
impl App {
    #[handler(tokens = CLIENTS)]
    fn line(&mut self, _: &mut Connection<Lines>, line: &'static str) {
        self.last = line;
    }
}

fn main() -> miocene::Result<()> {
    let clients = Family::new(CLIENTS);
    miocene::EventLoop::new()?.run(&mut App { clients, last: "" })
}
