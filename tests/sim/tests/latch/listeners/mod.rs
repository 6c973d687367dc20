//! Two listeners that fill one family, which has room for one. They are single sources,
//! or members of a family of their own.

mod server;

use std::hash::{Hash, Hasher};
use std::time::Duration;

use miocene::net::TcpListener;
use miocene::sim::{App, Peer, Queue, Sim};
use miocene::{Family, Readiness, Token};

use crate::walk::{LONG, MOMENT, Subject, run, tight};
use server::{CLIENTS, DOORS, ONE, Server, TWO};

const ADDRESSES: [&str; 2] = ["127.0.0.1:7000", "127.0.0.1:7001"];
/// Clients of a listener, at the most.
const MANY: usize = 4;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    Turn,
    TimePasses,
    /// So many clients connect.
    Connect(usize, usize),
    /// There are no descriptors any more, or there are.
    Exhaust,
    CloseOne,
    AskPause(usize),
    PauseOrResume(usize),
    /// Of a member.
    LeaveOrReturn(usize),
    Spurious(usize),
}

pub use Action::*;

pub struct Listeners<const MEMBERS: bool> {
    app: App<Server>,
    tokens: [Token; 2],
    clients: [Vec<Peer>; 2],
    exhausted: bool,
    /// A listener may rest.
    rests: bool,
    _keeper: Queue<()>,
}

impl<const MEMBERS: bool> Subject for Listeners<MEMBERS> {
    type Action = Action;

    fn script() -> String {
        String::new()
    }

    fn begin(sim: &Sim) -> Self {
        let [one, two] = ADDRESSES.map(|address| TcpListener::bind(address).unwrap());
        let mut doors = Family::new(DOORS);
        let (mut tokens, mut singles) = ([ONE, TWO], [one, two]);
        if MEMBERS {
            // In their fields are others, to which nobody comes.
            let others = [(); 2].map(|()| TcpListener::bind("127.0.0.1:0").unwrap());
            tokens = std::mem::replace(&mut singles, others).map(|door| doors.insert(door));
        }
        let [one, two] = singles;
        let (queue, keeper) = sim.twin();
        let server = Server {
            one,
            two,
            keeper,
            doors,
            left: [None, None],
            clients: Family::new(CLIENTS)
                .cap(1)
                .idle(Duration::MAX)
                .message(Duration::MAX),
            pauses: [false; 2],
            paused: [false; 2],
            accepted: [0; 2],
        };
        let app = sim.start_with(tight(8), server);
        app.turn_once();
        Listeners {
            app,
            tokens,
            clients: [Vec::new(), Vec::new()],
            exhausted: false,
            rests: false,
            _keeper: queue,
        }
    }

    fn act(&mut self, sim: &Sim, action: Action) -> bool {
        match action {
            Turn => {
                self.app.turn_once();
                true
            }
            TimePasses => {
                Sim::pass(LONG);
                self.rests = self.exhausted;
                true
            }
            Connect(number, count) => {
                let clients = &mut self.clients[number];
                clients.extend((0..count).map(|_| sim.client(ADDRESSES[number])));
                Sim::pass(MOMENT);
                clients.len() <= MANY
            }
            Exhaust => {
                self.exhausted = !self.exhausted;
                self.rests = true;
                self.limit(sim);
                true
            }
            CloseOne => self.app.change(Server::close_one),
            AskPause(number) => self.app.change(|server| {
                let asks = !server.pauses[number] && !server.paused[number];
                server.pauses[number] = true;
                asks
            }),
            PauseOrResume(number) => {
                let paused = self.app.with(|server| server.paused[number]);
                self.pause(number, !paused)
            }
            LeaveOrReturn(number) => {
                let token = self.tokens[number];
                self.returns(number) || self.app.change(|server| server.doors.leave(token))
            }
            Spurious(number) => {
                let token = self.tokens[number];
                self.app.deliver(token, Readiness::READABLE).unwrap();
                true
            }
        }
    }

    fn hash(&self, hasher: &mut impl Hasher) {
        self.app.inspect().hash(hasher);
        self.app.with(|server| {
            (server.pauses, server.paused).hash(hasher);
            let left = server.left.each_ref().map(Option::is_some);
            (left, self.tokens.map(|token| server.doors.contains(token))).hash(hasher);
            for (clients, accepted) in self.clients.iter().zip(server.accepted) {
                (clients.len(), accepted).hash(hasher);
            }
        });
        (self.exhausted, self.rests).hash(hasher);
    }

    fn check(&self) -> Result<(), String> {
        self.app.check()?;
        match self.app.is_running() {
            true => Ok(()),
            false => Err("the loop has ended".to_owned()),
        }
    }

    fn is_at_rest(&self) -> Result<(), String> {
        self.app.with(|server| {
            for number in 0..2 {
                let waits = server.accepted[number] < self.clients[number].len();
                let here = !MEMBERS || server.doors.contains(self.tokens[number]);
                let free = here && !server.paused[number] && !self.rests;
                let may = server.clients.has_room() && free;
                if waits && may {
                    return Err(format!("listener {number} is stalled"));
                }
            }
            Ok(())
        })
    }

    fn finish(mut self, sim: &Sim) -> Result<(), String> {
        run(&self.app, &self)?;
        self.exhausted = false;
        self.limit(sim);
        self.app.change(|server| server.pauses = [false; 2]);
        for number in 0..2 {
            if !self.returns(number) {
                self.pause(number, false);
            }
        }
        run(&self.app, &self)?;
        Sim::pass(LONG);
        self.rests = false;
        run(&self.app, &self)?;
        while self.app.change(Server::close_one) {
            run(&self.app, &self)?;
        }
        let accepted = self.app.with(|server| server.accepted);
        for (clients, accepted) in self.clients.iter().zip(accepted) {
            let all_ended = clients.iter().all(Peer::has_ended);
            if accepted != clients.len() || !all_ended {
                return Err(format!("of {} clients {accepted} came in", clients.len()));
            }
        }
        Ok(())
    }
}

impl<const MEMBERS: bool> Listeners<MEMBERS> {
    /// Whether it could be paused, or resumed.
    fn pause(&self, number: usize, pauses: bool) -> bool {
        let token = self.tokens[number];
        let changed = match (MEMBERS, pauses) {
            (true, true) => self.app.change(|server| server.doors.pause(token)),
            (true, false) => self.app.change(|server| server.doors.resume(token)),
            (false, _) => self.app.context(|cx| {
                match pauses {
                    true => cx.pause(token),
                    false => cx.resume(token),
                }
                true
            }),
        };
        if changed {
            self.app.change(|server| server.paused[number] = pauses);
        }
        changed
    }

    /// Who has left is inserted again.
    fn returns(&mut self, number: usize) -> bool {
        let inserted = self.app.change(|server| {
            let door = server.left[number].take()?;
            Some(server.doors.insert(door))
        });
        self.tokens[number] = inserted.unwrap_or(self.tokens[number]);
        inserted.is_some()
    }

    fn limit(&self, sim: &Sim) {
        sim.limit_descriptors(match self.exhausted {
            true => 0,
            false => usize::MAX,
        });
    }
}
