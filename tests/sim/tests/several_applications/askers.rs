//! Clients, as an application.

use miocene::net::TcpStream;
use miocene::sim::{App, Sim};
use miocene::{Bytes, Closed, Connection, Family, Tokens, handlers};

use crate::address;

const UPSTREAMS: Tokens = Tokens::new(2);

/// What a client has sent, and what has come back.
#[derive(Default)]
pub struct Talk {
    pub sent: Vec<u8>,
    pub received: Vec<u8>,
}

/// Clients as an application: each sends something, ends its direction and reads.
pub struct Askers {
    pub upstreams: Family<Connection<Bytes, Talk>>,
    pub done: Vec<(Talk, String)>,
}

impl Askers {
    pub fn connect(sim: &Sim, to: &str, count: u64) -> Askers {
        let mut upstreams = Family::new(UPSTREAMS);
        for _ in 0..count {
            // To end a stream that is not connected yet is an error.
            let length = 1 + sim.draw(1 << sim.draw(12)) as usize;
            let sent: Vec<u8> = (0..length).map(|_| sim.draw(256) as u8).collect();
            let stream = TcpStream::connect(address(to)).unwrap();
            let talk = Talk {
                sent,
                received: Vec::new(),
            };
            let mut asker = Connection::with_state(stream, talk);
            asker.out.send(&asker.state.sent);
            asker.finish();
            upstreams.insert(asker);
        }
        Askers {
            upstreams,
            done: Vec::new(),
        }
    }
}

#[handlers]
impl Askers {
    #[handler(tokens = UPSTREAMS)]
    fn answered(&mut self, asker: &mut Connection<Bytes, Talk>, bytes: &[u8]) {
        asker.state.received.extend(bytes);
    }

    #[closed(tokens = UPSTREAMS)]
    fn gone(&mut self, asker: Connection<Bytes, Talk>, why: Closed) {
        self.done.push((asker.state, format!("{why:?}")));
    }
}

/// Why the askers have left, those that have.
pub fn left(askers: &App<Askers>) -> Vec<String> {
    askers.with(|askers| askers.done.iter().map(|(_, why)| why.clone()).collect())
}
