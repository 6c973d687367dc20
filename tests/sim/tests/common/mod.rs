//! What the tests of the examples share.
#![allow(dead_code, reason = "each test uses a part")]

pub mod accepts;

use std::env;
use std::num::NonZero;
use std::thread;
use std::time::{Duration, Instant};

use miocene::sim::{Faults, Peer, Seeds, Sim};

/// How many seeds `tests/seeds` asks for.
const SO_MANY: &str = "MIOCENE_SWARM";

/// Runs a test under swarms of faults: as it is for a test run, or for `tests/seeds`
/// on all cores, and how fast that was is printed.
pub fn swarm<F: Fn(&Sim) + Sync>(seeds: u64, test: F) {
    let so_many = env::var(SO_MANY).ok();
    let Some(seeds) = so_many.and_then(|seeds| seeds.parse().ok()) else {
        return worlds(seeds).run(test);
    };
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    let begin = Instant::now();
    worlds(seeds).threads(cores).run(test);
    let rate = seeds as f64 / begin.elapsed().as_secs_f64();
    println!("swarm: {seeds} seeds, {rate:.0} each second");
}

fn worlds(seeds: u64) -> Seeds {
    Sim::seeds(0..seeds).faults(Faults::swarm())
}

/// Runs the world until it is so, and looks every second at first, later less
/// often: for what is too dear to be looked at after each step.
#[track_caller]
pub fn until(sim: &Sim, mut is_so: impl FnMut() -> bool) {
    // A byte at a time, each a third of a second on its way, comes to hours.
    const PATIENCE: Duration = Duration::from_secs(24 * 3600);

    let begin = sim.elapsed();
    while !is_so() {
        let waited = sim.elapsed() - begin;
        assert!(waited < PATIENCE, "it has not become so within {waited:?}");
        sim.run_for(Duration::from_secs(1).max(waited / 8));
    }
}

/// A length of time below this one.
pub fn some_time(sim: &Sim, below: Duration) -> Duration {
    Duration::from_micros(sim.draw(below.as_micros() as u64))
}

/// A number below 2^`bits`, as likely small as large.
pub fn some_length(sim: &Sim, bits: u64) -> usize {
    sim.draw(1 << sim.draw(bits + 1)) as usize
}

/// The whole lines that a peer has received.
pub fn lines(peer: &Peer) -> Vec<String> {
    let received = peer.received();
    let text = String::from_utf8_lossy(&received);
    let whole = text.rfind('\n').map_or("", |end| &text[..end]);
    whole.lines().map(str::to_owned).collect()
}
