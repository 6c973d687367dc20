//! Clients, as an application.

use std::time::Duration;

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
        // As patient as the system.
        let mut upstreams: Family<Connection<Bytes, Talk>> =
            Family::new(UPSTREAMS).connecting(Duration::MAX);
        for _ in 0..count {
            let length = 1 + sim.draw(1 << sim.draw(12)) as usize;
            let sent: Vec<u8> = (0..length).map(|_| sim.draw(256) as u8).collect();
            let talk = Talk {
                sent: sent.clone(),
                received: Vec::new(),
            };
            let asker = upstreams.connect(address(to), talk);
            let asker = upstreams.get_mut(asker).expect("just begun");
            asker.out.send(&sent);
            asker.finish();
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
