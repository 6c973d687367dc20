//! The poller: which edges it owes, and what a wait for them gives.
//!
//! As epoll does with EPOLLET: what wakes a socket puts it into its loop's list,
//! once, if the loop asks for that. A wait takes the list and asks each socket what
//! it is ready for now; what is ready for nothing is passed over. To register, once
//! or again, puts it into the list.

use std::collections::{BTreeSet, VecDeque};
use std::io;
use std::mem;
use std::ops::{Index, IndexMut};
use std::time::Duration;

use mio::Token;

use super::socket::{Kind, Registration};
use super::{Happening, Key, What, World};
use crate::Readiness;
use crate::sim::batch::{self, UNEARNED};
use crate::sim::site::Site;
use crate::system::Event;
use crate::wake::WAKE;

pub(in crate::sim) type LoopKey = u32;

#[derive(Default)]
pub(in crate::sim) struct Pollers(Vec<Poller>);

#[derive(Default)]
pub(in crate::sim) struct Poller {
    ready: VecDeque<Key>,
    registered: Vec<Key>,
    /// All tokens that a socket was ever registered under.
    pub(in crate::sim) known: BTreeSet<Token>,
    /// Tokens of sockets that are no longer registered, the last few.
    former: VecDeque<Token>,
    pub(in crate::sim) sleep: Sleep,
    pub(super) interrupted: bool,
    /// Its waker was used.
    pub(in crate::sim) woken: bool,
    /// How the tokens of its application are called.
    pub(in crate::sim) names: Option<fn(Token) -> String>,
}

/// Whether a wait is under way, and until when.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in crate::sim) enum Sleep {
    #[default]
    Awake,
    Until(Duration),
    ForEver,
}

/// What has changed at a socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Edge {
    /// Something has come.
    Input,
    /// There is room to write.
    Room,
    /// The state of the connection, of which everybody is told.
    Any,
}

/// What a wait came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sim) enum Wait {
    Over,
    /// It goes on: to be called again when something has happened.
    Asleep,
}

impl World {
    pub(in crate::sim) fn add_poller(&mut self) -> LoopKey {
        self.pollers.0.push(Poller::default());
        (self.pollers.0.len() - 1) as LoopKey
    }

    /// # Errors
    ///
    /// Those of epoll_ctl(2).
    pub(in crate::sim) fn register(
        &mut self,
        key: Key,
        registration: Registration,
    ) -> io::Result<()> {
        const REFUSALS: [i32; 2] = [libc::ENOSPC, libc::ENOMEM];

        let socket = &self.sockets[key as usize];
        if socket.registration.is_some() {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        if matches!(socket.kind, Kind::Stream(_)) {
            let chosen = self.choose(Site::Register, REFUSALS.len() as u64 + 1) as usize;
            if let Some(chosen) = chosen.checked_sub(1) {
                self.excuse_peer(key);
                return Err(io::Error::from_raw_os_error(REFUSALS[chosen]));
            }
        }
        let poller = &mut self.pollers[registration.of];
        self.sockets[key as usize].position = poller.registered.len();
        poller.registered.push(key);
        poller.known.insert(registration.token);
        self.watch(key, registration);
        Ok(())
    }

    pub(in crate::sim) fn reregister(
        &mut self,
        key: Key,
        registration: Registration,
    ) -> io::Result<()> {
        let known = self.sockets[key as usize].registration;
        if known.is_none_or(|known| known.of != registration.of) {
            return Err(io::ErrorKind::NotFound.into());
        }
        self.watch(key, registration);
        Ok(())
    }

    fn watch(&mut self, key: Key, registration: Registration) {
        self.sockets[key as usize].registration = Some(registration);
        self.log(What::Registered(key, registration.of, registration.token));
        self.wake(key, Edge::Any);
    }

    pub(in crate::sim) fn deregister(&mut self, key: Key) -> Option<()> {
        const REMEMBERED: usize = 8;

        let registration = self.sockets[key as usize].registration.take()?;
        let socket = &mut self.sockets[key as usize];
        let (position, pending) = (socket.position, mem::take(&mut socket.pending));
        let poller = &mut self.pollers[registration.of];
        poller.registered.swap_remove(position);
        if let Some(moved) = poller.registered.get(position) {
            self.sockets[*moved as usize].position = position;
        }
        if pending {
            poller.ready.retain(|ready| *ready != key);
        }
        poller.former.push_front(registration.token);
        poller.former.truncate(REMEMBERED);
        Some(())
    }

    /// An edge: the loop of the socket is told, if it asks for that.
    pub(super) fn wake(&mut self, key: Key, edge: Edge) {
        let socket = &mut self.sockets[key as usize];
        if let (Some(registration), false) = (socket.registration, socket.pending) {
            let asked = match edge {
                Edge::Input => registration.interest.is_readable(),
                Edge::Room => registration.interest.is_writable(),
                Edge::Any => true,
            };
            if asked {
                socket.pending = true;
                self.pollers[registration.of].ready.push_back(key);
            }
        }
    }

    /// Waits, or goes on waiting.
    pub(in crate::sim) fn wait(
        &mut self,
        of: LoopKey,
        timeout: Option<Duration>,
        room: usize,
        events: &mut Vec<Event>,
    ) -> io::Result<Wait> {
        let begins = self.pollers[of].sleep == Sleep::Awake;
        if begins {
            self.take_a_turns_time();
            self.unearned(of, events);
        }
        self.collect(of, room, events);
        let poller = &mut self.pollers[of];
        let over = match poller.sleep {
            Sleep::Awake => timeout == Some(Duration::ZERO),
            Sleep::Until(until) => until <= self.now,
            Sleep::ForEver => false,
        };
        if over || !events.is_empty() {
            poller.sleep = Sleep::Awake;
            return Ok(Wait::Over);
        }
        if mem::take(&mut poller.interrupted) && !begins {
            poller.sleep = Sleep::Awake;
            return Err(io::ErrorKind::Interrupted.into());
        }
        if begins {
            poller.sleep = match timeout.and_then(|timeout| self.now.checked_add(timeout)) {
                Some(until) => Sleep::Until(until),
                None => Sleep::ForEver,
            };
            if self.happens(Site::InterruptedWait) {
                let latency = self.latency();
                self.later(latency, Happening::Interrupts(of));
            }
        }
        Ok(Wait::Asleep)
    }

    /// The sockets that have an edge coming, in the order in which it came.
    pub(in crate::sim) fn edges(&self, of: LoopKey) -> impl Iterator<Item = Key> + '_ {
        self.pollers[of].ready.iter().copied()
    }

