//! What has happened, to be read, and to be compared.

use std::collections::VecDeque;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::time::Duration;

use mio::Token;

use super::{Key, LoopKey, PeerKey, World};
use crate::Readiness;
use crate::sim::site::Site;

/// The last lines, and a sum of all.
#[derive(Default)]
pub(in crate::sim) struct Trace {
    lines: VecDeque<(Duration, What)>,
    sum: DefaultHasher,
}

const KEPT: usize = 100_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(in crate::sim) enum What {
    Listens(Key),
    Connects(Key),
    Waits(Key, Key),
    Failed(Key, i32),
    Accepted(Key),
    Registered(Key, LoopKey, Token),
    /// With the bits of the readiness.
    Event(LoopKey, Token, u16),
    Read(Key, u32),
    Wrote(Key, u32),
    Shut(Key),
    Closed(Key),
    Arrived(Key, u32),
    WasReset(Key),
    Acts(PeerKey, &'static str),
    PeerEnded(PeerKey),
    Fault(Site, u64),
    Finished(LoopKey),
    Calm,
}

impl Trace {
    pub(super) fn add(&mut self, at: Duration, what: What) {
        if self.lines.len() == KEPT {
            self.lines.pop_front();
        }
        self.lines.push_back((at, what));
        (at, what).hash(&mut self.sum);
    }

    /// What an application has written: two runs that differ in nothing else are
    /// not the same.
    pub(super) fn add_content(&mut self, bytes: &[u8]) {
        bytes.hash(&mut self.sum);
    }

    pub(in crate::sim) fn sum(&self) -> u64 {
        self.sum.finish()
    }

    pub(in crate::sim) fn lines(&self) -> impl DoubleEndedIterator<Item = (Duration, What)> + '_ {
        self.lines.iter().copied()
    }
}

impl World {
    /// A line of the trace, for people.
    pub(in crate::sim) fn line(&self, at: Duration, what: What) -> String {
        let text = match what {
            What::Listens(key) => format!("{} listens", self.name(key)),
            What::Connects(key) => format!("{} connects", self.name(key)),
            What::Waits(key, at) => format!("{} waits at {}", self.name(key), self.name(at)),
            What::Failed(key, error) => {
                let error = io::Error::from_raw_os_error(error);
                format!("{} cannot connect: {error}", self.name(key))
            }
            What::Accepted(key) => format!("{} is accepted", self.name(key)),
            What::Registered(key, of, token) => {
                format!(
                    "{} is registered as {}",
                    self.name(key),
                    self.token(of, token)
                )
            }
            What::Event(of, token, ready) => {
                let ready = Readiness::from_bits(ready);
                format!("application {of}: {} is {ready:?}", self.token(of, token))
            }
            What::Read(key, count) => format!("{} is read: {count} bytes", self.name(key)),
            What::Wrote(key, count) => format!("{} is written to: {count} bytes", self.name(key)),
            What::Shut(key) => format!("{} is shut down", self.name(key)),
            What::Closed(key) => format!("{} is closed", self.name(key)),
            What::Arrived(key, 0) => format!("the end arrives at {}", self.name(key)),
            What::Arrived(key, count) => format!("{count} bytes arrive at {}", self.name(key)),
            What::WasReset(key) => format!("{} is reset", self.name(key)),
            What::Acts(peer, what) => format!("peer {peer} {what}"),
            What::PeerEnded(peer) => format!("peer {peer} has read the end"),
            What::Fault(site, chosen) => format!("fault: {} {chosen}", site.name()),
            What::Finished(of) => format!("application {of} has finished"),
            What::Calm => "from here on there are no faults".to_owned(),
        };
        format!("{:>16.6}s  {text}", at.as_secs_f64())
    }

    fn name(&self, key: Key) -> String {
        match self.sockets[key as usize].peer {
            Some(peer) => format!("socket {key} of peer {peer}"),
            None => format!("socket {key}"),
        }
    }

    /// What a token of an application is called.
    pub(in crate::sim) fn token(&self, of: LoopKey, token: Token) -> String {
        match self.pollers[of].names {
            Some(names) => names(token),
            None => format!("{token:?}"),
        }
    }
}
