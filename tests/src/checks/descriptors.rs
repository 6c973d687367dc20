//! A server that may open no more descriptors.

use std::time::Duration;

use crate::client::Client;
use crate::crowd::Crowd;
use crate::program::Program;
use crate::server::{PATIENCE, Server};
use crate::trouble::{Attacked, Trouble};

const CLIENTS: usize = 100;

/// How long there are no descriptors.
const SHORTAGE: Duration = Duration::from_secs(1);

/// When all clients must be served once there are descriptors again.
const RECOVERY: Duration = Duration::from_secs(2);

/// There are none at all for a while.
pub fn shortage(program: &Program) -> Attacked {
    let mut server = Server::start(program)?;
    Crowd::settle(&mut server)?;
    let process = server.process();
    let allowed = process.limit_descriptors(process.lowest_free_descriptor()?)?;
    let mut crowd = Crowd::park(&mut server, CLIENTS)?;
    server.rests(SHORTAGE)?;
    process.limit_descriptors(allowed)?;
    crowd.is_served(&mut server, RECOVERY)
}

/// There are 64 of them, and 500 clients who each stay until they were answered.
pub fn too_few(echo: &Program) -> Attacked<String> {
    const LIMIT: u64 = 64;
    const ALL: usize = 500;
    let mut server = Server::start(echo)?;
    let process = server.process();
    process.limit_descriptors(LIMIT)?;
    let mut waiting = Vec::new();
    for number in 0..ALL {
        let client = Client::connect(&server.place(), number)?;
        client.say("hello\n")?;
        waiting.push(client);
    }
    // Nobody leaves, so that there are none until the end of the window.
    server.wait_for(PATIENCE, |_| {
        let free = process.lowest_free_descriptor();
        free.is_ok_and(|free| free >= LIMIT)
    })?;
    let share = server.rests(SHORTAGE)?;
    let (mut served, mut waves) = (0, 0);
    while !waiting.is_empty() {
        server.wait_for(PATIENCE, |_| waiting.iter().any(Client::has_answer))?;
        let (answered, others): (Vec<_>, Vec<_>) =
            waiting.into_iter().partition(Client::has_answer);
        for mut client in answered {
            client.hears("hello")?;
            served += 1;
        }
        waiting = others;
        waves += 1;
    }
    server.runs()?;
    match served == ALL {
        true => Ok(format!(
            "{served} of {ALL} served in {waves} waves, {:.1} % CPU while starved",
            share * 100.0
        )),
        false => Err(Trouble::broke(format!("{served} of {ALL} served"))),
    }
}
