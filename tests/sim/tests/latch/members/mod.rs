//! Two connections of one family.

mod server;

use std::array;
use std::cell::RefCell;
use std::hash::{Hash, Hasher};
use std::rc::Rc;
use std::time::Duration;

use miocene::sim::{App, Queue, Sim};
use miocene::{Connection, Family, LengthPrefixed, Readiness, Token};

use crate::walk::{LONG, MOMENT, Subject, buffer_of, run, tight};
use server::{CLIENTS, Client, Kind, Known, Server};

pub use server::{Ask, FRAME};

/// What can happen, to one of two or to both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    Turn,
    TimePasses,
    /// So many bytes arrive.
    Arrive(usize, usize),
    PeerReads(usize),
    PeerHalfCloses(usize),
    PeerCloses(usize),
    PeerResets(usize),
    Asks(usize, Ask),
    PauseOrResume(usize),
    LeaveOrReturn(usize),
    Close(usize),
    Spurious(usize),
}

pub use Action::*;

/// All that can happen, of which `of_one` is what can happen to one of the two.
pub fn all(of_one: &[fn(usize) -> Action]) -> Vec<Action> {
    let of_both = [0, 1].map(|number| of_one.iter().map(move |action| action(number)));
    let of_all = [Turn, TimePasses].into_iter();
    of_all.chain(of_both.into_iter().flatten()).collect()
}

pub struct Members<S> {
    app: App<Server<S>>,
    known: Rc<[RefCell<Known<S>>; 2]>,
    _keeper: Queue<()>,
}

impl<S: Kind> Subject for Members<S> {
    type Action = Action;

    /// A peer that does not read takes one answer, and the system another.
    fn script() -> String {
        let four = buffer_of(FRAME);
        let (peer, ours) = match S::STAYS {
            // The pair is made in one go, ours first.
            true => ([1, 3], [0, 2]),
            false => ([0, 2], [1, 3]),
        };
        let receives = peer.map(|number| format!("receive-buffer@{number}={four} "));
        let sends = ours.map(|number| format!("send-buffer@{number}={four} "));
        receives.concat() + &sends.concat()
    }

    fn begin(sim: &Sim) -> Members<S> {
        let mut clients = Family::new(CLIENTS)
            .unsent(0, FRAME, 1000)
            .idle(Duration::MAX)
            .message(Duration::MAX)
            .linger(LONG / 10, FRAME);
        let known = Rc::new(array::from_fn(|number| {
            let (stream, peer) = S::pair(sim, number as u16);
            let framing = LengthPrefixed::u16_be();
            let client = Connection::with_framing(stream, framing, number);
            let token = clients.insert(client);
            RefCell::new(Known::of(peer.reads_nothing(), token))
        }));
        let (queue, keeper) = sim.twin();
        let server = Server {
            keeper,
            clients,
            known: Rc::clone(&known),
            wrong: None,
        };
        let app = sim.start_with(tight(S::EVENTS), server);
        app.turn_once();
        Members {
            app,
            known,
            _keeper: queue,
        }
    }

    fn act(&mut self, _: &Sim, action: Action) -> bool {
        match action {
            Turn => {
                self.app.turn_once();
                true
            }
            TimePasses => {
                Sim::pass(LONG);
                true
            }
            Arrive(number, count) => self.peer(number, |known| known.send(count)),
            PeerReads(number) => self.peer(number, |known| {
                known.peer.reads_on();
                Sim::pass(MOMENT);
                let _ = known.peer.clone().reads_nothing();
            }),
            PeerHalfCloses(number) => self.peer(number, |known| {
                known.peer.half_closes();
                known.half_closed = true;
            }),
            PeerCloses(number) => self.peer(number, |known| {
                known.peer.closes();
                (known.given_up, known.peer_gone) = (true, true);
            }),
            PeerResets(number) => self.peer(number, |known| {
                known.peer.resets();
                (known.given_up, known.peer_gone) = (true, true);
            }),
            Asks(number, ask) => self.peer(number, |known| known.ask = Some(ask)),
            PauseOrResume(number) => self.host(number, |known, clients, token| {
                let changes = match known.paused {
                    true => clients.resume(token),
                    false => clients.pause(token),
                };
                known.paused ^= changes;
                changes
            }),
            LeaveOrReturn(number) => {
                self.returns(number) || self.host(number, |_, clients, token| clients.leave(token))
            }
            Close(number) => self.host(number, |known, clients, token| {
                known.given_up = true;
                clients.close(token)
            }),
            Spurious(number) => {
                let token = self.known[number].borrow().token;
                if let Some(token) = token {
                    self.app.deliver(token, Readiness::READABLE).unwrap();
                }
                token.is_some()
            }
        }
    }

