//! Each cell of the table in the documentation of `Flow`: what a handler returns,
//! and what comes of it, in worlds from seeds.
#![cfg(feature = "sim")]

mod connections;
mod scene;
mod single;
mod sources;
mod strangers;
mod told;

use miocene::Flow;
use miocene::sim::{Faults, Sim};

const FLOWS: [Flow; 5] = [
    Flow::Continue,
    Flow::Pause,
    Flow::Close,
    Flow::Leave,
    Flow::Stop,
];

/// Checks a row: each of its cells in a number of worlds.
fn row(faults: Faults, check: impl Fn(&Sim, Flow) + Sync) {
    for flow in FLOWS {
        let seeds = Sim::seeds(0..200).faults(faults.clone());
        seeds.run(|sim| check(sim, flow));
    }
}
