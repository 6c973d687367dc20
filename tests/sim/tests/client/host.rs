//! A server of the test's, which comes and goes.

use std::time::Duration;

use miocene::sim::{Listening, Peer, Sim};

use crate::{ADDRESS, common};

/// A server of the test's: it listens, or does not, and what it does with those who
/// come is drawn.
#[derive(Default)]
pub struct Host {
    listening: Option<Listening>,
    pub guests: Vec<Guest>,
}

#[derive(Clone, Copy, PartialEq)]
enum Manners {
    /// Stays until it has read the end.
    Stays,
    /// Ends its direction, and reads on.
    HalfCloses,
    Closes,
    Resets,
}

pub struct Guest {
    pub peer: Peer,
    manners: Manners,
    /// How many lines it says.
    pub says: usize,
    leaves: bool,
}

impl Guest {
    fn some(sim: &Sim, number: usize, peer: Peer) -> Guest {
        let peer = match sim.draw(4) {
            1 => peer.reads_slowly(),
            _ => peer,
        };
        let says = sim.draw(4) as usize;
        for line in 0..says {
            peer.send(format!("{number} {line}\n"));
        }
        if sim.draw(2) == 1 {
            peer.wait(common::some_time(sim, Duration::from_secs(15)));
        }
        let manners = match sim.draw(4) {
            1 => Manners::HalfCloses,
            2 => Manners::Closes,
            3 => Manners::Resets,
            _ => Manners::Stays,
        };
        match manners {
            Manners::Stays => {}
            Manners::HalfCloses => peer.half_closes(),
            Manners::Closes => peer.closes(),
            Manners::Resets => peer.resets(),
        }
        Guest {
            peer,
            manners,
            says,
            leaves: manners != Manners::Stays,
        }
    }

    /// Leaves when it has read the end.
    fn may_leave(&mut self) {
        if !self.leaves && self.peer.has_ended() {
            self.leaves = true;
            self.peer.half_closes();
        }
    }

    /// Nothing that was written to it may be missing.
    pub fn is_reliable(&self) -> bool {
        matches!(self.manners, Manners::Stays | Manners::HalfCloses) && !self.peer.was_cut()
    }
}

impl Host {
    pub fn receives(&mut self, sim: &Sim) {
        let Some(listening) = &self.listening else {
            return;
        };
        while let Some(peer) = listening.accept() {
            self.guests.push(Guest::some(sim, self.guests.len(), peer));
        }
        self.guests.iter_mut().for_each(Guest::may_leave);
    }

    /// Whoever is there is received before it closes or opens.
    pub fn may_change(&mut self, sim: &Sim) {
        self.receives(sim);
        match (self.listening.take(), sim.draw(4)) {
            (Some(listening), 1) => listening.closes(),
            (None, 0) => {}
            (None, _) => self.opens(sim),
            (listening, _) => self.listening = listening,
        }
    }

    pub fn opens(&mut self, sim: &Sim) {
        let listening = self.listening.take();
        self.listening = Some(listening.unwrap_or_else(|| sim.listen(ADDRESS)));
    }
}
