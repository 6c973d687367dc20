//! A handler panics for one member, and the others do not notice.

use std::net::SocketAddr;
use std::panic;
use std::time::Duration;

use miocene::net::{TcpListener, TcpStream};
use miocene::sim::Sim;
use miocene::{ByteLines, Closed, Connection, Family, Panics, Token, Tokens, handlers};

use crate::book::tight;

const SERVER: Token = Token(0);
const CLIENTS: Tokens = Tokens::new(1);

struct Fragile {
    server: TcpListener,
    clients: Family<Connection<ByteLines>>,
    panicked: u64,
}

#[handlers]
impl Fragile {
    #[handler(token = SERVER, fills = CLIENTS)]
    fn accept(&mut self, (stream, _): (TcpStream, SocketAddr)) {
        self.clients.insert(Connection::new(stream));
    }

    #[handler(tokens = CLIENTS)]
    fn line(&mut self, client: &mut Connection<ByteLines>, line: &[u8]) {
        if line == b"boom" {
            // Without the hook, which would print it.
            panic::resume_unwind(Box::new("boom"));
        }
        client.out.send(line);
        client.out.send(b"\n");
    }

    #[closed(tokens = CLIENTS)]
    fn gone(&mut self, _: Connection<ByteLines>, why: Closed) {
        self.panicked += u64::from(matches!(why, Closed::Panicked));
    }
}

pub fn panicking(sim: &Sim) {
    let mut config = tight(sim);
    config.panics = Panics::CloseMember;
    let app = sim.start_with(
        config,
        Fragile {
            server: TcpListener::bind("127.0.0.1:7000").unwrap(),
            clients: Family::new(CLIENTS),
            panicked: 0,
        },
    );
    let peers: Vec<_> = (0..2 + sim.draw(8))
        .map(|_| {
            let peer = sim.client("127.0.0.1:7000");
            for _ in 0..4 {
                peer.wait(Duration::from_millis(50));
                peer.send("hello\n");
            }
            let explodes = sim.draw(3) == 0;
            if explodes {
                peer.send("boom\n");
            }
            peer.half_closes();
            (peer, explodes)
        })
        .collect();
    sim.run_for(Duration::from_secs(1));
    sim.calm();
    for (peer, explodes) in peers {
        peer.expect_end();
        let answered = peer.received() == "hello\n".repeat(4).as_bytes();
        assert!(
            answered || explodes || peer.was_cut(),
            "{peer:?} is not answered"
        );
    }
    sim.run_until(|| app.with(|app| app.clients.is_empty()));
    assert_eq!(app.counters().closed.panicked, app.with(|app| app.panicked));
    assert_eq!(sim.descriptors(), 1, "the listener's");
}
