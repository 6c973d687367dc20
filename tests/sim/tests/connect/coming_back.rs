//! A client that connects again from `#[closed]`, and a server that comes up later.

use std::time::Duration;

use miocene::net::Address;
use miocene::sim::Sim;

use crate::caller::{Command, Line, address, start};

pub const SERVER: &str = "127.0.0.1:7000";
pub const PATH: &str = "/run/server";
const MINUTE: Duration = Duration::from_secs(60);

/// An attempt that a hook has begun is told to have failed no sooner than this.
pub const RETRY: Duration = Duration::from_millis(100);

/// There are interruptions, and events that nobody has earned.
const WITH_FAULTS: u64 = 12_000;

/// Connects again for a minute, with so many turns at the most.
#[track_caller]
pub fn connects_again(sim: &Sim, line: &Line, to: &Address, turns: u64) {
    let most = 2 + (MINUTE.as_millis() / RETRY.as_millis()) as usize;
    line.app.change(|caller| caller.again = Some(to.clone()));
    line.tell(Command::Connect(to.clone(), b"hello".to_vec()));
    let before = sim.turns();
    sim.run_for(MINUTE);
    let attempts = line.app.with(|caller| caller.attempts.len());
    assert!(attempts <= most, "{attempts} attempts");
    let had = sim.turns() - before;
    assert!(had <= turns, "{had} turns");
    line.app.check().expect("nothing is forgotten");
}

/// Whatever goes wrong meanwhile, it reaches a server that comes up later.
pub fn reaches_a_server_that_comes_up_later(sim: &Sim) {
    let line = start(sim);
    let (to, is_path) = [(SERVER, false), (PATH, true)][sim.draw(2) as usize];
    connects_again(sim, &line, &address(to), WITH_FAULTS);
    let server = match is_path {
        true => sim.listen_unix(PATH),
        false => sim.listen(SERVER),
    };
    sim.calm();
    // One that was begun before is given its ten seconds.
    sim.run_for(Duration::from_secs(11));
    let mut peer = std::iter::from_fn(|| server.accept())
        .last()
        .expect("it has come");
    peer.send("welcome");
    sim.run_for(Duration::from_secs(5));
    line.app.with(|caller| {
        let last = caller.attempts.last().expect("it has tried");
        assert!(last.opened && last.why.is_none(), "{}", last.why());
        assert_eq!(last.received, b"welcome");
    });
    // It comes back as often as it is sent away.
    for _ in 0..5 {
        peer.closes();
        sim.run_for(Duration::from_secs(5));
        peer = server.accept().expect("it has come back");
    }
}
