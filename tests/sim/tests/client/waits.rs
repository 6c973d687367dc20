//! How long the client waits between its attempts.

use std::time::Duration;

use miocene::sim::{Faults, Sim};

use crate::ADDRESS;
use crate::program::backoff::{Backoff, LONGEST, SHORTEST};
use crate::program::client::STEADY;
use crate::terminal::Terminal;

/// When the client has begun to connect, in seconds.
fn attempts(sim: &Sim) -> Vec<f64> {
    let trace = sim.trace();
    let of_client = |line: &&str| line.ends_with("connects") && !line.contains("of peer");
    let times = trace.lines().filter(of_client).map(|line| {
        let (time, _) = line.trim().split_once("s ").expect("a time in seconds");
        time.parse().expect("a number")
    });
    times.collect()
}

/// The waits between the attempts, each of them from the half of `most` to that, and
/// longer only by how long it takes to be refused.
fn check_waits(attempts: &[f64], mut most: Duration) {
    const REFUSED_WITHIN: f64 = 0.01;
    for two in attempts.windows(2) {
        let wait = two[1] - two[0];
        let bounds = most.as_secs_f64() / 2.0..most.as_secs_f64() + REFUSED_WITHIN;
        assert!(
            bounds.contains(&wait),
            "{wait} s, which is not of {bounds:?}"
        );
        most = LONGEST.min(most * 2);
    }
}

#[test]
fn while_nobody_listens_each_wait_is_twice_the_last_one_and_never_above_the_longest() {
    const HOUR: Duration = Duration::from_secs(3600);

    Sim::seeds(0..20).faults(Faults::none()).run(|sim| {
        let _terminal = Terminal::new(sim);
        sim.run_for(HOUR);
        let attempts = attempts(sim);
        check_waits(&attempts, SHORTEST);
        let longest = LONGEST.as_secs_f64();
        let count = attempts.len() as f64;
        assert!(count >= HOUR.as_secs_f64() / longest, "{count} in an hour");
        assert!(
            count <= 2.0 * HOUR.as_secs_f64() / longest + 8.0,
            "{count} in an hour"
        );
        assert!(sim.turns() < 8 * attempts.len() as u64, "it does not spin");
    });
}

#[test]
fn two_clients_do_not_come_back_at_the_same_moment() {
    let waits = [1, 2].map(|seed| {
        let mut backoff = Backoff::new(seed);
        [(); 8].map(|()| backoff.next_wait())
    });
    assert_ne!(waits[0], waits[1]);
}

#[test]
fn the_waits_begin_anew_after_a_connection_that_stayed_up_and_only_then() {
    Sim::seeds(0..20).faults(Faults::none()).run(|sim| {
        let _terminal = Terminal::new(sim);
        sim.run_until(|| attempts(sim).len() == 5);
        let listening = sim.listen(ADDRESS);
        // The sixth and those after it are connected, and lost at once.
        for _ in 0..3 {
            listening.expect().closes();
        }
        let flapping = attempts(sim);
        check_waits(&flapping, SHORTEST);
        let steady = listening.expect();
        sim.run_for(STEADY);
        let before = attempts(sim).len();
        steady.closes();
        listening.closes();
        let lost = sim.elapsed().as_secs_f64();
        sim.run_until(|| attempts(sim).len() == before + 4);
        let mut anew = vec![lost];
        anew.extend_from_slice(&attempts(sim)[before..]);
        check_waits(&anew, SHORTEST);
    });
}
