//! A poll that a signal interrupts: EINTR.

use std::time::Duration;

use crate::crowd::Crowd;
use crate::program::Program;
use crate::server::{PATIENCE, Server};
use crate::trace::{Trace, WAIT};
use crate::trouble::{Attacked, Trouble};

const CLIENTS: usize = 50;

/// Ctrl-Z and `fg`, which interrupt also a program that handles no signal.
pub fn stopped_and_continued(program: &Program) -> Attacked {
    let mut server = Server::start(program)?;
    Crowd::settle(&mut server)?;
    server.stop()?;
    server.resume()?;
    let mut crowd = Crowd::connect(server.place(), CLIENTS)?;
    crowd.is_served(&mut server, PATIENCE)
}

/// The clients come one after another, so that each takes a poll.
pub fn every_third_poll(program: &Program) -> Attacked {
    let (mut server, trace) = Trace::start(program, WAIT, "EINTR", "3+3")?;
    for _ in 0..CLIENTS {
        let mut client = Crowd::connect(server.place(), 1)?;
        client.is_served(&mut server, PATIENCE)?;
    }
    // Each client takes a poll or more, of which each third failed.
    if trace.failed() < CLIENTS / 6 {
        return Err(Trouble::broke(format!("only {} EINTR", trace.failed())));
    }
    server.rests(Duration::from_millis(200))?;
    Ok(())
}
