//! What one says is told to all others; who does not read is let go.

use std::net::SocketAddr;
use std::time::Duration;

use miocene::net::{TcpListener, TcpStream};
use miocene::sim::Sim;
use miocene::{ByteLines, Closed, Connection, Context, Family, Token, Tokens, handlers};

use crate::book::{Book, tight};

const SERVER: Token = Token(0);
const GUESTS: Tokens = Tokens::new(1);

const CAP: usize = 4096;
const LONGEST: usize = 1000;

struct Chat {
    server: TcpListener,
    guests: Family<Connection<ByteLines>>,
    book: Book,
}

#[handlers]
impl Chat {
    #[handler(token = SERVER, fills = GUESTS)]
    fn accept(&mut self, (stream, _): (TcpStream, SocketAddr)) {
        let token = self.guests.insert(Connection::new(stream));
        self.book.comes(token);
    }

    #[handler(tokens = GUESTS)]
    fn line(&mut self, _: &mut Connection<ByteLines>, line: &[u8]) {
        for other in self.guests.iter_mut() {
            other.out.send(line);
            other.out.send(b"\n");
        }
    }

    #[closed(tokens = GUESTS)]
    fn gone(&mut self, cx: &mut Context<'_>, _: Connection<ByteLines>, _: Closed) {
        self.book.leaves(cx.token());
    }
}

pub fn chat(sim: &Sim) {
    let config = tight(sim);
    // The cap is judged after a write was tried, so not within a drain.
    let most = CAP + config.budget as usize * (LONGEST + 1);
    let app = sim.start_with(
        config,
        Chat {
            server: TcpListener::bind("127.0.0.1:7000").unwrap(),
            guests: Family::new(GUESTS).unsent(512, 2048, CAP),
            book: Book::default(),
        },
    );
    let unsent = app.clone();
    sim.always(
        "what is unsent is the hard cap and one drain's",
        move || {
            let is_within = |guest: &Connection<ByteLines>| guest.out.unsent().len() <= most;
            unsent.with(|app| app.guests.iter().all(is_within))
        },
    );
    let guests: Vec<_> = (0..2 + sim.draw(4))
        .map(|_| sim.client("127.0.0.1:7000"))
        .collect();
    let silent = sim.client("127.0.0.1:7000").reads_nothing();
    sim.run_for(Duration::from_secs(2));
    let mut said = vec![Vec::new(); guests.len()];
    for line in 0..sim.draw(40) {
        let speaker = sim.draw(guests.len() as u64) as usize;
        let length = sim.draw(LONGEST as u64 - 20) as usize;
        let text = format!("{speaker}:{line}:{}", "x".repeat(length));
        guests[speaker].send(format!("{text}\n"));
        said[speaker].push(text);
        sim.run_for(Duration::from_millis(sim.draw(50)));
    }
    sim.calm();
    silent.reads_on();
    sim.run_for(Duration::from_secs(1_000));
    // Those who were let in, and neither cut off nor too slow.
    let stays = |at: usize| !guests[at].was_cut() && !guests[at].has_ended();
    for listener in (0..guests.len()).filter(|at| stays(*at)) {
        let heard = String::from_utf8(guests[listener].received()).unwrap();
        for (speaker, said) in said.iter().enumerate() {
            let of_speaker = |line: &&str| line.starts_with(&format!("{speaker}:"));
            let heard: Vec<_> = heard.lines().filter(of_speaker).collect();
            let expected = match speaker == listener {
                true => &[][..],
                false => &said[..],
            };
            let whole = heard == expected;
            let begins = expected.starts_with(
                &heard
                    .iter()
                    .map(|line| (*line).to_owned())
                    .collect::<Vec<_>>(),
            );
            assert!(
                whole || (begins && !stays(speaker)),
                "{listener} has not heard what {speaker} has said"
            );
        }
    }
}
