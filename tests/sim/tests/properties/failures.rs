//! What is printed when a test fails.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use miocene::sim::{Faults, Sim};

use crate::echo::{ADDRESS, start};
use crate::failing::{fails, is_one_seed};

/// What a test prints that fails because its application does not bear a single
/// byte.
fn fragile(sim: &Sim) {
    let echo = start(sim);
    echo.change(|echo| echo.fragile = true);
    let clients = [(); 3].map(|()| sim.client(ADDRESS));
    for client in &clients {
        client.send("some bytes");
        client.half_closes();
    }
    sim.calm();
    clients.iter().for_each(|client| client.expect_end());
}

/// The decisions in what was printed.
fn script(message: &str) -> &str {
    let (_, rest) = message.split_once("Sim::script(\"").expect("a script");
    rest.split_once('"').expect("its end").0
}

fn message_of(test: impl FnOnce()) -> String {
    let failed = catch_unwind(AssertUnwindSafe(test));
    *failed.expect_err("it fails").downcast().expect("a text")
}

#[test]
fn a_failure_says_how_to_have_it_again_with_few_decisions() {
    if is_one_seed() {
        return;
    }
    let message = message_of(|| Sim::seeds(0..10_000).faults(Faults::swarm()).run(fragile));
    let number = message.strip_prefix("seed ").expect("the seed");
    let seed = number.split(' ').next().expect("the seed");
    assert!(message.contains("a single byte"), "{message}");
    assert!(message.contains("echo.rs"), "{message}");
    let name = "a_failure_says_how_to_have_it_again_with_few_decisions";
    assert!(
        message.contains(&format!("MIOCENE_SEED={seed} cargo test failures::{name}")),
        "{message}"
    );
    assert!(
        message.contains(&format!("fn {name}_{seed}()")),
        "{message}"
    );
    assert!(message.contains("run(fragile)"), "{message}");
    assert!(message.contains("is read: 1 bytes"), "{message}");
    // One decision would do: a short read, or a segment of one byte.
    let decisions = script(&message).split_whitespace().count();
    assert!((1..=3).contains(&decisions), "{decisions}: {message}");

    let again = message_of(|| Sim::script(script(&message)).run(fragile));
    assert!(again.contains("a single byte"), "{again}");
    // Without the decisions there is no failure.
    Sim::script("").run(fragile);
}

#[test]
fn what_is_no_script_is_refused() {
    let message = message_of(|| Sim::script("nonsense@1=2").run(|_| {}));
    assert!(
        message.contains("`nonsense@1=2` is no decision"),
        "{message}"
    );
}

#[test]
fn an_application_that_depends_on_more_than_its_world_is_found_out() {
    static TIMES: AtomicU64 = AtomicU64::new(0);
    fails(Sim::seeds(0..1), "the second time", |sim| {
        let more = TIMES.fetch_add(1, Ordering::Relaxed);
        let _echo = start(sim);
        let client = sim.client(ADDRESS);
        client.send(vec![b'x'; 1 + more as usize]);
        sim.calm();
    });
}

#[test]
fn seeds_can_be_run_on_several_threads() {
    let ran = Mutex::new(Vec::new());
    Sim::seeds(0..200).threads(4).run(|sim| {
        let _echo = start(sim);
        let client = sim.client(ADDRESS);
        client.send("hello");
        client.expect("hello");
        ran.lock().unwrap().push(sim.elapsed());
    });
    assert!(!ran.into_inner().unwrap().is_empty());
    let wrong = |sim: &Sim| assert!(sim.draw(3) > 0, "a zero was drawn");
    fails(Sim::seeds(0..200).threads(4), "a zero was drawn", wrong);
}
