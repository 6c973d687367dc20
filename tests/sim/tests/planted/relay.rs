//! Messages for one that is named by its token, which may have gone meanwhile.

use std::net::SocketAddr;
use std::time::Duration;

use miocene::net::{TcpListener, TcpStream};
use miocene::sim::Sim;
use miocene::{Closed, Connection, Context, Family, Lines, Token, Tokens, handlers};

use crate::book::{Book, tight};

const SERVER: Token = Token(0);
const CLIENTS: Tokens = Tokens::new(1);

struct Relay {
    server: TcpListener,
    clients: Family<Connection<Lines>>,
    book: Book,
    /// The token that each number had last. Nobody forgets those who have gone.
    names: Vec<Option<Token>>,
}

#[handlers]
impl Relay {
    #[handler(token = SERVER, fills = CLIENTS)]
    fn accept(&mut self, (stream, _): (TcpStream, SocketAddr)) {
        let token = self.clients.insert(Connection::new(stream));
        self.book.comes(token);
    }

    #[handler(tokens = CLIENTS)]
    fn line(&mut self, cx: &mut Context<'_>, _: &mut Connection<Lines>, line: &str) {
        let (verb, number) = line.split_once(' ').unwrap();
        let number: usize = number.parse().unwrap();
        match verb {
            "join" => self.names[number] = Some(cx.token()),
            _ => {
                let client = self.names[number].and_then(|token| self.clients.get_mut(token));
                if let Some(client) = client {
                    writeln!(client.out, "for {number}");
                }
            }
        }
    }

    #[closed(tokens = CLIENTS)]
    fn gone(&mut self, cx: &mut Context<'_>, _: Connection<Lines>, _: Closed) {
        self.book.leaves(cx.token());
    }
}

pub fn relay(sim: &Sim) {
    let count = 4 + sim.draw(8);
    let app = sim.start_with(
        tight(sim),
        Relay {
            server: TcpListener::bind("127.0.0.1:7000").unwrap(),
            clients: Family::new(CLIENTS),
            book: Book::default(),
            names: vec![None; count as usize],
        },
    );
    let peers: Vec<_> = (0..count)
        .map(|number| {
            let peer = sim.client("127.0.0.1:7000");
            peer.send(format!("join {number}\n"));
            for _ in 0..sim.draw(6) {
                peer.wait(Duration::from_millis(sim.draw(300)));
                peer.send(format!("tell {}\n", sim.draw(count)));
            }
            peer.half_closes();
            sim.run_for(Duration::from_millis(sim.draw(300)));
            peer
        })
        .collect();
    sim.calm();
    sim.run_until(|| app.with(|app| app.clients.is_empty() && app.book.len() == 0));
    for (number, peer) in peers.iter().enumerate() {
        let received = String::from_utf8(peer.received()).unwrap();
        let mine = format!("for {number}");
        let strange = received.lines().find(|line| !mine.starts_with(line));
        assert_eq!(strange, None, "{number} received a stranger's message");
    }
}
