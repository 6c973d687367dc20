use miocene::{Connection, Family, Lines, Tokens, handlers};

const CLIENTS: Tokens = Tokens::new(1);
const NOBODY: Tokens = Tokens::new(0);

struct App {
    clients: Family<Connection<Lines>>,
    nobody: Family<Connection<Lines>>,
}

#[handlers]
impl App {
    #[handler(tokens = NOBODY)]
    fn line(&mut self, _: &mut Connection<Lines>, _: &str) {}
}

fn main() {}
