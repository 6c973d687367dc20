//! What is going to happen, in the order of time.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Duration;

use super::{Key, LoopKey, PeerKey};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::sim) enum Happening {
    /// What a client has sent to a listener's address arrives there.
    Connects(Key),
    /// The client hears of it.
    Connected(Key, Key),
    /// It comes to nothing, with this error.
    Fails(Key, i32),
    /// What a stream has sent arrives at the other end.
    Arrives(Key),
    /// A reset arrives at a stream.
    Reset(Key),
    /// A socket has its loop woken.
    Wakes(Key),
    /// A peer does the next thing that it is to do.
    Acts(PeerKey),
    /// A peer reads.
    Reads(PeerKey),
    /// A signal interrupts a wait.
    Interrupts(LoopKey),
}

#[derive(Default)]
pub(in crate::sim) struct Agenda {
    noted: BinaryHeap<Reverse<(Duration, u64, Happening)>>,
    /// Of two things at the same time, the one that was noted first is first.
    count: u64,
}

impl Agenda {
    pub(super) fn note(&mut self, at: Duration, what: Happening) {
        self.count += 1;
        self.noted.push(Reverse((at, self.count, what)));
    }

    pub(in crate::sim) fn next_at(&self) -> Option<Duration> {
        self.noted.peek().map(|Reverse((at, ..))| *at)
    }

    /// Whether a socket is going to have its loop woken, whatever comes meanwhile.
    pub(in crate::sim) fn wakes(&self, socket: Key) -> bool {
        let own = [Happening::Wakes(socket), Happening::Reset(socket)];
        let wakes = |noted: &Reverse<(Duration, u64, Happening)>| own.contains(&noted.0.2);
        self.noted.iter().any(wakes)
    }

    pub(super) fn take(&mut self) -> Option<(Duration, Happening)> {
        self.noted.pop().map(|Reverse((at, _, what))| (at, what))
    }
}
