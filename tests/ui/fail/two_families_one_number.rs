use miocene::{Connection, Family, Lines, Tokens, handlers};

const CLIENTS: Tokens = Tokens::new(1);
const GUESTS: Tokens = Tokens::new(1);

struct App {
    clients: Family<Connection<Lines>>,
    guests: Family<Connection<Lines>>,
}

#[handlers]
impl App {
    #[handler(tokens = CLIENTS)]
    fn line(&mut self, _: &mut Connection<Lines>, _: &str) {}

    #[handler(tokens = GUESTS)]
    fn again(&mut self, _: &mut Connection<Lines>, _: &str) {}
}

fn main() {}
