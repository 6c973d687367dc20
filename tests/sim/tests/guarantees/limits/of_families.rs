//! How many members there may be, and for how long they may do nothing.

use std::time::Duration;

use miocene::Connection;
use miocene::net::TcpStream;
use miocene::sim::{App, Peer, Sim};

use super::{KIB, Limited, once, start};
use crate::crowd::ADDRESS;

const MOST: usize = 10_000;

#[test]
fn a_family_has_10_000_members_and_whoever_comes_then_waits() {
    once().run(|sim| {
        let app = start(sim);
        let clients: Vec<_> = (0..MOST + 5).map(|_| sim.client(ADDRESS)).collect();
        sim.run_for(Duration::from_secs(20));
        let count = || app.with(|app| app.clients.len());
        let accepted = || app.with(|app| app.server.counts().accepted as usize);
        assert_eq!((count(), accepted()), (MOST, MOST));
        clients[..3].iter().for_each(|client| client.closes());
        sim.calm();
        assert_eq!((count(), accepted()), (MOST, MOST + 3));
    });
}

#[test]
fn member_10_001_is_refused() {
    once().run(|sim| {
        let app = start(sim);
        let _upstream = sim.listen("10.0.0.1:80");
        let address = "10.0.0.1:80".parse().unwrap();
        app.change(|app| {
            for _ in 0..=MOST {
                let stream = TcpStream::connect(address).unwrap();
                app.clients.insert(Connection::new(stream));
            }
        });
        sim.calm();
        assert_eq!(app.with(|app| app.left.clone()), ["Refused"]);
        assert_eq!(app.with(|app| app.clients.len()), MOST);
    });
}

/// How long it takes until a client reads the end, and why it leaves.
fn ends(sim: &Sim, app: &App<Limited>, client: &Peer) -> (Duration, String) {
    let begin = sim.elapsed();
    client.expect_end();
    let passed = sim.elapsed() - begin;
    // It was sent nothing, so it is not waited for.
    (passed, app.with(|app| app.left[0].clone()))
}

/// Never early, and late by at most a sixteenth.
fn is_about(passed: Duration, limit: Duration) -> bool {
    // What is measured begins when the client is told to do something.
    let moment = Duration::from_millis(1);
    passed >= limit && passed <= limit + limit / 16 + moment
}

#[test]
fn a_connection_is_idle_for_75_seconds() {
    once().run(|sim| {
        let app = start(sim);
        let client = sim.client(ADDRESS);
        client.send("hello\n");
        let (passed, why) = ends(sim, &app, &client);
        assert_eq!(why, "Ended(Idle)");
        assert!(is_about(passed, Duration::from_secs(75)), "{passed:?}");
    });
}

#[test]
fn a_message_takes_30_seconds_whatever_trickles_in() {
    once().run(|sim| {
        let app = start(sim);
        let client = sim.client(ADDRESS);
        for _ in 0..100 {
            client.send("x");
            client.wait(Duration::from_secs(1));
        }
        let (passed, why) = ends(sim, &app, &client);
        assert_eq!(why, "Ended(Deadline)");
        assert!(is_about(passed, Duration::from_secs(30)), "{passed:?}");
    });
}

/// A client that is closed, and goes on sending. How long it is waited for, and how
/// much of what it sends is read.
fn lingers(sim: &Sim, bytes: usize) -> (Duration, usize) {
    let app = start(sim);
    let client = sim.client(ADDRESS);
    let begin = sim.elapsed();
    client.send("bye\n");
    client.wait(Duration::from_secs(1));
    client.send(vec![b'x'; bytes]);
    sim.run_until(|| app.with(|app| !app.left.is_empty()));
    assert_eq!(app.with(|app| app.left.clone()), ["Asked"]);
    assert_eq!(client.received(), b"bye\n");
    let trace = sim.trace();
    let read = trace
        .lines()
        .filter_map(|line| line.split_once("is read: "));
    let counts = read.filter_map(|(_, count)| count.split(' ').next()?.parse::<usize>().ok());
    (sim.elapsed() - begin, counts.sum::<usize>() - "bye\n".len())
}

#[test]
fn who_is_closed_is_waited_for_for_5_seconds_and_read_for_64_kib() {
    for (bytes, read) in [(0, 0), (1, 1), (65 * KIB, 64 * KIB)] {
        once().run(|sim| {
            let (passed, count) = lingers(sim, bytes);
            let (limit, moment) = (Duration::from_secs(5), Duration::from_millis(2));
            assert!(passed >= limit && passed <= limit + moment, "{passed:?}");
            assert_eq!(count, read, "of {bytes} bytes");
        });
    }
}
