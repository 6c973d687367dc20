//! A poll that a signal interrupts: EINTR.

use std::time::Duration;

use miocene_tests::crowd::Crowd;
use miocene_tests::program::Program;
use miocene_tests::report::{
    Attack,
    Expected::{Breaks, Survives},
};
use miocene_tests::server::{PATIENCE, Server};
use miocene_tests::trace::{Trace, WAIT};
use miocene_tests::trouble::{Attacked, Trouble};

const CLIENTS: usize = 50;

pub fn attacks() -> Vec<Attack> {
    let interrupted = Breaks("code: 4, kind: Interrupted");
    vec![
        Attack {
            name: "stopped and continued".to_owned(),
            make: Box::new(stopped_and_continued),
            // Linux goes on with a poll(2) after a stop, not with an epoll_wait(2).
            expected: match cfg!(mio_unsupported_force_poll_poll) {
                true => [Survives, Survives, Survives],
                false => [Survives, interrupted.clone(), Survives],
            },
        },
        Attack {
            name: "EINTR at every third poll".to_owned(),
            make: Box::new(every_third_poll),
            expected: [Survives, interrupted, Survives],
        },
    ]
}

/// Ctrl-Z and `fg`, which interrupt also a program that handles no signal.
fn stopped_and_continued(program: &Program) -> Attacked {
    let mut server = Server::start(program)?;
    Crowd::settle(&mut server)?;
    server.stop()?;
    server.resume()?;
    let mut crowd = Crowd::connect(server.address(), CLIENTS)?;
    crowd.is_served(&mut server, PATIENCE)
}

/// The clients come one after another, so that each takes a poll.
fn every_third_poll(program: &Program) -> Attacked {
    let (mut server, trace) = Trace::start(program, WAIT, "EINTR", "3+3")?;
    for _ in 0..CLIENTS {
        let mut client = Crowd::connect(server.address(), 1)?;
        client.is_served(&mut server, PATIENCE)?;
    }
    // Each client takes a poll or more, of which each third failed.
    if trace.failed() < CLIENTS / 6 {
        return Err(Trouble::broke(format!("only {} EINTR", trace.failed())));
    }
    server.rests(Duration::from_millis(200))
}
