//! The echo server, under faults.
#![cfg(feature = "sim")]

mod common;

#[allow(dead_code, reason = "a whole program")]
#[path = "../../../examples/echo.rs"]
mod echo;

use std::time::Duration;

use echo::Echo;
use miocene::sim::{App, Peer, Sim};

const ADDRESS: &str = "127.0.0.1:7000";
const DAY: Duration = Duration::from_secs(24 * 3600);

fn start(sim: &Sim) -> App<Echo> {
    sim.start(Echo::bind(ADDRESS).unwrap())
}

fn start_with_cap(sim: &Sim, cap: usize) -> App<Echo> {
    let Echo { server, clients } = Echo::bind(ADDRESS).unwrap();
    let clients = clients.cap(cap);
    sim.start(Echo { server, clients })
}

/// Who behaves well is to have so many bytes back, and of all the others whatever
/// comes must be theirs.
struct Client {
    peer: Peer,
    owed: Option<usize>,
}

impl Client {
    fn some(sim: &Sim) -> Client {
        let peer = sim.client(ADDRESS).expects_pattern();
        let (peer, bits) = match sim.draw(8) {
            0 => (peer.reads_slowly(), 11),
            1 => (peer.sends_a_byte_at_a_time(), 6),
            2 => (peer.sends_a_byte_at_a_time().reads_slowly(), 6),
            _ => (peer, 13),
        };
        match sim.draw(3) {
            1 => Client::bad(sim, peer),
            _ => Client::good(sim, peer, bits),
        }
    }

    /// Sends in some pieces, and is never silent for as long as it may not be.
    fn good(sim: &Sim, peer: Peer, bits: u64) -> Client {
        let mut length = 0;
        for _ in 0..sim.draw(4) {
            if sim.draw(4) == 1 {
                peer.wait(common::some_time(sim, Duration::from_secs(60)));
            }
            let piece = 1 + common::some_length(sim, bits);
            peer.send_pattern(piece);
            length += piece;
        }
        peer.half_closes();
        let owed = Some(length);
        Client { peer, owed }
    }

    fn bad(sim: &Sim, peer: Peer) -> Client {
        let reads = sim.draw(2) == 0;
        let peer = if reads { peer } else { peer.reads_nothing() };
        peer.send_pattern(common::some_length(sim, 10));
        if sim.draw(2) == 1 {
            peer.wait(common::some_time(sim, Duration::from_millis(20)));
        }
        match sim.draw(5) {
            0 => peer.vanishes(),
            1 => peer.resets(),
            2 => peer.closes(),
            3 => peer.half_closes(),
            // Stays, and says no more.
            _ => {}
        }
        Client { peer, owed: None }
    }

    fn has_all(&self) -> bool {
        let all = self
            .owed
            .is_none_or(|owed| owed == self.peer.received_count());
        all || self.peer.was_cut()
    }
}

/// An echo server's day: few descriptors, few places, and clients of all kinds.
fn day(sim: &Sim) {
    serve(sim);
    sim.assert_no_leak();
}

fn serve(sim: &Sim) {
    if sim.draw(2) == 1 {
        sim.limit_descriptors(2 + sim.draw(5) as usize);
    }
    let echo = match sim.draw(2) {
        1 => start_with_cap(sim, 1 + sim.draw(4) as usize),
        _ => start(sim),
    };
    let clients: Vec<Client> = (0..1 + sim.draw(8))
        .map(|_| {
            if sim.draw(4) == 1 {
                sim.run_for(common::some_time(sim, Duration::from_millis(50)));
            }
            Client::some(sim)
        })
        .collect();
    sim.run_for(common::some_time(sim, Duration::from_secs(10)));
    if sim.draw(4) == 1 {
        return ends(sim, &echo);
    }
    sim.calm();
    for client in clients.iter().filter(|client| client.owed.is_some()) {
        client.peer.expect_end();
        assert!(client.has_all(), "{:?} was not served", client.peer);
    }
    stays_well(sim, &echo);
}

/// Those who vanished or fell silent are let go, and a client that comes much later
/// is served as the first one was. Then everything is closed.
fn stays_well(sim: &Sim, echo: &App<Echo>) {
    sim.run_until(|| echo.with(|echo| echo.clients.is_empty()));
    sim.run_for(3 * DAY);
    assert_eq!(sim.descriptors(), 1, "only the listener is left");
    let late = sim.client(ADDRESS);
    late.send("still there?");
    late.half_closes();
    late.expect("still there?");
    late.expect_end();
    ends(sim, echo);
}

/// A stop lets everybody go, in the time that it has.
fn ends(sim: &Sim, echo: &App<Echo>) {
    // The grace of ten seconds, if the process does not stand still meanwhile.
    const AT_THE_MOST: Duration = Duration::from_secs(60);

    let begin = sim.elapsed();
    echo.stop();
    sim.run_until(|| !echo.is_running());
    assert!(sim.elapsed() - begin < AT_THE_MOST);
    assert!(echo.with(|echo| echo.clients.is_empty()));
}

#[test]
fn every_client_has_its_bytes_back() {
    common::swarm(2_000, day);
}

/// A stop loses nothing of what was echoed to somebody who reads, be it slowly and
/// long after.
fn stop(sim: &Sim) {
    // Without deadlines the world comes to rest when all is echoed.
    let Echo { server, clients } = Echo::bind(ADDRESS).unwrap();
    let clients = clients.idle(Duration::MAX).message(Duration::MAX);
    let echo = sim.start(Echo { server, clients });
    let peer = sim.client(ADDRESS).expects_pattern().reads_nothing();
    let length = match sim.draw(8) {
        // More than the system takes, so that we have it; less than makes us wait.
        1 => 140_000 + sim.draw(60_000) as usize,
        _ => common::some_length(sim, 14),
    };
    peer.send_pattern(length);
    sim.run();
    sim.calm();
    echo.context(|cx| cx.stop_within(7 * DAY));
    if sim.draw(2) == 1 {
        let _ = peer.clone().reads_slowly();
    } else {
        peer.reads_on();
    }
    common::until(sim, || peer.has_ended() || peer.was_cut());
    assert!(peer.was_cut() || peer.received_count() == length);
    sim.run_until(|| !echo.is_running());
    assert!(peer.was_cut() || echo.counters().cut == 0);
    drop(echo);
    sim.assert_no_leak();
}

#[test]
fn a_stop_loses_nothing_to_one_who_reads() {
    common::swarm(400, stop);
}

#[test]
fn whoever_vanishes_is_let_go_after_75_seconds_and_not_before() {
    Sim::seeds(0..500).run(|sim| {
        let echo = start(sim);
        let peer = sim.client(ADDRESS);
        peer.send("is it me?");
        peer.vanishes();
        sim.run_until(|| peer.is_done());
        let clients = || echo.with(|echo| echo.clients.len());
        sim.run_for(Duration::from_secs(74));
        assert_eq!(clients(), 1);
        // A sixteenth later at the most, and it took a while to arrive.
        sim.run_for(Duration::from_secs(6 + 4));
        assert_eq!(clients(), 0);
        assert_eq!(sim.descriptors(), 1);
    });
}
