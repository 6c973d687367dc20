//! A body that is sent piece by piece, and last words to a peer who still talks.

use std::net::SocketAddr;
use std::time::Duration;

use miocene::net::{TcpListener, TcpStream};
use miocene::sim::Sim;
use miocene::{
    ByteLines, Closed, Connection, Context, Ended, Family, Flow, Token, Tokens, handlers,
};

use crate::book::{Book, tight};

const SERVER: Token = Token(0);
const CLIENTS: Tokens = Tokens::new(1);

const LOW: usize = 100;
const PIECE: usize = 150;

struct Bodies {
    server: TcpListener,
    clients: Family<Connection<ByteLines, Body>>,
    book: Book,
}

#[derive(Default)]
struct Body {
    asked: bool,
    left: usize,
    sent: usize,
    ended: bool,
}

fn body(begin: usize, end: usize) -> Vec<u8> {
    (begin..end).map(|at| (at % 251) as u8).collect()
}

#[handlers]
impl Bodies {
    #[handler(token = SERVER, fills = CLIENTS)]
    fn accept(&mut self, (stream, _): (TcpStream, SocketAddr)) {
        let token = self.clients.insert(Connection::new(stream));
        self.book.comes(token);
    }

    #[handler(tokens = CLIENTS)]
    fn line(&mut self, client: &mut Connection<ByteLines, Body>, line: &[u8]) -> Flow {
        if std::mem::replace(&mut client.state.asked, true) {
            return Flow::Continue;
        }
        client.state.left = std::str::from_utf8(line).unwrap().parse().unwrap();
        self.room(client)
    }

    #[handler(tokens = CLIENTS, interest = WRITABLE)]
    fn room(&mut self, client: &mut Connection<ByteLines, Body>) -> Flow {
        let unsent = client.out.unsent().len();
        assert!(unsent <= LOW, "told of room with {unsent} bytes unsent");
        if client.state.left == 0 {
            return Flow::Close;
        }
        let count = client.state.left.min(PIECE);
        let begin = client.state.sent;
        client.out.send(&body(begin, begin + count));
        client.state.sent += count;
        client.state.left -= count;
        Flow::Continue
    }

    /// Who has asked is answered, also when it has ended its direction.
    #[ended(tokens = CLIENTS)]
    fn ended(&mut self, client: &mut Connection<ByteLines, Body>, _: Ended) -> Flow {
        assert!(!client.state.ended, "the end is told twice");
        client.state.ended = true;
        match client.state.asked {
            true => Flow::Continue,
            false => Flow::Close,
        }
    }

    #[closed(tokens = CLIENTS)]
    fn gone(&mut self, cx: &mut Context<'_>, _: Connection<ByteLines, Body>, _: Closed) {
        self.book.leaves(cx.token());
    }
}

pub fn bodies(sim: &Sim) {
    let app = sim.start_with(
        tight(sim),
        Bodies {
            server: TcpListener::bind("127.0.0.1:7000").unwrap(),
            clients: Family::new(CLIENTS)
                .unsent(LOW, 300, 10_000)
                .idle(Duration::MAX)
                .message(Duration::MAX)
                // A slow reader on a slow network takes its time.
                .linger(Duration::from_secs(600), 64 * 1024),
            book: Book::default(),
        },
    );
    let peers: Vec<_> = (0..1 + sim.draw(4))
        .map(|_| {
            let peer = sim.client("127.0.0.1:7000");
            let peer = match sim.draw(3) {
                0 => peer.reads_slowly(),
                _ => peer,
            };
            let length = sim.draw(1 << sim.draw(13)) as usize;
            peer.send(format!("{length}\n"));
            match sim.draw(3) {
                0 => peer.half_closes(),
                1 => {}
                // It talks on.
                _ => {
                    for _ in 0..sim.draw(20) {
                        peer.wait(Duration::from_millis(sim.draw(40)));
                        peer.send("and another thing\n");
                    }
                }
            }
            (peer, length)
        })
        .collect();
    sim.run_for(Duration::from_secs(1));
    sim.calm();
    for (peer, length) in peers {
        peer.expect_end();
        let received = peer.received();
        assert!(body(0, length).starts_with(&received), "another body");
        let whole = received.len() == length;
        assert!(
            whole || peer.was_cut(),
            "{peer:?} has not heard the last words"
        );
    }
    sim.run_until(|| app.with(|app| app.clients.is_empty() && app.book.len() == 0));
    assert_eq!(sim.descriptors(), 1, "the listener's");
}
