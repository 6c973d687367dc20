use miocene::{Family, Readiness, Tokens, handlers};

const CLIENTS: Tokens = Tokens::new(1);

struct App {
    clients: Family<String>,
}

#[handlers]
impl App {
    #[handler(tokens = CLIENTS, raw)]
    fn ready(&mut self, _: &mut String, _: &mut Readiness) {}
}

fn main() -> miocene::Result<()> {
    let clients = Family::new(CLIENTS);
    miocene::EventLoop::new()?.run(&mut App { clients })
}