    /// Whether a call of `wait` may come to something.
    pub(in crate::sim) fn is_runnable(&self, of: LoopKey) -> bool {
        let poller = &self.pollers[of];
        let over = match poller.sleep {
            Sleep::Awake => true,
            Sleep::Until(until) => until <= self.now,
            Sleep::ForEver => false,
        };
        over || poller.interrupted || poller.woken || !poller.ready.is_empty()
    }

    /// The handlers of a turn take their time, and sometimes very long.
    fn take_a_turns_time(&mut self) {
        const TURN: Duration = Duration::from_micros(1);
        const SLOW: Duration = Duration::from_millis(1);
        const PAUSE: Duration = Duration::from_millis(100);

        let slow = SLOW * self.choose(Site::Slow, 50) as u32;
        let pause = PAUSE * self.choose(Site::Pause, 100) as u32;
        self.advance(self.now + TURN + slow + pause);
    }

    /// Events that nobody has earned, for somebody or for nobody.
    fn unearned(&mut self, of: LoopKey, events: &mut Vec<Event>) {
        let said = |chosen: u64| UNEARNED[chosen as usize % UNEARNED.len()];

        let registered = self.pollers[of].registered.len() as u64;
        let chosen = self.choose(Site::Spurious, registered * UNEARNED.len() as u64 + 1);
        if let Some(chosen) = chosen.checked_sub(1) {
            let key = self.pollers[of].registered[(chosen % registered) as usize];
            if let Some(registration) = self.sockets[key as usize].registration {
                events.push(Event::new(registration.token, said(chosen / registered)));
            }
        }
        let former = self.pollers[of].former.len() as u64;
        let chosen = self.choose(Site::Stale, former * UNEARNED.len() as u64 + 1);
        if let Some(chosen) = chosen.checked_sub(1) {
            let token = self.pollers[of].former[(chosen % former) as usize];
            events.push(Event::new(token, said(chosen / former)));
        }
    }

    /// Takes what is ready, as far as there is room.
    fn collect(&mut self, of: LoopKey, room: usize, events: &mut Vec<Event>) {
        let ready = self.pollers[of].ready.len();
        let mut room = room.saturating_sub(events.len()).min(ready);
        if ready > 1 {
            match self.choose(Site::SmallBatch, ready as u64) as usize {
                0 => {}
                chosen => room = room.min(chosen),
            }
        }
        let first = events.len();
        for _ in 0..ready {
            if events.len() - first == room {
                break;
            }
            let Some(key) = self.pollers[of].ready.pop_front() else {
                break;
            };
            self.sockets[key as usize].pending = false;
            if self.happens(Site::Late) {
                let latency = self.latency();
                self.later(latency, Happening::Wakes(key));
                continue;
            }
            events.extend(self.sockets[key as usize].event());
        }
        if events.len() - first < room.max(1) && mem::take(&mut self.pollers[of].woken) {
            events.push(Event::new(WAKE, Readiness::READABLE));
        }
        batch::shuffle(&mut events[first..], |bound| {
            self.choose(Site::Shuffle, bound)
        });
        for event in &events[first..] {
            let ready = Readiness::from(event);
            self.log(What::Event(of, event.token(), ready.bits()));
        }
    }
}

impl Index<LoopKey> for Pollers {
    type Output = Poller;

    fn index(&self, key: LoopKey) -> &Poller {
        &self.0[key as usize]
    }
}

impl IndexMut<LoopKey> for Pollers {
    fn index_mut(&mut self, key: LoopKey) -> &mut Poller {
        &mut self.0[key as usize]
    }
}
