//! Connecting again from `#[closed]`, for ever.

use std::time::Duration;

use miocene::Config;
use miocene::sim::{Faults, Sim};

use crate::caller::{Command, address, start, start_with};
use crate::coming_back::{PATH, RETRY, SERVER, connects_again};

/// Five turns for each attempt, and some for the limits of the family.
const FEW: u64 = 3_500;

#[test]
fn against_an_address_without_anybody_it_does_not_spin() {
    Sim::seeds(0..50).run(|sim| {
        let line = start(sim);
        let to = [SERVER, PATH][sim.draw(2) as usize];
        connects_again(sim, &line, &address(to), FEW);
        // Nor does it give up.
        assert!(line.app.with(|caller| caller.attempts.len()) > 100);
    });
}

#[test]
fn without_descriptors_it_does_not_spin() {
    Sim::seeds(0..50).run(|sim| {
        let server = sim.listen(SERVER);
        let line = start(sim);
        sim.limit_descriptors(1);
        connects_again(sim, &line, &address(SERVER), FEW);
        sim.limit_descriptors(2);
        server.expect();
        sim.run_for(Duration::from_secs(1));
        assert_eq!(line.app.with(|caller| caller.opened_count()), 1);
    });
}

#[test]
fn where_there_is_no_room_in_the_family_it_does_not_spin() {
    Sim::seeds(0..50).run(|sim| {
        let _server = sim.listen(SERVER);
        let line = start_with(sim, Config::default(), |servers| servers.cap(0));
        connects_again(sim, &line, &address(SERVER), FEW);
    });
}

#[test]
fn where_the_system_takes_no_more_sources_it_does_not_spin() {
    let refused = (0..5_000).map(|number| format!("register@{number}=1"));
    Sim::script(&refused.collect::<Vec<_>>().join(" ")).run(|sim| {
        let _server = sim.listen(SERVER);
        let line = start(sim);
        connects_again(sim, &line, &address(SERVER), FEW);
    });
}

#[test]
fn each_failure_is_told_soon_and_no_sooner_than_the_delay() {
    Sim::seeds(0..50).faults(Faults::none()).run(|sim| {
        let line = start(sim);
        connects_again(sim, &line, &address(SERVER), FEW);
        line.app.with(|caller| {
            // The first one was not begun by a hook.
            for attempt in caller.attempts.iter().skip(1) {
                let Some(over) = attempt.over else { continue };
                let length = over - attempt.begun;
                assert!(length >= RETRY && length < 2 * RETRY, "{length:?}");
            }
        });
    });
}

#[test]
fn a_stop_ends_it() {
    Sim::seeds(0..50).run(|sim| {
        let cap = sim.draw(2) as usize;
        let line = start_with(sim, Config::default(), |servers| servers.cap(cap));
        connects_again(sim, &line, &address(SERVER), FEW);
        sim.run_for(Duration::from_millis(sim.draw(200)));
        line.tell(Command::Stop);
        sim.run_for(Duration::from_millis(1));
        assert!(!line.app.is_running());
    });
}
