//! Random families of connections, held against a byte oracle and a model.
//!
//! One application has two families of the same type and a single source of
//! lines beside them. Whatever a handler or a hook may ask for, these ask for at
//! random: every [`Flow`](miocene::Flow), every verb of a family for every token
//! that there ever was, members that are inserted, exchanged, put back after
//! they left, whole families replaced, stops, errors and panics; in loops as
//! small as loops can be, over streams that hold bytes of their own, write little
//! and are interrupted.
//!
//! * [`wire`]: a stream with whims, its peer, and what is sent on it;
//! * [`book`]: the model. What it says may not happen is a complaint;
//! * [`app`]: the application: its families, and the handlers;
//! * [`told`]: what they are told, held against the model;
//! * [`whims`]: what they ask for, of the loop and of the model alike;
//! * [`run`]: one seed, from beginning to end.
//!
//! Each member leaves through `closed` exactly once, is opened before it has items and
//! has none when it is paused, has ended, or is on its way out. What arrives is what was
//! sent, in order and on the right connection; what a peer got and what is unsent
//! is what was sent to it. A turn is finished if somebody stopped or nobody is
//! left, and only then; the loop is not busy with nothing. Once everybody is calm, all
//! that was sent has arrived. No descriptor is left over.
//!
//! `MIOCENE_SEED=17` replays one seed, `MIOCENE_SEEDS=10000` runs so many.
#![cfg(unix)]

mod app;
mod book;
#[path = "../common/mod.rs"]
mod common;
#[path = "../model/rng.rs"]
mod rng;
mod run;
mod told;
mod whims;
mod wire;

/// How many seeds an ordinary run takes: some seconds.
const SEEDS: u64 = 200;

#[test]
fn families_at_random_meet_what_the_contract_says() {
    let seeds = match number("MIOCENE_SEED") {
        Some(seed) => seed..=seed,
        None => {
            let first = number("MIOCENE_FIRST").unwrap_or(1);
            first..=first + number("MIOCENE_SEEDS").unwrap_or(SEEDS) - 1
        }
    };
    // Panics are planned here, by the hundred.
    if number("MIOCENE_SEED").is_none() {
        std::panic::set_hook(Box::new(|_| {}));
    }
    let broken: Vec<String> = seeds
        .filter_map(|seed| run::run(seed).err())
        .take(8)
        .collect();
    let _ = std::panic::take_hook();
    assert!(broken.is_empty(), "\n{}", broken.join("\n"));
}

fn number(variable: &str) -> Option<u64> {
    let value = std::env::var(variable).ok()?;
    Some(value.parse().expect("a number of seeds, or a seed"))
}
