//! The guide server without the macro, under faults: it comes to the same.
#![cfg(feature = "sim")]

mod common;

#[allow(dead_code, reason = "a whole program")]
#[path = "../../../examples/by_hand.rs"]
mod by_hand;

use by_hand::Guide;
use common::accepts::{self, Accepts};
use miocene::net::AcceptCounts;
use miocene::sim::Sim;

impl Accepts for Guide {
    fn bind(address: &str) -> miocene::Result<Guide> {
        Guide::bind(address)
    }

    fn counts(&self) -> AcceptCounts {
        self.server.counts()
    }
}

#[test]
fn everybody_is_accepted_once() {
    common::swarm(400, accepts::everybody_once::<Guide>);
}

#[test]
fn whoever_waits_for_a_descriptor_is_accepted_when_there_is_one() {
    Sim::seeds(0..10).run(accepts::when_there_is_a_descriptor::<Guide>);
}
