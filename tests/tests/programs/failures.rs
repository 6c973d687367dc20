//! System calls that fail in the midst of connections: nothing is lost by it.

use std::time::Duration;

use miocene_tests::program::Program;
use miocene_tests::report::Check;
use miocene_tests::server::PATIENCE;
use miocene_tests::trace::{Trace, WAIT};
use miocene_tests::trouble::{Attacked, Trouble};

use crate::clients::{Client, descriptors_at_rest};
use crate::oracle::Random;
use crate::scale::either;

pub fn checks() -> Vec<Check> {
    let mut checks = vec![
        Check {
            name: "echo: ENOBUFS on send",
            make: || nothing_is_lost("sendto", "ENOBUFS", "3+7"),
        },
        Check {
            name: "echo: ENOMEM on send",
            make: || nothing_is_lost("sendto", "ENOMEM", "3+7"),
        },
        Check {
            name: "echo: EINTR on send",
            make: || nothing_is_lost("sendto", "EINTR", "2+2"),
        },
        Check {
            name: "echo: EINTR on receive",
            make: || nothing_is_lost("recvfrom", "EINTR", "2+2"),
        },
        Check {
            name: "echo: EINTR on poll",
            make: || nothing_is_lost(WAIT, "EINTR", "2+2"),
        },
        Check {
            name: "echo: reset on a send",
            make: || one_is_lost("sendto", "ECONNRESET", "10"),
        },
        Check {
            name: "echo: reset on a receive",
            make: || one_is_lost("recvfrom", "ECONNRESET", "10"),
        },
    ];
    // poll(2) has no such call.
    if !cfg!(mio_unsupported_force_poll_poll) {
        checks.push(Check {
            name: "echo: ENOSPC on register",
            make: || one_is_lost("epoll_ctl", "ENOSPC", "5"),
        });
    }
    checks
}

/// Four clients send in turn, and get all of it back.
fn nothing_is_lost(calls: &str, error: &str, when: &str) -> Attacked<String> {
    let program = Program::example("echo")?;
    let (mut server, trace) = Trace::start(&program, calls, error, when)?;
    let connect = |number| Client::connect(server.address(), number);
    let mut clients: Vec<_> = (0..4).map(connect).collect::<Attacked<_>>()?;
    let mut random = Random::new(11);
    for _ in 0..either(20, 200) {
        for client in &mut clients {
            client.echoes(1 + random.below(60_000))?;
        }
    }
    server.rests(Duration::from_millis(100))?;
    let failed = trace.failed();
    match failed {
        0..5 => Err(Trouble::broke(format!("only {failed} {error}"))),
        _ => Ok(format!("{failed} {error}")),
    }
}

/// Of fifty clients the one whom it befalls is lost, and nobody else.
fn one_is_lost(calls: &str, error: &str, when: &str) -> Attacked<String> {
    let program = Program::example("echo")?;
    let (mut server, trace) = Trace::start(&program, calls, error, when)?;
    let descriptors = descriptors_at_rest(&server)?;
    let connect = |number| Client::connect(server.address(), number);
    let mut clients: Vec<_> = (0..50).map(connect).collect::<Attacked<_>>()?;
    // Half of them are served before it, and half after it. Twice, since it may
    // befall one who has its answer.
    let twice = |client: &mut Client| client.echoes(100).and(client.echoes(100)).is_ok();
    let served = clients
        .iter_mut()
        .filter_map(|client| twice(client).then_some(()));
    let served = served.count();
    let (failed, lost) = (trace.failed(), clients.len() - served);
    if (failed, lost) != (1, 1) {
        return Err(Trouble::broke(format!("{failed} {error}, {lost} lost")));
    }
    drop(clients);
    let mut left = 0;
    let closed = server.wait_for(PATIENCE, |server| {
        left = server.process().descriptors().unwrap_or(usize::MAX);
        left == descriptors
    });
    closed.map_err(|trouble| trouble.with(&format!("{left} descriptors, not {descriptors}")))?;
    Ok(String::new())
}
