use miocene::{Closed, Connection, Family, Lines, Tokens, handlers};

struct App<T> {
    kind: T,
    clients: Family<Connection<Lines>>,
    guests: Family<Connection<Lines>>,
}

#[handlers]
impl<T> App<T> {
    const CLIENTS: Tokens = Tokens::new(1);
    const GUESTS: Tokens = Tokens::new(1);

    #[handler(tokens = Self::CLIENTS)]
    fn line(&mut self, _: &mut Connection<Lines>, _: &str) {}

    #[closed(tokens = Self::GUESTS)]
    fn gone(&mut self, _: Connection<Lines>, _: Closed) {}
}

fn main() {
    let _ = miocene::table::<App<()>>();
}
