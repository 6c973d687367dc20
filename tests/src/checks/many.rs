//! As many clients at once as a family has room for.

use crate::process::{Process, raise_descriptor_limit};
use crate::program::Program;
use crate::server::{PATIENCE, Server};
use crate::trouble::{Attacked, Trouble};

use crate::client::descriptors_at_rest;
use crate::oracle::Random;
use crate::scale::either;
use crate::swarm::{Swarm, Task};

/// poll(2) looks at each of them in each turn: there, a tenth.
const CLIENTS: usize = if cfg!(mio_unsupported_force_poll_poll) {
    1_000
} else {
    10_000
};

/// What a place of the family and its pages may cost when all have gone, in KiB.
const LEFT: u64 = 4 * 1024;

/// Each gets its own bytes back, and one in a hundred resets its connection midway.
pub fn ten_thousand(echo: &Program) -> Attacked<String> {
    let allowed = raise_descriptor_limit()?;
    if allowed < CLIENTS as u64 + 100 {
        return Err(Trouble::not_run(format!("only {allowed} descriptors")));
    }
    let mut server = Server::start(echo)?;
    let process = server.process();
    let descriptors = descriptors_at_rest(&server)?;
    let memory = process.resident()?;
    let mut random = Random::new(3);
    let (largest, waves) = either((16_384, 2), (262_144, 5));
    let mut after = Vec::new();
    for _ in 0..waves {
        let tasks: Vec<_> = (0..CLIENTS)
            .map(|number| Task {
                // Enough for all that is sent until the others are there.
                size: 100 + random.below(largest),
                resets: number % 100 == 50,
            })
            .collect();
        let resets = CLIENTS / 100;
        let outcome = Swarm::run(&server.place(), &tasks);
        server.runs()?;
        let outcome = outcome?;
        if (outcome.at_once, outcome.exact, outcome.reset) != (CLIENTS, CLIENTS - resets, resets) {
            return Err(Trouble::broke(format!("{outcome:?}")));
        }
        server.wait_for(PATIENCE, |_| {
            process.descriptors().is_ok_and(|it| it == descriptors)
        })?;
        after.push(grown(process, memory)?);
    }
    if after.iter().any(|&grown| grown > LEFT) {
        return Err(Trouble::broke(format!("{after:?} KiB are left")));
    }
    Ok(format!("{after:?} KiB left after each wave"))
}

fn grown(process: Process, before: u64) -> Attacked<u64> {
    Ok(process.resident()?.saturating_sub(before))
}
