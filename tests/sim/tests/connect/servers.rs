//! Servers that a test plays, which are not always there.

use std::time::Duration;

use miocene::sim::{Listening, Peer, Sim};

pub const LIVE: &str = "127.0.0.1:7000";
pub const PATH: &str = "/run/live";

/// One end of a connection that somebody has made to the servers.
pub struct Guest {
    pub peer: Peer,
    /// It goes without having read all.
    pub hasty: bool,
}

/// The servers, and whoever has come to them.
pub struct Servers {
    live: Option<Listening>,
    path: Listening,
    pub guests: Vec<Guest>,
}

impl Servers {
    pub fn begin(sim: &Sim) -> Servers {
        Servers {
            live: Some(sim.listen(LIVE)),
            path: sim.listen_unix(PATH),
            guests: Vec::new(),
        }
    }

    /// Whoever has come is let in, and sent away in some way.
    pub fn let_in(&mut self, sim: &Sim) {
        let live = self.live.as_ref().expect("it listens");
        while let Some(peer) = live.accept().or_else(|| self.path.accept()) {
            let how = sim.draw(8);
            match how {
                0 => peer.resets(),
                1 => peer.closes(),
                _ => {
                    for _ in 0..sim.draw(3) {
                        peer.wait(Duration::from_millis(sim.draw(500)));
                        peer.send("hello");
                    }
                    peer.half_closes();
                }
            }
            let hasty = how < 2;
            self.guests.push(Guest { peer, hasty });
        }
    }

    /// For a time nobody listens, or nobody answers.
    pub fn are_away(&mut self, sim: &Sim) {
        let length = Duration::from_millis(sim.draw(3_000));
        let live = self.live.take().expect("it listens");
        self.live = Some(match sim.draw(2) {
            0 => {
                live.closes();
                sim.run_for(length);
                sim.listen(LIVE)
            }
            _ => {
                let live = live.answers_nobody();
                sim.run_for(length);
                live.answers_again();
                live
            }
        });
    }
}
