//! Random applications, held against a model of the contract.
//!
//! One application has a source of each kind: items, items and room to write,
//! raw, raw in both directions, and lines that come in parts. Whatever a handler
//! may ask for, these ask for at random: every [`Flow`](miocene::Flow), pauses,
//! resumes and attaches of each other and of themselves, another source in a
//! field, stops, errors and panics; in loops as small as loops can be.
//!
//! * [`wire`]: what is sent, and that it arrives as it was sent;
//! * [`sources`]: the sources that the wires are in, of whims of their own;
//! * [`contract`]: the model. What it says may not happen is a complaint;
//! * [`app`]: the handlers;
//! * [`whims`]: what they ask for, of the loop and of the model alike;
//! * [`run`]: one seed, from beginning to end.
//!
//! After each step: no handler was called for what is paused, detached or
//! at rest, or after a stop; what arrived is what was sent, without a gap; a turn is
//! finished if somebody stopped, and only then; the loop is not busy with
//! nothing. Once everybody is calm: all that was sent has arrived.
//!
//! `MIOCENE_SEED=17` replays one seed, `MIOCENE_SEEDS=10000` runs so many. A
//! replay is exact where the system reports events in one order: not on mio's
//! `poll(2)` selector, which goes through a hash map.
#![cfg(unix)]

mod app;
mod contract;
mod rng;
mod run;
mod sources;
mod whims;
mod wire;

/// How many seeds an ordinary run takes: some seconds.
const SEEDS: u64 = 300;

#[test]
fn applications_at_random_meet_what_the_contract_says() {
    let seeds = match number("MIOCENE_SEED") {
        Some(seed) => seed..=seed,
        None => 1..=number("MIOCENE_SEEDS").unwrap_or(SEEDS),
    };
    let broken: Vec<String> = seeds
        .filter_map(|seed| run::run(seed).err().map(|broken| broken.to_string()))
        .take(8)
        .collect();
    assert!(broken.is_empty(), "\n{}", broken.join("\n"));
}

fn number(variable: &str) -> Option<u64> {
    let value = std::env::var(variable).ok()?;
    Some(value.parse().expect("a number of seeds, or a seed"))
}
