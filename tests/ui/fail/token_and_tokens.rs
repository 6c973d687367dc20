use miocene::net::TcpListener;
use miocene::{Connection, Family, Lines, Token, Tokens, handlers};

const SERVER: Token = Token(0);
const CLIENTS: Tokens = Tokens::new(1);

struct App {
    server: TcpListener,
    clients: Family<Connection<Lines>>,
}

#[handlers]
impl App {
    #[handler(token = SERVER, tokens = CLIENTS)]
    fn line(&mut self, _: &mut Connection<Lines>, _: &str) {}
}

fn main() -> miocene::Result<()> {
    let server = TcpListener::bind("127.0.0.1:0")?;
    let clients = Family::new(CLIENTS);
    miocene::EventLoop::new()?.run(&mut App { server, clients })
}
