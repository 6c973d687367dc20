//! What stands in for mio's poll and the clock where a simulated world may be: each
//! of these is the real thing, or its model in the world of the thread.

use std::io;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use mio::{Registry, Token};

use super::hostile::Hostility;
use super::world::{self, LoopKey, Sleep, Wait};
use crate::system::production;
use crate::{Config, Readiness};

pub(crate) use super::sockets::*;

pub(crate) fn now() -> Instant {
    world::with(|world| world.instant()).unwrap_or_else(production::now)
}

pub(crate) fn families_made() -> u32 {
    world::with(|world| world.families_made()).unwrap_or_else(production::families_made)
}

/// The poll.
#[derive(Debug)]
pub(crate) enum Poll {
    Real(production::Poll, Hostility),
    Simulated {
        key: LoopKey,
        world: u32,
        asleep: bool,
    },
}

#[derive(Debug)]
pub(crate) struct Events {
    real: production::Events,
    taken: Vec<Event>,
}

/// What a wait has brought. The readiness was read from mio's event, or made by
/// the model.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Event {
    token: Token,
    ready: Readiness,
}

impl Event {
    pub(super) fn new(token: Token, ready: Readiness) -> Event {
        Event { token, ready }
    }

    pub(crate) fn token(&self) -> Token {
        self.token
    }
}

impl From<&Event> for Readiness {
    fn from(event: &Event) -> Readiness {
        event.ready
    }
}

impl Readiness {
    pub(crate) fn bit_by_bit(event: &Event) -> Readiness {
        event.ready
    }
}

pub(crate) fn is_asleep(poll: &Poll) -> bool {
    matches!(poll, Poll::Simulated { asleep: true, .. })
}

/// Whether there are events for the next wait already, of which the system does not
/// know any more.
pub(crate) fn holds_events(poll: &Poll) -> bool {
    matches!(poll, Poll::Real(_, hostility) if hostility.holds_events())
}

/// # Panics
///
/// Of a simulated loop: a host would sleep on its descriptor for ever.
#[allow(dead_code, reason = "nobody asks where mio's poll has none")]
pub(crate) fn must_have_a_descriptor(poll: &Poll) {
    let is_real = matches!(poll, Poll::Real(..));
    assert!(is_real, "a simulated loop has no descriptor to sleep on");
}

/// Sockets are registered with the loop that is turned.
pub(crate) fn note_turned(poll: &Poll) {
    if let Poll::Simulated { key, world: of, .. } = poll {
        world::with(|world| {
            if world.number == *of {
                world.turned = Some(*key);
            }
        });
    }
}

/// What a loop with these limits waits with. Who is to be misbehaved to takes one
/// item at a time.
pub(crate) fn poll(config: &mut Config) -> io::Result<Poll> {
    if config.hostile.is_some() {
        (config.budget, config.accepts) = (1, 1);
    }
    Poll::new(config)
}

impl Poll {
    fn new(config: &Config) -> io::Result<Poll> {
        let simulated = world::with(|world| Poll::Simulated {
            key: world.add_poller(),
            world: world.number,
            asleep: false,
        });
        match simulated {
            Some(poll) => Ok(poll),
            None => Ok(Poll::Real(production::Poll::new()?, Hostility::of(config))),
        }
    }

    /// Sources that are no simulated ones are registered somewhere, and nobody
    /// ever asks there.
    pub(crate) fn registry(&self) -> &Registry {
        static NOBODYS: OnceLock<production::Poll> = OnceLock::new();
        match self {
            Poll::Real(poll, _) => poll.registry(),
            Poll::Simulated { .. } => NOBODYS
                .get_or_init(|| production::Poll::new().expect("a poll for what is not simulated"))
                .registry(),
        }
    }

    /// The wait under way is over: what is waited for has been changed.
    pub(super) fn wake_up(&mut self) {
        if let Poll::Simulated { key, asleep, .. } = self {
            *asleep = false;
            world::with(|world| world.pollers[*key].sleep = Sleep::Awake);
        }
    }

    pub(crate) fn poll(
        &mut self,
        events: &mut Events,
        timeout: Option<Duration>,
    ) -> io::Result<()> {
        match self {
            Poll::Real(poll, hostility) => hostility.poll(poll, events, timeout),
            Poll::Simulated { key, world, asleep } => {
                // Also if it is interrupted.
                *asleep = false;
                *asleep = wait(*key, *world, events, timeout)? == Wait::Asleep;
                Ok(())
            }
        }
    }
}

/// Waits in the world of the thread. Who is turned step by step is told that the
/// wait goes on; for others the world goes on meanwhile.
fn wait(key: LoopKey, of: u32, events: &mut Events, timeout: Option<Duration>) -> io::Result<Wait> {
    let room = events.capacity();
    let waited = world::with(|world| {
        if world.number != of {
            return None;
        }
        let mut taken = Vec::new();
        loop {
            match world.wait(key, timeout, room, &mut taken) {
                Ok(Wait::Asleep) if !world.stepped => {
                    if !world.pass(key) {
                        return Some(Err(io::Error::other(world.nothing_can_happen())));
                    }
                }
                Ok(wait) => return Some(Ok((wait, taken))),
                Err(error) => return Some(Err(error)),
            }
        }
    });
    let gone = || io::Error::other("the simulated world of this loop is not that of the thread");
    let (wait, taken) = waited.flatten().ok_or_else(gone)??;
    // While a wait goes on, the events of the last one are still the last ones.
    if wait == Wait::Over {
        events.taken = taken;
    }
    Ok(wait)
}

impl Events {
    pub(crate) fn with_capacity(capacity: usize) -> Events {
        Events {
            real: production::Events::with_capacity(capacity),
            taken: Vec::new(),
        }
    }

    pub(crate) fn capacity(&self) -> usize {
        self.real.capacity()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.taken.is_empty()
    }

    pub(crate) fn clear(&mut self) {
        self.taken.clear();
    }

    pub(crate) fn iter(&self) -> std::slice::Iter<'_, Event> {
        self.taken.iter()
    }

    pub(super) fn poll(
        &mut self,
        poll: &mut production::Poll,
        timeout: Option<Duration>,
    ) -> io::Result<()> {
        self.taken.clear();
        poll.poll(&mut self.real, timeout)?;
        let taken = self
            .real
            .iter()
            .map(|event| Event::new(event.token(), Readiness::from(event)));
        self.taken.extend(taken);
        Ok(())
    }

    pub(super) fn taken(&mut self) -> &mut Vec<Event> {
        &mut self.taken
    }
}
/// What wakes a loop.
#[derive(Debug)]
pub(crate) enum Waker {
    Real(production::Waker),
    Simulated { key: LoopKey, world: u32 },
}

impl Waker {
    pub(crate) fn new(registry: &Registry, token: Token) -> io::Result<Waker> {
        let simulated = world::with(|world| {
            let (key, world) = (world.turned()?, world.number);
            Ok(Waker::Simulated { key, world })
        });
        match simulated {
            Some(waker) => waker,
            None => production::Waker::new(registry, token).map(Waker::Real),
        }
    }

    pub(crate) fn wake(&self) -> io::Result<()> {
        match self {
            Waker::Real(waker) => waker.wake(),
            Waker::Simulated { key, world: of } => {
                // Of a world that is no more, nobody is to be woken.
                world::with(|world| {
                    if world.number == *of {
                        world.pollers[*key].woken = true;
                    }
                });
                Ok(())
            }
        }
    }
}