    fn hash(&self, hasher: &mut impl Hasher) {
        self.app.inspect().hash(hasher);
        self.app.with(|server| {
            for known in &*self.known {
                let known = &*known.borrow();
                let here = known.token.map(|token| server.clients.contains(token));
                (here, known.left.is_some(), known.ask, known.paused).hash(hasher);
                (known.sent - known.handled * FRAME, known.ends).hash(hasher);
                (known.half_closed, known.given_up).hash(hasher);
                (known.peer_gone, known.gone).hash(hasher);
            }
        });
    }

    fn check(&self) -> Result<(), String> {
        self.app.check()?;
        if !self.app.is_running() {
            return Err("the loop has ended".to_owned());
        }
        match self.app.with(|server| server.wrong.clone()) {
            Some(wrong) => Err(wrong),
            None => Ok(()),
        }
    }

    fn is_at_rest(&self) -> Result<(), String> {
        self.app.with(|server| {
            let stalled = |known: &RefCell<Known<S>>| {
                let known = known.borrow();
                let client = known.token.and_then(|token| server.clients.get(token));
                let reads = client.is_some_and(|client| client.out.unsent().is_empty());
                let held = known.paused || known.given_up || known.ends > 0;
                reads && !held && !known.is_handled()
            };
            match self.known.iter().position(stalled) {
                Some(number) => Err(format!("client {number} is stalled")),
                None => Ok(()),
            }
        })
    }

    fn finish(self, _: &Sim) -> Result<(), String> {
        run(&self.app, &self)?;
        for number in 0..2 {
            self.returns(number);
            let known = &mut *self.known[number].borrow_mut();
            known.ask = None;
            known.peer.reads_on();
            if let Some(token) = known.token {
                self.app.change(|server| server.clients.resume(token));
            }
        }
        run(&self.app, &self)?;
        Sim::pass(LONG);
        run(&self.app, &self)?;
        for (number, known) in self.known.iter().enumerate() {
            let known = known.borrow();
            known.is_served().map_err(|what| {
                let (sent, handled) = (known.sent, known.handled);
                format!("client {number}, {sent} bytes, {handled} handled: {what}")
            })?;
        }
        Ok(())
    }
}

impl<S: Kind> Members<S> {
    /// What a peer does, or is known of one, that is not gone.
    fn peer(&self, number: usize, does: impl FnOnce(&mut Known<S>)) -> bool {
        let known = &mut *self.known[number].borrow_mut();
        let here = !known.gone && !known.peer_gone;
        if here {
            does(known);
        }
        here
    }

    /// What the host does to a member.
    fn host(
        &self,
        number: usize,
        does: impl FnOnce(&mut Known<S>, &mut Family<Client<S>>, Token) -> bool,
    ) -> bool {
        let known = &mut *self.known[number].borrow_mut();
        known.token.is_some_and(|token| {
            self.app
                .change(|server| does(known, &mut server.clients, token))
        })
    }

    /// Who has left is inserted again.
    fn returns(&self, number: usize) -> bool {
        let known = &mut *self.known[number].borrow_mut();
        let Some(client) = known.left.take() else {
            return false;
        };
        known.token = Some(self.app.change(|server| server.clients.insert(client)));
        // Who comes back finds the end once more.
        known.ends = 0;
        true
    }
}
