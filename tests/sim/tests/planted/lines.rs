//! Lines come back, also from members that are paused now and then.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::time::Duration;

use miocene::net::{TcpListener, TcpStream};
use miocene::sim::{Sim, Twin};
use miocene::{
    ByteLines, Closed, Connection, Context, Ended, Family, Flow, Token, Tokens, handlers,
};

use crate::book::{Book, tight};

const SERVER: Token = Token(0);
const TICKS: Token = Token(1);
const CLIENTS: Tokens = Tokens::new(1);

const LONGEST: usize = 100;

struct Lines {
    server: TcpListener,
    ticks: Twin<()>,
    clients: Family<Connection<ByteLines, u64>>,
    book: Book,
    /// After how many lines a client is paused until the next tick.
    pause_after: u64,
    paused: BTreeSet<Token>,
}

#[handlers]
impl Lines {
    #[handler(token = SERVER, fills = CLIENTS)]
    fn accept(&mut self, (stream, _): (TcpStream, SocketAddr)) {
        let token = self.clients.insert(Connection::new(stream));
        self.book.comes(token);
    }

    #[handler(token = TICKS)]
    fn tick(&mut self, (): ()) {
        // Not looked up to be changed, which would have the loop look at them, too.
        for token in std::mem::take(&mut self.paused) {
            self.clients.resume(token);
        }
    }

    #[handler(tokens = CLIENTS)]
    fn line(
        &mut self,
        cx: &mut Context<'_>,
        client: &mut Connection<ByteLines, u64>,
        line: &[u8],
    ) -> Flow {
        let paused = self.paused.contains(&cx.token());
        assert!(!paused, "a line though it is paused");
        client.out.send(line);
        client.out.send(b"\n");
        client.state += 1;
        if client.state % self.pause_after > 0 {
            return Flow::Continue;
        }
        self.paused.insert(cx.token());
        Flow::Pause
    }

    #[closed(tokens = CLIENTS)]
    fn gone(&mut self, cx: &mut Context<'_>, _: Connection<ByteLines, u64>, why: Closed) {
        self.book.leaves(cx.token());
        let late = matches!(why, Closed::Ended(Ended::Deadline | Ended::Idle));
        assert!(!late, "nobody took too long: {why}");
    }
}

pub fn lines(sim: &Sim) {
    let (ticks, ours) = sim.twin();
    let app = sim.start_with(
        tight(sim),
        Lines {
            server: TcpListener::bind("127.0.0.1:7000").unwrap(),
            ticks: ours,
            clients: Family::new(CLIENTS).frame(LONGEST),
            book: Book::default(),
            pause_after: 1 + sim.draw(8),
            paused: BTreeSet::new(),
        },
    );
    let peers: Vec<_> = (0..1 + sim.draw(5))
        .map(|number| {
            let peer = sim.client("127.0.0.1:7000");
            let peer = match sim.draw(3) {
                0 => peer.sends_a_byte_at_a_time(),
                _ => peer,
            };
            let lines = (0..sim.draw(12)).map(|line| format!("{line} of {number}\n"));
            let mut text: String = lines.collect();
            let answer = match sim.draw(6) {
                // Too long; and it does not end its direction.
                0 => {
                    peer.send(text.clone() + &"x".repeat(LONGEST + 10));
                    text
                }
                // It waits for an answer before it goes.
                1 => {
                    text += "well?\n";
                    peer.send(&text);
                    text
                }
                // The last line has no end.
                2 => {
                    peer.send(text.clone() + "bye");
                    peer.half_closes();
                    text + "bye\n"
                }
                _ => {
                    text += "in pieces\n";
                    let (begin, end) = text.split_at(sim.draw(text.len() as u64) as usize);
                    peer.send(begin);
                    peer.wait(Duration::from_millis(sim.draw(200)));
                    peer.send(end);
                    peer.half_closes();
                    text
                }
            };
            (peer, answer)
        })
        .collect();
    let tick = || {
        ticks.push(());
        sim.run_for(Duration::from_millis(100));
    };
    (0..20).for_each(|_| tick());
    sim.calm();
    // Small buffers and a slow network may take many of them.
    for _ in 0..1_000 {
        for (peer, answer) in &peers {
            if answer.ends_with("well?\n") && peer.received_count() == answer.len() {
                peer.half_closes();
            }
        }
        if peers
            .iter()
            .all(|(peer, _)| peer.has_ended() || peer.was_cut())
        {
            break;
        }
        tick();
    }
    for (peer, answer) in peers {
        peer.expect(answer);
        peer.expect_end();
    }
    sim.run_until(|| app.with(|app| app.clients.is_empty() && app.book.len() == 0));
    assert_eq!(sim.descriptors(), 2, "the listener's and the twin");
}
