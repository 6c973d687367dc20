//! A stop sends what is unsent, to those who take it.

use std::net::SocketAddr;
use std::time::Duration;

use miocene::net::{TcpListener, TcpStream};
use miocene::sim::Sim;
use miocene::{Bytes, Closed, Connection, Context, Family, Token, Tokens, handlers};

use crate::book::{Book, tight};

const SERVER: Token = Token(0);
const CLIENTS: Tokens = Tokens::new(1);

struct Greeter {
    server: TcpListener,
    clients: Family<Connection<Bytes>>,
    book: Book,
    greeting: Vec<u8>,
}

#[handlers]
impl Greeter {
    #[handler(token = SERVER, fills = CLIENTS)]
    fn accept(&mut self, (stream, _): (TcpStream, SocketAddr)) {
        let token = self.clients.insert(Connection::new(stream));
        self.book.comes(token);
    }

    #[opened(tokens = CLIENTS)]
    fn greet(&mut self, client: &mut Connection<Bytes>) {
        client.out.send(&self.greeting);
    }

    #[closed(tokens = CLIENTS)]
    fn gone(&mut self, cx: &mut Context<'_>, _: Connection<Bytes>, _: Closed) {
        self.book.leaves(cx.token());
    }
}

pub fn stop(sim: &Sim) {
    const GRACE: Duration = Duration::from_secs(3600);

    let length = sim.draw(1 << sim.draw(17));
    let greeting: Vec<u8> = (0..length).map(|at| (at % 251) as u8).collect();
    let mut config = tight(sim);
    config.grace = GRACE;
    let app = sim.start_with(
        config,
        Greeter {
            server: TcpListener::bind("127.0.0.1:7000").unwrap(),
            clients: Family::new(CLIENTS).idle(Duration::MAX),
            book: Book::default(),
            greeting: greeting.clone(),
        },
    );
    let peers: Vec<_> = (0..1 + sim.draw(5))
        .map(|_| sim.client("127.0.0.1:7000"))
        .collect();
    if sim.draw(2) == 0 {
        let _ = sim.client("127.0.0.1:7000").reads_nothing();
    }
    sim.run_for(Duration::from_millis(sim.draw(100)));
    app.stop();
    sim.run_for(Duration::from_secs(1));
    sim.calm();
    sim.run_for(GRACE);
    assert!(!app.is_running(), "the stop has no end");
    assert_eq!(app.with(|app| app.book.len()), 0, "some have not left");
    for peer in peers {
        let received = peer.received();
        let nothing_or_all = received.is_empty() || received == greeting;
        assert!(nothing_or_all || peer.was_cut(), "{peer:?} has a part only");
    }
}
