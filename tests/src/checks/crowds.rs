//! Many clients at once, and clients that break off.

use std::fs;

use crate::crowd::Crowd;
use crate::process::raise_descriptor_limit;
use crate::program::Program;
use crate::server::{PATIENCE, Server};
use crate::trouble::{Attacked, Trouble};

const MANY: usize = 1_000;
const SOME: usize = 50;

/// They arrive while the server runs.
pub fn many(program: &Program) -> Attacked {
    allow_many()?;
    let mut server = Server::start(program)?;
    let mut crowd = Crowd::connect(server.place(), MANY)?;
    crowd.is_served(&mut server, PATIENCE)
}

/// The queue must hold them all.
pub fn many_while_stopped(program: &Program) -> Attacked {
    allow_many()?;
    let longest_queue = fs::read_to_string("/proc/sys/net/core/somaxconn")?;
    if longest_queue
        .trim()
        .parse()
        .is_ok_and(|longest: usize| longest < MANY)
    {
        return Err(Trouble::not_run(format!(
            "somaxconn is {}",
            longest_queue.trim()
        )));
    }
    let mut server = Server::start(program)?;
    let mut crowd = Crowd::park(&mut server, MANY)?;
    crowd.is_served(&mut server, PATIENCE)
}

fn allow_many() -> Attacked {
    let allowed = raise_descriptor_limit()?;
    if allowed < 2 * MANY as u64 {
        return Err(Trouble::not_run(format!("only {allowed} descriptors")));
    }
    Ok(())
}

/// Half of them have gone when they are accepted.
pub fn reset_before_accept(program: &Program) -> Attacked {
    let mut server = Server::start(program)?;
    let mut crowd = Crowd::park_and(&mut server, 2 * SOME, Crowd::reset_half)?;
    crowd.is_served(&mut server, PATIENCE)
}

/// Those who were served break off; others come.
pub fn reset_after_accept(program: &Program) -> Attacked {
    let mut server = Server::start(program)?;
    let mut first = Crowd::connect(server.place(), SOME)?;
    first.is_served(&mut server, PATIENCE)?;
    first.reset()?;
    let mut second = Crowd::connect(server.place(), SOME)?;
    second.is_served(&mut server, PATIENCE)
}
