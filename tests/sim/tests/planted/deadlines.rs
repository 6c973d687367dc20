//! Who says nothing for too long is let go, and nobody else.

use std::net::SocketAddr;
use std::time::Duration;

use miocene::net::{TcpListener, TcpStream};
use miocene::sim::{Peer, Sim};
use miocene::{ByteLines, Closed, Connection, Context, Ended, Family, Token, Tokens, handlers};

use crate::book::{Book, tight};

const SERVER: Token = Token(0);
const CLIENTS: Tokens = Tokens::new(1);

const IDLE: Duration = Duration::from_secs(40);
const MESSAGE: Duration = Duration::from_secs(30);
/// A sixteenth of a limit, and what is on its way.
const SLACK: Duration = Duration::from_secs(4);

struct Patient {
    server: TcpListener,
    clients: Family<Connection<ByteLines>>,
    book: Book,
}

#[handlers]
impl Patient {
    #[handler(token = SERVER, fills = CLIENTS)]
    fn accept(&mut self, (stream, _): (TcpStream, SocketAddr)) {
        let token = self.clients.insert(Connection::new(stream));
        self.book.comes(token);
    }

    #[handler(tokens = CLIENTS)]
    fn line(&mut self, client: &mut Connection<ByteLines>, line: &[u8]) {
        client.out.send(line);
        client.out.send(b"\n");
    }

    #[closed(tokens = CLIENTS)]
    fn gone(&mut self, cx: &mut Context<'_>, _: Connection<ByteLines>, why: Closed) {
        self.book.leaves(cx.token());
        let known = matches!(
            why,
            Closed::Ended(Ended::Eof | Ended::Idle | Ended::Deadline | Ended::Io(_))
                | Closed::Register(_)
                | Closed::Write(_)
                | Closed::Stopped
        );
        assert!(known, "nobody leaves by {why:?}");
    }
}

/// With what it may take on its way, in time.
const SOON: Duration = Duration::from_millis(39_600);

/// Says something when it would soon be too late, so many times.
fn lively(sim: &Sim, times: u64) -> (Peer, u64) {
    let peer = sim.client("127.0.0.1:7000");
    for _ in 0..times {
        peer.send("x\n");
        peer.wait(SOON);
    }
    peer.half_closes();
    (peer, times)
}

/// Gives the loop many turns while others are about to be late: in each of them
/// the process may stand still.
fn restless(sim: &Sim, times: u64) {
    const WORDS: u32 = 12;
    const PAUSE: Duration = Duration::from_millis(110);

    let peer = sim.client("127.0.0.1:7000");
    peer.wait(SOON - PAUSE * WORDS);
    for _ in 0..times {
        for _ in 0..WORDS {
            peer.send("x\n");
            peer.wait(PAUSE);
        }
        peer.wait(SOON - PAUSE * WORDS);
    }
    peer.half_closes();
}

/// A byte now and then, of a line without an end.
fn dripping(sim: &Sim) -> Peer {
    let peer = sim.client("127.0.0.1:7000");
    for _ in 0..100 {
        peer.send("x");
        peer.wait(Duration::from_millis(400));
    }
    peer
}

/// Whether something was kept from the loop, which then cannot know who has sent
/// something in time.
fn something_came_late(sim: &Sim) -> bool {
    let late = ["late", "small-batch", "short-read"];
    let trace = sim.trace();
    late.iter()
        .any(|fault| trace.contains(&format!("fault: {fault}")))
}

pub fn deadlines(sim: &Sim) {
    let app = sim.start_with(
        tight(sim),
        Patient {
            server: TcpListener::bind("127.0.0.1:7000").unwrap(),
            clients: Family::new(CLIENTS).idle(IDLE).message(MESSAGE),
            book: Book::default(),
        },
    );
    let mut peers: Vec<_> = (0..4 + sim.draw(8))
        .map(|_| lively(sim, 2 + sim.draw(9)))
        .collect();
    restless(sim, 10);
    sim.client("127.0.0.1:7000").vanishes();
    sim.run_for(IDLE * 10);
    sim.calm();
    let silent = sim.client("127.0.0.1:7000");
    let dripping = dripping(sim);
    peers.push(lively(sim, 3));
    sim.run_for(MESSAGE + SLACK);
    assert!(dripping.has_ended(), "a message may take for ever");
    sim.run_for(IDLE - MESSAGE + SLACK);
    assert!(silent.has_ended(), "one may be silent for ever");
    for (peer, lines) in peers {
        peer.expect_end();
        let answered = peer.received_count() as u64 == 2 * lines;
        let excused = || peer.was_cut() || something_came_late(sim);
        assert!(answered || excused(), "one who speaks in time is let go");
    }
    sim.run_until(|| app.with(|app| app.clients.is_empty() && app.book.len() == 0));
}
