use miocene::{Closed, Connection, Lines, Tokens, handlers};

const CLIENTS: Tokens = Tokens::new(1);

struct App {
    clients: Vec<Connection<Lines>>,
}

#[handlers]
impl App {
    #[closed(tokens = CLIENTS)]
    fn gone(&mut self, _: Connection<Lines>, _: Closed) {}
}

fn main() {}
