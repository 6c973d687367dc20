//! A family with a cap: nobody above it, and listeners that wait take turns.

use std::net::SocketAddr;
use std::time::Duration;

use miocene::net::{TcpListener, TcpStream};
use miocene::sim::Sim;
use miocene::{ByteLines, Connection, Context, Family, Flow, Token, Tokens, handlers};

const BUSY: Token = Token(0);
const QUIET: Token = Token(1);
const OPEN: Token = Token(2);
const CLIENTS: Tokens = Tokens::new(1);

const CAP: usize = 2;

struct Crowded {
    busy: TcpListener,
    quiet: TcpListener,
    /// Whoever comes here is let in, or told that there is no room.
    open: TcpListener,
    clients: Family<Connection<ByteLines, Client>>,
    /// By which listeners those who were served have come.
    served: Vec<Token>,
}

struct Client {
    came_by: Token,
}

#[handlers]
impl Crowded {
    #[handler(token = BUSY, fills = CLIENTS)]
    #[handler(token = QUIET, fills = CLIENTS)]
    #[handler(token = OPEN)]
    fn accept(&mut self, cx: &mut Context<'_>, (stream, _): (TcpStream, SocketAddr)) {
        let came_by = cx.token();
        let mut client = Connection::with_state(stream, Client { came_by });
        if !self.clients.has_room() {
            client.out.send(b"full\n");
        }
        self.clients.insert(client);
    }

    #[handler(tokens = CLIENTS)]
    fn line(&mut self, client: &mut Connection<ByteLines, Client>, line: &[u8]) -> Flow {
        self.served.push(client.state.came_by);
        client.out.send(line);
        client.out.send(b"\n");
        Flow::Close
    }
}

pub fn room(sim: &Sim) {
    let bind = |port| TcpListener::bind(("127.0.0.1", port)).unwrap();
    let app = sim.start(Crowded {
        busy: bind(7000),
        quiet: bind(7001),
        open: bind(7002),
        clients: Family::new(CLIENTS).cap(CAP).linger(Duration::ZERO, 0),
        served: Vec::new(),
    });
    let crowd = app.clone();
    sim.always("the cap holds", move || {
        crowd.with(|app| app.clients.len() <= CAP)
    });

    // Some who are there for two seconds, while others come.
    let call = |address: &str, before: u64| {
        let peer = sim.client(address);
        peer.wait(Duration::from_millis(before));
        peer.send("me\n");
        peer
    };
    let first: Vec<_> = (0..CAP).map(|_| call("127.0.0.1:7000", 2000)).collect();
    sim.run_for(Duration::from_millis(700));
    let busy: Vec<_> = (0..12).map(|_| call("127.0.0.1:7000", 30)).collect();
    let quiet = call("127.0.0.1:7001", 0);
    let refused: Vec<_> = (0..sim.draw(3))
        .map(|_| sim.client("127.0.0.1:7002"))
        .collect();
    sim.calm();
    quiet.expect("me\n");
    for peer in first.iter().chain(&busy) {
        peer.expect("me\n");
        peer.expect_end();
    }
    for peer in refused {
        peer.expect_end();
    }
    sim.run_until(|| app.with(|app| app.clients.is_empty()));
}

/// Without faults: how often each listener is served is what is looked at.
pub fn turns(sim: &Sim) {
    sim.calm();
    let bind = |port| TcpListener::bind(("127.0.0.1", port)).unwrap();
    let app = sim.start(Crowded {
        busy: bind(7000),
        quiet: bind(7001),
        open: bind(7002),
        clients: Family::new(CLIENTS).cap(1).linger(Duration::ZERO, 0),
        served: Vec::new(),
    });
    let first = sim.client("127.0.0.1:7000");
    sim.run_until(|| app.with(|app| app.clients.len() == 1));
    let call = |address: &str| {
        let peer = sim.client(address);
        peer.send("me\n");
        peer
    };
    let _busy: Vec<_> = (0..12).map(|_| call("127.0.0.1:7000")).collect();
    let quiet = call("127.0.0.1:7001");
    sim.run_for(Duration::from_secs(2));
    first.send("me\n");
    quiet.expect_end();
    let before = |served: &Vec<Token>| served.iter().position(|by| *by == QUIET);
    let before = app.with(|app| before(&app.served)).unwrap_or(usize::MAX);
    assert!(
        before < 6,
        "{before} were served before the one at the other listener"
    );
}
