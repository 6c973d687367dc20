//! How long connecting may take, and how many may.

use std::time::Duration;

use miocene::sim::{Faults, Seeds, Sim};
use miocene::{Closed, Config, ConnectError};

use crate::caller::{Command, Line, address, start, start_with};

const SERVER: &str = "10.0.0.1:80";

fn plain() -> Seeds {
    Sim::seeds(0..100)
}

/// How long it has taken until an attempt was over; with the kind of the error.
fn took(line: &Line, number: usize) -> (Duration, std::io::ErrorKind) {
    line.of(number, |attempt| match &attempt.why {
        Some(Closed::Connect(ConnectError { source, .. })) => {
            (attempt.over.unwrap() - attempt.begun, source.kind())
        }
        why => panic!("it has not failed to connect: {why:?}"),
    })
}

#[test]
fn one_that_is_not_answered_is_given_up_at_the_limit() {
    plain().run(|sim| {
        let limit = Duration::from_millis(1 + sim.draw(60_000));
        let _silent = sim.listen(SERVER).answers_nobody();
        let line = start_with(sim, Config::default(), |servers| servers.connecting(limit));
        for _ in 0..5 {
            line.connect(SERVER);
            sim.run_for(Duration::from_millis(sim.draw(1_000)));
        }
        sim.run_until(|| line.are_all_over());
        for number in 0..5 {
            let (length, kind) = took(&line, number);
            assert_eq!(kind, std::io::ErrorKind::TimedOut);
            assert!(length >= limit, "{length:?}, {limit:?}");
            assert!(
                length < limit + Duration::from_millis(2),
                "{length:?}, {limit:?}"
            );
        }
    });
}

#[test]
fn the_limit_is_ten_seconds_unless_it_is_set() {
    plain().run(|sim| {
        let _silent = sim.listen(SERVER).answers_nobody();
        let line = start(sim);
        line.connect(SERVER);
        sim.run_until(|| line.app.with(|caller| !caller.attempts.is_empty()));
        sim.run_for(Duration::from_millis(9_990));
        assert_eq!(line.why(0), "");
        sim.run_for(Duration::from_millis(20));
        assert!(
            line.why(0).contains("not connected within 10s"),
            "{}",
            line.why(0)
        );
    });
}

#[test]
fn without_a_limit_it_is_the_systems() {
    plain().run(|sim| {
        let _silent = sim.listen(SERVER).answers_nobody();
        let line = start_with(sim, Config::default(), |servers| {
            servers.connecting(Duration::MAX)
        });
        line.connect(SERVER);
        sim.run_for(Duration::from_secs(125));
        assert_eq!(line.why(0), "");
        sim.run_for(Duration::from_secs(10));
        assert_eq!(took(&line, 0).1, std::io::ErrorKind::TimedOut);
    });
}

#[test]
fn whoever_listens_at_a_path_and_has_no_room_is_asked_again() {
    plain().run(|sim| {
        let path = sim.listen_unix("/run/server").answers_nobody();
        let line = start(sim);
        line.connect("/run/server");
        sim.run_for(Duration::from_secs(5));
        assert_eq!(line.why(0), "");
        path.answers_again();
        sim.run_for(Duration::from_secs(1));
        assert!(line.opened(0));
        let path = {
            path.closes();
            sim.listen_unix("/run/server").answers_nobody()
        };
        line.connect("/run/server");
        sim.run_until(|| line.are_all_over());
        let (length, kind) = took(&line, 1);
        assert_eq!(kind, std::io::ErrorKind::WouldBlock);
        assert!(length >= Duration::from_secs(10) && length < Duration::from_millis(10_010));
        path.closes();
    });
}

#[test]
fn a_connection_that_is_there_before_the_limit_is_not_closed_at_it() {
    plain().run(|sim| {
        let server = sim.listen(SERVER).answers_nobody();
        let line = start_with(sim, Config::default(), |servers| {
            servers
                .connecting(Duration::from_secs(10))
                .idle(Duration::MAX)
        });
        line.connect(SERVER);
        sim.run_for(Duration::from_millis(sim.draw(4_000)));
        server.answers_again();
        sim.run_for(Duration::from_secs(3));
        assert!(line.opened(0));
        sim.run_for(Duration::from_secs(100));
        assert_eq!(line.why(0), "");
    });
}

#[test]
fn five_hundred_at_once_are_connected() {
    const MANY: usize = 500;
    Sim::seeds(0..20).run(|sim| {
        let server = sim.listen(SERVER);
        let line = start(sim);
        for _ in 0..MANY {
            line.tell(Command::Connect(address(SERVER), b"hello".to_vec()));
        }
        sim.run_for(Duration::from_secs(5));
        assert_eq!(line.app.with(|caller| caller.opened_count()), MANY);
        let peers: Vec<_> = std::iter::from_fn(|| server.accept()).collect();
        assert_eq!(peers.len(), MANY);
        for peer in &peers {
            peer.expect("hello");
            peer.half_closes();
        }
        sim.run_until(|| line.are_all_over());
    });
}

#[test]
fn of_those_for_whom_there_is_no_room_none_is_begun() {
    Sim::seeds(0..50).faults(Faults::none()).run(|sim| {
        let server = sim.listen(SERVER);
        let cap = 1 + sim.draw(5) as usize;
        let line = start_with(sim, Config::default(), |servers| servers.cap(cap));
        (0..10).for_each(|_| line.connect(SERVER));
        sim.run_for(Duration::from_secs(5));
        let opened: Vec<_> = (0..10).filter(|number| line.opened(*number)).collect();
        assert_eq!(opened, (0..cap).collect::<Vec<_>>());
        assert!((cap..10).all(|number| line.why(number) == "Refused"));
        assert_eq!(std::iter::from_fn(|| server.accept()).count(), cap);
    });
}
