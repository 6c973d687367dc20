//! What the applications here have in common.

use std::collections::BTreeSet;

use miocene::sim::Sim;
use miocene::{Config, Token};

/// Who is in a family: each leaves, and once.
#[derive(Default)]
pub struct Book {
    here: BTreeSet<Token>,
}

impl Book {
    pub fn comes(&mut self, token: Token) {
        assert!(self.here.insert(token), "{token:?} is there twice");
    }

    pub fn leaves(&mut self, token: Token) {
        let was_here = self.here.remove(&token);
        assert!(was_here, "{token:?} leaves and is not there");
    }

    pub fn len(&self) -> usize {
        self.here.len()
    }
}

/// Limits that are met often.
pub fn tight(sim: &Sim) -> Config {
    let mut config = Config::default();
    config.budget = 1 + sim.draw(6) as u32;
    config.accepts = 1 + sim.draw(4) as u32;
    config.event_capacity = 1 << sim.draw(6);
    config.wakes_while_paused = sim.draw(3) as u32;
    config
}
