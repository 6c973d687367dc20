//! What a cell is about: a loop, its application, the members and their peers.

use std::collections::BTreeMap;
use std::io::Write;
use std::net::Shutdown;
use std::os::unix::net::UnixStream as Peer;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::Receiver;

use miocene::{EventLoop, Token};

use super::expected::{End, Expected, Fate};
use super::kind::Kind;
use crate::common::AT_ONCE;
use crate::hall::{Hall, What, received};

/// What a cell finds: the error says what is wrong.
pub type Checked = Result<(), String>;

/// A member as the test knows it.
pub struct Known {
    pub token: Token,
    pub peer: Peer,
    /// What came back until now.
    pub echo: Vec<u8>,
    pub at_end: bool,
}

pub struct Scene {
    pub event_loop: EventLoop,
    pub hall: Hall,
    pub known: BTreeMap<&'static str, Known>,
    /// What the verb has answered.
    pub answers: Receiver<bool>,
    /// One that the action inserts, with its token.
    pub inserted: Receiver<Token>,
    pub end: End,
    pub clients: Vec<std::net::TcpStream>,
}

impl Scene {
    pub fn know(&mut self, name: &'static str, token: Token, peer: Peer) {
        let (echo, at_end) = (Vec::new(), false);
        self.known.insert(
            name,
            Known {
                token,
                peer,
                echo,
                at_end,
            },
        );
    }

    pub fn insert<S: Kind>(&mut self, name: &'static str) -> Token {
        let (member, peer) = S::pair(name);
        let token = S::family(&mut self.hall).insert(member);
        self.know(name, token, peer);
        token
    }

    pub fn send(&mut self, name: &str, bytes: &[u8]) {
        // Who has gone cannot be sent anything.
        let _ = self
            .known
            .get_mut(name)
            .expect("a known name")
            .peer
            .write_all(bytes);
    }

    pub fn connect(&mut self) {
        let address = self.hall.server.local_addr().expect("an address");
        self.clients
            .push(std::net::TcpStream::connect(address).expect("a connection"));
    }

    /// A stop takes as long as it takes.
    pub fn waits_for(&mut self, end: End) {
        for _ in 0..1_000 {
            if self.end == end {
                return;
            }
            std::thread::yield_now();
            self.turns(1);
        }
    }

    pub fn turns(&mut self, count: usize) {
        for _ in 0..count {
            if self.end == End::GoesOn {
                let (event_loop, hall) = (&mut self.event_loop, &mut self.hall);
                let turned = catch_unwind(AssertUnwindSafe(|| event_loop.turn(hall, AT_ONCE)));
                self.end = match turned {
                    Ok(Ok(turn)) if turn.finished => End::Finished,
                    Ok(Ok(_)) => End::GoesOn,
                    Ok(Err(_)) => End::Fails,
                    Err(_) => End::Unwinds,
                };
            }
            for known in self.known.values_mut() {
                let (bytes, at_end) = received(&mut known.peer);
                known.echo.extend(bytes);
                if at_end && !known.at_end {
                    // As clients do; a loop that stops waits for it.
                    let _ = known.peer.shutdown(Shutdown::Write);
                    known.at_end = true;
                }
            }
        }
    }

    pub fn close(&mut self) {
        if self.end == End::GoesOn {
            self.event_loop.close(&mut self.hall);
        }
    }

    /// The invariants: of each token, `opened` first, `closed` last, and both
    /// once.
    pub fn judge_the_end(&self, expected: &Expected) -> Checked {
        let fates = [
            ("me", expected.me),
            ("busy", expected.busy),
            ("idle", expected.idle),
            ("heir", expected.heir),
            ("new", expected.new),
        ];
        for (name, fate) in fates {
            let Some(known) = self.known.get(name) else {
                continue;
            };
            let mut told = self.hall.told(known.token);
            told.retain(|what| !matches!(what, What::Failed(_)));
            let reason = self.hall.reason(known.token);
            let opened = told.iter().filter(|what| ***what == What::Opened).count();
            let closed = told
                .iter()
                .filter(|what| matches!(what, What::Closed(_)))
                .count();
            let right = match fate {
                Fate::Goes(why) => reason.is_some_and(|reason| reason.starts_with(why)),
                Fate::Dropped => reason.is_none(),
                Fate::Stays | Fate::Silent => reason == Some("Stopped"),
            };
            if !right {
                return Err(format!("{name} left with {reason:?}, where it is {fate:?}"));
            }
            if opened != 1 || told.first() != Some(&&What::Opened) {
                return Err(format!("{name} was told {told:?}"));
            }
            let last = matches!(told.last(), Some(What::Closed(_)));
            if fate != Fate::Dropped && (closed != 1 || !last) {
                return Err(format!("{name} was told {told:?}"));
            }
        }
        self.judge_counters()
    }

    fn judge_counters(&self) -> Checked {
        let counted = format!("{:?}", self.event_loop.counters().closed);
        let numbers = counted.split(|c: char| !c.is_ascii_digit());
        let counted: usize = numbers
            .filter_map(|number| number.parse::<usize>().ok())
            .sum();
        let told = |is: fn(&What) -> bool| self.hall.log.iter().filter(|t| is(&t.what)).count();
        let closed = told(|what| matches!(what, What::Closed(_)));
        if counted != closed {
            return Err(format!("{counted} are counted as closed, {closed} were"));
        }
        let opened = told(|what| *what == What::Opened);
        if self.event_loop.counters().opened != opened as u64 {
            return Err(format!("{opened} were opened, and it is counted otherwise"));
        }
        Ok(())
    }
}
