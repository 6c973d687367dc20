//! Bytes come back: to peers who read fast, slowly, or not for some time.

use std::net::SocketAddr;
use std::time::Duration;

use miocene::net::{TcpListener, TcpStream};
use miocene::sim::Sim;
use miocene::{Bytes, Closed, Connection, Context, Family, Token, Tokens, handlers};

use crate::book::{Book, tight};

const SERVER: Token = Token(0);
const CLIENTS: Tokens = Tokens::new(1);

struct Echo {
    server: TcpListener,
    clients: Family<Connection<Bytes>>,
    book: Book,
}

#[handlers]
impl Echo {
    #[handler(token = SERVER, fills = CLIENTS)]
    fn accept(&mut self, (stream, _): (TcpStream, SocketAddr)) {
        let token = self.clients.insert(Connection::new(stream));
        self.book.comes(token);
    }

    #[handler(tokens = CLIENTS)]
    fn bytes(&mut self, client: &mut Connection<Bytes>, bytes: &[u8]) {
        client.out.send(bytes);
    }

    #[closed(tokens = CLIENTS)]
    fn gone(&mut self, cx: &mut Context<'_>, _: Connection<Bytes>, why: Closed) {
        self.book.leaves(cx.token());
        let overflown = matches!(why, Closed::Overflow);
        assert!(!overflown, "read on from a peer that does not read");
    }
}

pub fn echo(sim: &Sim) {
    let app = sim.start_with(
        tight(sim),
        Echo {
            server: TcpListener::bind("127.0.0.1:7000").unwrap(),
            clients: Family::new(CLIENTS)
                .cap(1 + sim.draw(6) as usize)
                .unsent(64, 512, 1024)
                // Buffers of a few bytes take their time.
                .idle(Duration::MAX),
            book: Book::default(),
        },
    );
    // The listener's, and some of those that are wanted.
    sim.limit_descriptors(2 + sim.draw(8) as usize);
    let peers: Vec<_> = (0..1 + sim.draw(8))
        .map(|_| {
            let peer = sim.client("127.0.0.1:7000").expects_pattern();
            let peer = match sim.draw(4) {
                0 => peer.reads_slowly(),
                1 => peer.reads_nothing(),
                _ => peer,
            };
            let length = sim.draw(1 << sim.draw(16)) as usize;
            peer.send_pattern(length);
            peer.half_closes();
            (peer, length)
        })
        .collect();
    sim.run_for(Duration::from_secs(3));
    for (peer, _) in &peers {
        peer.reads_on();
    }
    sim.calm();
    for (peer, length) in peers {
        peer.expect_end();
        let whole = peer.received_count() == length;
        assert!(whole || peer.was_cut(), "{peer:?} has not all of its bytes");
    }
    sim.run_until(|| app.with(|app| app.clients.is_empty() && app.book.len() == 0));
    assert_eq!(sim.descriptors(), 1, "the listener's");
}
