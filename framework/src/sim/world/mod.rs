//! The model of a system: sockets, a network, a poller that owes the edges
//! which epoll owes, and a clock. All of it is data; whatever could be otherwise
//! is asked of [`Choices`].

mod agenda;
mod connecting;
mod ending;
mod listener;
mod names;
mod network;
mod outlook;
mod peers;
mod poller;
mod readiness;
mod socket;
mod stream;
mod trace;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use super::choices::Choices;
use super::site::Site;

pub(super) use agenda::{Agenda, Happening};
pub(super) use names::Name;
pub(super) use peers::{Action, End, Peer, PeerKey, Reads};
pub(super) use poller::{LoopKey, Pollers, Sleep, Wait};
pub(super) use socket::{Key, Kind, Listening, Registration, Socket, Stream};
pub(super) use trace::{Trace, What};

pub(super) struct World {
    pub(super) number: u32,
    /// What the clock showed when it began.
    epoch: Instant,
    /// Since then.
    pub(super) now: Duration,
    pub(super) choices: Choices,
    pub(super) agenda: Agenda,
    pub(super) sockets: Vec<Socket>,
    pub(super) listening: BTreeMap<Name, Key>,
    pub(super) pollers: Pollers,
    pub(super) peers: Vec<Peer>,
    pub(super) trace: Trace,
    /// How many sockets applications have, and may have.
    pub(super) open: usize,
    pub(super) limit: usize,
    /// Unexpected accept errors in a row.
    unexpected: u32,
    /// What the oracles of peers have found.
    pub(super) wrong: Option<String>,
    next_port: u16,
    /// Addresses that are not reached, until when, and with which error.
    cut_off: BTreeMap<Name, (Duration, i32)>,
    families: u32,
    /// An application is turned step by step; a wait then returns to whoever
    /// does that, in place of having the world go on.
    pub(super) stepped: bool,
    /// The loop that is turned, or was last.
    pub(super) turned: Option<LoopKey>,
}

thread_local! {
    /// The worlds of this thread. It is in the last one.
    static WORLDS: RefCell<Vec<Rc<RefCell<World>>>> = const { RefCell::new(Vec::new()) };
}

/// Something in the world of this thread, if it is in one.
#[inline]
pub(super) fn with<T>(does: impl FnOnce(&mut World) -> T) -> Option<T> {
    // At the end of a thread there is nothing any more.
    WORLDS
        .try_with(|worlds| {
            let worlds = worlds.borrow();
            Some(does(&mut worlds.last()?.borrow_mut()))
        })
        .ok()
        .flatten()
}

/// Has this thread be in a world.
pub(super) fn enter(world: Rc<RefCell<World>>) {
    WORLDS.with(|worlds| worlds.borrow_mut().push(world));
}

/// Ends a world, whichever of them this thread is in.
pub(super) fn leave(world: &Rc<RefCell<World>>) {
    WORLDS.with(|worlds| {
        let mut worlds = worlds.borrow_mut();
        worlds.retain(|other| !Rc::ptr_eq(other, world));
    });
}

/// The world that this thread is in.
pub(super) fn current() -> Option<Rc<RefCell<World>>> {
    WORLDS.with(|worlds| worlds.borrow().last().cloned())
}

impl World {
    pub(super) fn new(choices: Choices) -> World {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        World {
            number: NUMBER.fetch_add(1, Ordering::Relaxed),
            epoch: Instant::now(),
            now: Duration::ZERO,
            choices,
            agenda: Agenda::default(),
            sockets: Vec::new(),
            listening: BTreeMap::new(),
            pollers: Pollers::default(),
            peers: Vec::new(),
            trace: Trace::default(),
            open: 0,
            limit: usize::MAX,
            unexpected: 0,
            wrong: None,
            next_port: 49_152,
            cut_off: BTreeMap::new(),
            families: 0,
            stepped: false,
            turned: None,
        }
    }

    pub(super) fn instant(&self) -> Instant {
        self.epoch + self.now
    }

    pub(super) fn families_made(&mut self) -> u32 {
        self.families += 1;
        self.families
    }

    pub(super) fn later(&mut self, delay: Duration, what: Happening) {
        self.agenda.note(self.now + delay, what);
    }

    /// Lets time pass, with all that happens meanwhile.
    pub(super) fn advance(&mut self, until: Duration) {
        while self.agenda.next_at().is_some_and(|at| at <= until) {
            self.happen();
        }
        self.now = self.now.max(until);
    }

    /// The next thing that happens, whenever that is.
    pub(super) fn happen(&mut self) -> bool {
        let Some((at, what)) = self.agenda.take() else {
            return false;
        };
        self.now = self.now.max(at);
        match what {
            Happening::Connects(client) => self.connects(client),
            Happening::Connected(client, server) => self.connected(client, server),
            Happening::Fails(client, error) => self.fails(client, error),
            Happening::Arrives(sender) => self.arrives(sender),
            Happening::Reset(stream) => self.reset_arrives(stream),
            Happening::Wakes(socket) => self.wake(socket, poller::Edge::Any),
            Happening::Acts(peer) => self.peer_acts(peer),
            Happening::Reads(peer) => self.peer_reads(peer),
            Happening::Interrupts(of) => self.pollers[of].interrupted = true,
        }
        true
    }

    /// From now on there are no faults.
    pub(super) fn calm(&mut self) {
        self.choices.calm();
        self.cut_off.clear();
        self.log(What::Calm);
    }

    /// How long something is on its way.
    pub(super) fn latency(&mut self) -> Duration {
        const MOMENT: Duration = Duration::from_micros(20);
        // Up to a third of a second, mostly far less.
        let chosen = self.choose(Site::Latency, 128) as u32;
        MOMENT * (1 + chosen * chosen)
    }

    /// Decides something; 0 is the plain thing.
    #[inline]
    pub(super) fn choose(&mut self, site: Site, bound: u64) -> u64 {
        let chosen = self.choices.choose(site, bound);
        if chosen != 0 && site.is_fault() {
            self.log(What::Fault(site, chosen));
        }
        chosen
    }

    pub(super) fn happens(&mut self, fault: Site) -> bool {
        self.choose(fault, 2) == 1
    }

    pub(super) fn log(&mut self, what: What) {
        self.trace.add(self.now, what);
    }
}
