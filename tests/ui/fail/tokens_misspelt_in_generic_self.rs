use miocene::{Connection, Family, Lines, Tokens, handlers};

struct App<T> {
    kind: T,
    clients: Family<Connection<Lines>>,
}

#[handlers]
impl<T> App<T> {
    const CLIENTS: Tokens = Tokens::new(1);

    #[handler(tokens = Self::CLIENT)]
    fn line(&mut self, _: &mut Connection<Lines>, _: &str) {}
}

fn main() {}
