//! An accept that fails, once, several times in a row and for a while.

use std::time::Duration;

use miocene_tests::crowd::Crowd;
use miocene_tests::program::Program;
use miocene_tests::report::{
    Attack,
    Expected::{Breaks, NotTried, Survives},
};
use miocene_tests::server::PATIENCE;
use miocene_tests::trace::{ACCEPT, Trace};
use miocene_tests::trouble::{Attacked, Trouble};

/// The errors of one accept or of its peer, which say nothing about the listener;
/// and what a program that returns them prints.
const PASSING: [(&str, &str); 9] = [
    ("ECONNABORTED", "code: 103, "),
    ("EMFILE", "code: 24, "),
    ("ENFILE", "code: 23, "),
    ("ENOBUFS", "code: 105, "),
    ("ENOMEM", "code: 12, "),
    ("EPROTO", "code: 71, "),
    ("EPERM", "code: 1, "),
    ("ETIMEDOUT", "code: 110, "),
    ("EINTR", "code: 4, "),
];

const CLIENTS: usize = 50;

/// How long the errors last that last for a while.
const WHILE: Duration = Duration::from_millis(1_000);

/// When all clients must be served once no accept fails any more.
const RECOVERY: Duration = Duration::from_secs(2);

/// How many accepts and polls in a second are not yet a spin. One that does not
/// sleep makes some ten thousand, strace included.
const MOST_CALLS: usize = 1_000;

pub fn attacks() -> Vec<Attack> {
    let once = PASSING.map(|(error, seen)| Attack {
        name: format!("{error} at one accept"),
        make: Box::new(move |program| passing(program, error, "3", 1)),
        expected: [Survives, Breaks(seen), Breaks(seen)],
    });
    let burst = PASSING.map(|(error, _)| Attack {
        name: format!("{error} at 4 in a row"),
        make: Box::new(move |program| passing(program, error, "3..6", 4)),
        expected: [Survives, NotTried, NotTried],
    });
    // No signal interrupts a call that does not block again and again.
    let can_last = PASSING.into_iter().filter(|(error, _)| *error != "EINTR");
    let lasting = can_last.map(|(error, _)| Attack {
        name: format!("{error} for 1 s"),
        make: Box::new(move |program| lasting(program, error)),
        expected: [Survives, NotTried, NotTried],
    });
    let dead = Attack {
        name: "EINVAL for ever".to_owned(),
        make: Box::new(dead),
        expected: [Survives, Survives, Survives],
    };
    once.into_iter()
        .chain(burst)
        .chain(lasting)
        .chain([dead])
        .collect()
}

/// Fails `faults` accepts. The clients are still in the queue then, so that every
/// one of them must be served.
fn passing(program: &Program, error: &str, when: &str, faults: usize) -> Attacked {
    let (mut server, trace) = Trace::start(program, ACCEPT, error, when)?;
    let mut crowd = Crowd::park(&mut server, CLIENTS)?;
    let met = server.wait_for(PATIENCE, |_| trace.failed() == faults);
    met.map_err(|trouble| trouble.with(&format!("met {} of {faults} faults", trace.failed())))?;
    crowd.is_served(&mut server, RECOVERY)
}

/// Fails every accept for a while, in which the server must rest.
fn lasting(program: &Program, error: &str) -> Attacked {
    let (mut server, trace) = Trace::start(program, ACCEPT, error, "3+")?;
    let mut crowd = Crowd::park(&mut server, CLIENTS)?;
    server.wait_for(PATIENCE, |_| trace.failed() > 0)?;
    let before = trace.calls();
    server.rests(WHILE)?;
    does_not_spin(trace.calls() - before)?;
    trace.end(&mut server)?;
    crowd.is_served(&mut server, RECOVERY)
}

/// EINVAL says that the socket does not listen: no retry will help, and the server
/// must say so and end.
fn dead(program: &Program) -> Attacked {
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
