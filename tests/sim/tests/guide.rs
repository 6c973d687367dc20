//! The guide server, under faults.
#![cfg(feature = "sim")]

mod common;

// At the root, because its field is for its own module alone.
include!("../../../examples/guide.rs");

use common::accepts::{self, Accepts};
use miocene::net::AcceptCounts;
use miocene::sim::Sim;

impl Accepts for Guide {
    fn bind(address: &str) -> miocene::Result<Guide> {
        let server = TcpListener::bind(address)?;
        Ok(Guide { server })
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
