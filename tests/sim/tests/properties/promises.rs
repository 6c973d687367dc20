//! What must become so, and what must be so all the time.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use miocene::sim::Sim;

use crate::echo::{ADDRESS, start};
use crate::failing::fails;

const DAY: Duration = Duration::from_secs(86_400);

#[test]
fn what_is_waited_for_must_come() {
    Sim::seeds(0..20).run(|sim| {
        let echo = start(sim);
        let client = sim.client(ADDRESS);
        client.send("hello");
        sim.run_until(|| echo.with(|echo| echo.items > 0));
    });
    let waits = |sim: &Sim, pause: Option<Duration>| {
        let echo = start(sim);
        if let Some(pause) = pause {
            let client = sim.client(ADDRESS);
            client.wait(pause);
            client.send("hello");
        }
        sim.run_until(|| echo.with(|echo| echo.items > 0));
    };
    let never = "waits for something, but nothing can ever happen again";
    fails(Sim::seeds(0..1), never, |sim| waits(sim, None));
    // The client is closed in a minute; in an hour nothing has come of it.
    let late = "waits for something";
    fails(Sim::seeds(0..1), late, |sim| waits(sim, Some(DAY)));
}

#[test]
fn what_must_hold_all_the_time_is_asked_after_each_turn() {
    let asked = |sim: &Sim, most: usize| {
        let echo = start(sim);
        let seen = Rc::new(Cell::new(0));
        sim.always("few items", {
            let (echo, seen) = (echo.clone(), Rc::clone(&seen));
            move || {
                seen.set(seen.get() + 1);
                echo.with(|echo| echo.items) <= most
            }
        });
        for _ in 0..3 {
            let client = sim.client(ADDRESS);
            client.send("x");
            client.expect("x");
        }
        assert!(seen.get() > 6, "{}", seen.get());
    };
    Sim::seeds(0..20).run(|sim| asked(sim, 3));
    let words = "it is not always so: few items";
    fails(Sim::seeds(0..1), words, |sim| asked(sim, 2));
}

#[test]
fn what_must_become_so_is_waited_for_at_the_end_of_the_test() {
    let promise = |sim: &Sim, pause: Duration| {
        let echo = start(sim);
        let client = sim.client(ADDRESS);
        client.wait(pause);
        client.send("x");
        let within = Duration::from_secs(60);
        sim.eventually("it is heard", within, move || {
            echo.with(|echo| echo.items > 0)
        });
    };
    let moment = Duration::from_secs(5);
    Sim::seeds(0..20).run(|sim| promise(sim, Duration::from_secs(60) - moment));
    fails(Sim::seeds(0..1), "not within 60s: it is heard", |sim| {
        promise(sim, Duration::from_secs(61));
    });
}
