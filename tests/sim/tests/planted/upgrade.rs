//! A connection leaves for another family, with another framing.

use std::net::SocketAddr;
use std::time::Duration;

use miocene::net::{TcpListener, TcpStream};
use miocene::sim::Sim;
use miocene::{
    ByteLines, Bytes, Closed, Connection, Context, Family, Flow, Token, Tokens, handlers,
};

use crate::book::{Book, tight};

const SERVER: Token = Token(0);
const PLAIN: Tokens = Tokens::new(1);
const RAW: Tokens = Tokens::new(2);

struct Upgrader {
    server: TcpListener,
    plain: Family<Connection<ByteLines>>,
    raw: Family<Connection<Bytes>>,
    book: Book,
}

#[handlers]
impl Upgrader {
    #[handler(token = SERVER, fills = [PLAIN, RAW])]
    fn accept(&mut self, (stream, _): (TcpStream, SocketAddr)) {
        let token = self.plain.insert(Connection::new(stream));
        self.book.comes(token);
    }

    #[handler(tokens = PLAIN)]
    fn line(&mut self, client: &mut Connection<ByteLines>, line: &[u8]) -> Flow {
        client.out.send(line);
        client.out.send(b"\n");
        match line {
            b"upgrade" => Flow::Leave,
            _ => Flow::Continue,
        }
    }

    #[handler(tokens = RAW)]
    fn bytes(&mut self, client: &mut Connection<Bytes>, bytes: &[u8]) {
        client.out.send(bytes);
    }

    #[closed(tokens = PLAIN)]
    fn upgrade(&mut self, cx: &mut Context<'_>, client: Connection<ByteLines>, why: Closed) {
        self.book.leaves(cx.token());
        if let Closed::Left = why {
            let parts = client.into_parts();
            let mut raw = Connection::new(parts.stream);
            raw.put_back(parts.unread);
            raw.out.send(&parts.unsent);
            let token = self.raw.insert(raw);
            self.book.comes(token);
        }
    }

    #[closed(tokens = RAW)]
    fn gone(&mut self, cx: &mut Context<'_>, _: Connection<Bytes>, _: Closed) {
        self.book.leaves(cx.token());
    }
}

pub fn upgrade(sim: &Sim) {
    let app = sim.start_with(
        tight(sim),
        Upgrader {
            server: TcpListener::bind("127.0.0.1:7000").unwrap(),
            plain: Family::new(PLAIN),
            raw: Family::new(RAW),
            book: Book::default(),
        },
    );
    let peers: Vec<_> = (0..1 + sim.draw(4))
        .map(|number| {
            let peer = sim.client("127.0.0.1:7000");
            let text = format!("hello\nupgrade\nraw from here, {number}");
            let (begin, end) = text.split_at(sim.draw(text.len() as u64) as usize);
            peer.send(begin);
            peer.wait(Duration::from_millis(sim.draw(50)));
            peer.send(end);
            peer.half_closes();
            (peer, text)
        })
        .collect();
    sim.run_for(Duration::from_secs(1));
    sim.calm();
    for (peer, text) in peers {
        peer.expect(text);
        peer.expect_end();
    }
    sim.run_until(|| app.with(|app| app.book.len() == 0));
    assert_eq!(sim.descriptors(), 1, "the listener's");
}
