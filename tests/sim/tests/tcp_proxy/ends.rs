//! The ends of links, as the tests have them behave.

use std::iter;
use std::time::Duration;

use miocene::sim::{Peer, Sim};

use crate::common;

/// Bytes that say whose they are by the first, and where they belong.
pub fn content(number: u8, length: usize) -> Vec<u8> {
    let byte = |offset: usize| {
        let mixed = (offset as u64 ^ u64::from(number) << 40).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        (mixed >> 56) as u8
    };
    let bytes = iter::once(number).chain((1..).map(byte));
    bytes.take(length).collect()
}

/// It stays as it is for so long.
pub fn stays_silent(sim: &Sim, length: Duration, is_so: impl Fn() -> bool) {
    sim.run_for(length);
    assert!(is_so());
}

/// One end of a link, and what it was told to do.
pub struct End {
    pub number: u8,
    pub peer: Peer,
    sends: Vec<u8>,
    /// It sends all, ends its direction, and reads up to the end.
    is_good: bool,
    /// It will see the end that its connection comes to.
    sees_the_end: bool,
}

impl End {
    pub fn some(sim: &Sim, peer: Peer, number: u8) -> End {
        let (peer, bits) = match sim.draw(8) {
            0 => (peer.reads_slowly(), 10),
            1 => (peer.sends_a_byte_at_a_time(), 6),
            2 => (peer, 17),
            _ => (peer, 12),
        };
        let mut end = End {
            number,
            peer,
            sends: content(number, 1 + common::some_length(sim, bits)),
            is_good: true,
            sees_the_end: true,
        };
        match sim.draw(3) {
            1 => end.behaves_badly(sim),
            _ => end.behaves_well(sim),
        }
        end
    }

    /// Sends in some pieces, and is never silent for as long as it may not be.
    fn behaves_well(&mut self, sim: &Sim) {
        let mut rest = &self.sends[..];
        while !rest.is_empty() {
            if sim.draw(4) == 1 {
                let pause = common::some_time(sim, Duration::from_secs(60));
                self.peer.wait(pause);
            }
            let length = match sim.draw(3) {
                1 => 1 + sim.draw(rest.len() as u64) as usize,
                _ => rest.len(),
            };
            self.peer.send(&rest[..length]);
            rest = &rest[length..];
        }
        self.peer.half_closes();
    }

    fn behaves_badly(&mut self, sim: &Sim) {
        self.is_good = false;
        if sim.draw(2) == 1 {
            self.peer = self.peer.clone().reads_nothing();
            self.sees_the_end = false;
        }
        self.peer.send(&self.sends);
        self.peer
            .wait(common::some_time(sim, Duration::from_millis(50)));
        match sim.draw(5) {
            0 => {
                self.peer.vanishes();
                self.sees_the_end = false;
            }
            1 => {
                self.peer.closes();
                self.sees_the_end = false;
            }
            2 => self.peer.resets(),
            3 => self.peer.half_closes(),
            // Stays, and says no more.
            _ => {}
        }
    }

    /// Whether it has come to its end, if it is one that will see it.
    pub fn is_over(&self) -> bool {
        !self.sees_the_end || self.peer.has_ended() || self.peer.was_cut()
    }

    /// Whether what becomes of it is its own fault, or that of the world.
    pub fn may_lack(&self) -> bool {
        !self.is_good || self.peer.was_cut()
    }

    /// The number of whom it has heard.
    pub fn heard_of(&self) -> Option<u8> {
        self.peer.received().first().copied()
    }

    /// What has come must be of the other, and all of it if both were good.
    pub fn has_what_is_of(&self, other: &End) {
        let received = self.peer.received();
        let (number, of) = (self.number, other.number);
        assert!(
            other.sends.starts_with(&received),
            "{number} has not what is of {of}"
        );
        if !self.may_lack() && !other.may_lack() {
            let count = received.len();
            assert_eq!(count, other.sends.len(), "{number} lacks some of {of}");
            let error = self.peer.error();
            assert!(error.is_none(), "{number} of {of}: {error:?}");
        }
    }
}
