//! An accept that fails, once, several times in a row and for a while.

use std::time::Duration;

use crate::crowd::Crowd;
use crate::program::Program;
use crate::server::PATIENCE;
use crate::trace::{ACCEPT, Trace};
use crate::trouble::{Attacked, Trouble};

/// How many clients wait when accepts fail.
pub const CLIENTS: usize = 50;

/// How long the errors last that last for a while.
const WHILE: Duration = Duration::from_millis(1_000);

/// When all clients must be served once no accept fails any more.
const RECOVERY: Duration = Duration::from_secs(2);

/// How many accepts and polls in a second are not yet a spin. One that does not
/// sleep makes some ten thousand, strace included.
const MOST_CALLS: usize = 1_000;

/// Fails `faults` accepts. The clients are still in the queue then, so that every
/// one of them must be served.
pub fn passing(program: &Program, error: &str, when: &str, faults: usize) -> Attacked {
    let (mut server, trace) = Trace::start(program, ACCEPT, error, when)?;
    let mut crowd = Crowd::park(&mut server, CLIENTS)?;
    let met = server.wait_for(PATIENCE, |_| trace.failed() == faults);
    met.map_err(|trouble| trouble.with(&format!("met {} of {faults} faults", trace.failed())))?;
    crowd.is_served(&mut server, RECOVERY)
}

/// Fails every accept for a while, in which the server must rest. Returns its share
/// of one processor meanwhile.
pub fn lasting(program: &Program, error: &str) -> Attacked<f64> {
    let (mut server, trace) = Trace::start(program, ACCEPT, error, "3+")?;
    let mut crowd = Crowd::park(&mut server, CLIENTS)?;
    server.wait_for(PATIENCE, |_| trace.failed() > 0)?;
    let before = trace.calls();
    let share = server.rests(WHILE)?;
    does_not_spin(trace.calls() - before)?;
    trace.end(&mut server)?;
    crowd.is_served(&mut server, RECOVERY)?;
    Ok(share)
}

/// EINVAL says that the socket does not listen: no retry will help, and the server
/// must say so and end.
pub fn dead(program: &Program) -> Attacked {
    let (mut server, trace) = Trace::start(program, ACCEPT, "EINVAL", "1+")?;
    let _crowd = Crowd::park(&mut server, CLIENTS)?;
    server.gives_up(PATIENCE)?;
    let complaint = server.complaint();
    if !complaint.contains("Invalid argument") {
        return Err(Trouble::broke(format!("hides the error: {complaint}")));
    }
    if program.name == "guide" && !complaint.contains("self.server") {
        return Err(Trouble::broke(format!("hides the listener: {complaint}")));
    }
    does_not_spin(trace.calls())
}

fn does_not_spin(calls: usize) -> Attacked {
    match calls {
        0..=MOST_CALLS => Ok(()),
        _ => Err(Trouble::broke(format!("spins: {calls} accepts and polls"))),
    }
}
