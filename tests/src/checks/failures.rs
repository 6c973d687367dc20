//! System calls that fail in the midst of connections: nothing is lost by it.

use std::time::Duration;

use crate::program::Program;
use crate::server::PATIENCE;
use crate::trace::Trace;
use crate::trouble::{Attacked, Trouble};

use crate::client::{Client, descriptors_at_rest};
use crate::oracle::Random;
use crate::scale::either;

/// Four clients send in turn, and get all of it back.
pub fn nothing_is_lost(echo: &Program, calls: &str, error: &str, when: &str) -> Attacked<String> {
    let (mut server, trace) = Trace::start(echo, calls, error, when)?;
    let connect = |number| Client::connect(&server.place(), number);
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
pub fn one_is_lost(echo: &Program, calls: &str, error: &str, when: &str) -> Attacked<String> {
    let (mut server, trace) = Trace::start(echo, calls, error, when)?;
    let descriptors = descriptors_at_rest(&server)?;
    let connect = |number| Client::connect(&server.place(), number);
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
