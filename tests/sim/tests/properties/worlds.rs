//! What a world draws, tells and counts.

use std::time::Duration;

use miocene::net::{TcpListener, TcpStream};
use miocene::sim::{Faults, Sim};

use crate::echo::{ADDRESS, start};
use crate::failing::fails;

#[test]
fn what_is_drawn_is_the_seeds() {
    let drawn = || {
        let all = std::sync::Mutex::new(Vec::new());
        Sim::seeds(0..50).run(|sim| all.lock().unwrap().push([sim.draw(6), sim.draw(1_000)]));
        all.into_inner().unwrap()
    };
    let (one, other) = (drawn(), drawn());
    assert_eq!(one, other);
    assert!(one.iter().all(|[die, number]| *die < 6 && *number < 1_000));
    if std::env::var_os("MIOCENE_SEED").is_none() {
        assert!((0..6).all(|side| one.iter().any(|[die, _]| *die == side)));
    }
}

#[test]
fn the_trace_tells_what_has_happened() {
    Sim::seeds(0..1).faults(Faults::none()).run(|sim| {
        let _echo = start(sim);
        let client = sim.client(ADDRESS);
        client.send("hello");
        client.expect("hello");
        sim.calm();
        let trace = sim.trace();
        let mut lines = trace.lines();
        for told in [
            "listens",
            "connects",
            "is registered as SERVER",
            "waits at",
            "SERVER is READABLE",
            "is accepted",
            "is registered as CLIENTS[0]",
            "peer 0 sends",
            "5 bytes arrive at",
            "CLIENTS[0] is READABLE",
            "is read: 5 bytes",
            "is written to: 5 bytes",
            "5 bytes arrive at socket 1 of peer 0",
            "from here on there are no faults",
        ] {
            assert!(lines.any(|line| line.contains(told)), "{told}:\n{trace}");
        }
    });
}

#[test]
fn after_calm_there_are_no_faults() {
    Sim::seeds(0..100).faults(Faults::swarm()).run(|sim| {
        let _echo = start(sim);
        sim.calm();
        let client = sim.client(ADDRESS);
        client.send("hello");
        client.half_closes();
        client.expect("hello");
        client.expect_end();
        assert!(!client.was_cut());
        let trace = sim.trace();
        let (_, calm) = trace.split_once("no faults").unwrap();
        assert!(!calm.contains("fault: "), "{calm}");
    });
}

#[test]
fn a_socket_that_is_kept_is_a_leak() {
    let closes = |sim: &Sim, all: bool| {
        let echo = start(sim);
        let kept = TcpStream::connect("10.0.0.1:80".parse().unwrap()).unwrap();
        assert_eq!(sim.descriptors(), 2);
        echo.stop();
        sim.run();
        drop(echo);
        if all {
            drop(kept);
            return sim.assert_no_leak();
        }
        sim.assert_no_leak();
        drop(kept);
    };
    Sim::seeds(0..20).run(|sim| closes(sim, true));
    let words = "not closed: socket 1, to 10.0.0.1:80";
    fails(Sim::seeds(0..1), words, |sim| closes(sim, false));
}

#[test]
fn without_descriptors_neither_bind_nor_connect_nor_accept_succeed() {
    Sim::seeds(0..20).run(|sim| {
        sim.limit_descriptors(1);
        let echo = start(sim);
        assert!(TcpListener::bind("127.0.0.1:7001").is_err());
        assert!(TcpStream::connect("10.0.0.1:80".parse().unwrap()).is_err());
        let client = sim.client(ADDRESS);
        sim.run_for(Duration::from_secs(1));
        let counts = || echo.with(|echo| echo.server.counts());
        assert!(counts().accepted == 0 && counts().exhausted > 1);
        sim.limit_descriptors(2);
        client.send("x");
        client.expect("x");
        assert_eq!(sim.descriptors(), 2);
    });
}
