//! What the other ends of an application's connections do, each of it.
#![cfg(feature = "sim")]

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::time::Duration;

use miocene::net::{TcpListener, TcpStream};
use miocene::sim::{App, Faults, Peer, Seeds, Sim};
use miocene::{Bytes, Closed, Connection, Family, Token, Tokens, handlers};

#[path = "guarantees/failing.rs"]
#[allow(dead_code)]
mod failing;

use failing::fails;

const SERVER: Token = Token(0);
const CLIENTS: Tokens = Tokens::new(1);
const ADDRESS: &str = "127.0.0.1:7000";

/// Sends back what comes, and something of its own at the end.
struct Echo {
    server: TcpListener,
    clients: Family<Connection<Bytes>>,
    /// How much each drain has brought.
    items: Vec<usize>,
    left: Vec<String>,
}

#[handlers]
impl Echo {
    #[handler(token = SERVER, fills = CLIENTS)]
    fn accept(&mut self, (stream, _): (TcpStream, SocketAddr)) {
        self.clients.insert(Connection::new(stream));
    }

    #[handler(tokens = CLIENTS)]
    fn bytes(&mut self, client: &mut Connection<Bytes>, bytes: &[u8]) {
        self.items.push(bytes.len());
        client.out.send(bytes);
    }

    #[closed(tokens = CLIENTS)]
    fn closed(&mut self, _: Connection<Bytes>, why: Closed) {
        self.left.push(format!("{why:?}"));
    }
}

fn start(sim: &Sim) -> App<Echo> {
    sim.start(Echo {
        server: TcpListener::bind(ADDRESS).unwrap(),
        clients: Family::new(CLIENTS),
        items: Vec::new(),
        left: Vec::new(),
    })
}

fn left(echo: &App<Echo>) -> Vec<String> {
    echo.with(|echo| echo.left.clone())
}

fn plain() -> Seeds {
    Sim::seeds(0..200)
}

#[test]
fn it_does_one_thing_after_the_other_in_its_own_time() {
    plain().run(|sim| {
        let _echo = start(sim);
        let peer = sim.client(ADDRESS);
        peer.send("a");
        peer.wait(Duration::from_secs(20));
        peer.send("b");
        peer.half_closes();
        assert!(!peer.is_done());
        sim.run_for(Duration::from_secs(19));
        assert_eq!((peer.received(), peer.has_ended()), (b"a".to_vec(), false));
        sim.run_for(Duration::from_secs(10));
        assert!(peer.is_done());
        assert_eq!((peer.received(), peer.has_ended()), (b"ab".to_vec(), true));
    });
}

#[test]
fn what_was_compared_is_not_looked_at_again() {
    plain().run(|sim| {
        let _echo = start(sim);
        let peer = sim.client(ADDRESS);
        peer.send("one two");
        peer.expect("one");
        peer.expect(" ");
        peer.expect("two");
        assert_eq!(peer.received_count(), 7);
    });
}

/// A test that expects something which does not come.
fn expects(bytes: &'static str) -> impl Fn(&Sim) + Sync {
    move |sim| {
        let _echo = start(sim);
        let peer = sim.client(ADDRESS);
        peer.send("one two");
        peer.expect(bytes);
    }
}

#[test]
fn what_is_not_expected_fails_the_test() {
    let wrong = "came \"wo\" in place of \"ow\"";
    fails(plain(), wrong, expects("one tow"));
    let no_more = "it lacks \" three\"";
    fails(plain(), no_more, expects("one two three"));
    fails(plain(), "waits for the end", |sim| {
        let (_stream, peer) = sim.stream();
        peer.expect_end();
    });
}

#[test]
fn one_that_reads_slowly_gets_all_in_the_end() {
    plain().run(|sim| {
        let _echo = start(sim);
        let [slow, fast] = [(); 2].map(|()| sim.client(ADDRESS));
        let slow = slow.reads_slowly().expects_pattern();
        let fast = fast.expects_pattern();
        for peer in [&slow, &fast] {
            peer.send_pattern(1_000);
            peer.half_closes();
        }
        fast.expect_end();
        let sooner = slow.received_count() < 1_000;
        slow.expect_end();
        assert_eq!(
            (slow.received_count(), fast.received_count()),
            (1_000, 1_000)
        );
        assert!(sooner || slow.has_ended());
    });
}

#[test]
fn one_that_reads_nothing_is_not_read_from_either_until_it_reads_on() {
    const MUCH: usize = 1 << 20;
    Sim::seeds(0..20).faults(Faults::none()).run(|sim| {
        let echo = start(sim);
        let peer = sim.client(ADDRESS).reads_nothing().expects_pattern();
        peer.send_pattern(MUCH);
        sim.calm();
        assert_eq!(peer.received_count(), 0);
        let read: usize = echo.with(|echo| echo.items.iter().sum());
        assert!(read < MUCH, "the high watermark holds");
        peer.reads_on();
        peer.half_closes();
        peer.expect_end();
        assert_eq!(peer.received_count(), MUCH);
    });
}

#[test]
fn one_that_sends_a_byte_at_a_time_is_read_in_pieces() {
    Sim::seeds(0..20).faults(Faults::none()).run(|sim| {
        let echo = start(sim);
        let pieces = |peer: &Peer| {
            let before = echo.with(|echo| echo.items.len());
            peer.send("hello");
            peer.expect("hello");
            echo.with(|echo| echo.items[before..].to_vec())
        };
        assert_eq!(pieces(&sim.client(ADDRESS)), [5]);
        // The network may put some of them together.
        let bytewise = pieces(&sim.client(ADDRESS).sends_a_byte_at_a_time());
        assert!(bytewise.len() > 2, "{bytewise:?}");
        assert_eq!(sim.trace().matches("peer 1 sends").count(), 5);
    });
}

#[test]
fn one_that_resets_is_an_error_to_the_application() {
    plain().run(|sim| {
        let echo = start(sim);
        let peer = sim.client(ADDRESS);
        peer.send("hello");
        peer.expect("hello");
        peer.resets();
        peer.expect_end();
        sim.calm();
        let left = left(&echo);
        assert!(left[0].contains("Connection reset"), "{left:?}");
        assert_eq!(peer.error().unwrap().kind(), ErrorKind::ConnectionReset);
        assert!(!peer.was_cut(), "it was the peer's own doing");
    });
}

#[test]
fn one_that_half_closes_reads_on() {
    plain().run(|sim| {
        let echo = start(sim);
        let peer = sim.client(ADDRESS);
        peer.half_closes();
        peer.expect_end();
        sim.calm();
        assert_eq!(left(&echo), ["Ended(Eof)"]);
        assert!(peer.error().is_none());
    });
}

#[test]
fn one_that_closes_with_something_unread_has_the_connection_reset() {
    plain().run(|sim| {
        let echo = start(sim);
        let closes = |peer: &Peer| {
            peer.send("hello");
            peer.wait(Duration::from_secs(1));
            peer.closes();
            sim.run_for(Duration::from_secs(3));
            left(&echo).pop().expect("it has left")
        };
        assert_eq!(closes(&sim.client(ADDRESS)), "Ended(Eof)");
        let why = closes(&sim.client(ADDRESS).reads_nothing());
        assert!(why.contains("Connection reset"), "{why}");
    });
}

#[test]
fn one_that_vanishes_is_missed_when_it_has_been_idle() {
    plain().run(|sim| {
        let echo = start(sim);
        let peer = sim.client(ADDRESS);
        peer.send("hello");
        peer.expect("hello");
        peer.vanishes();
        sim.run_for(Duration::from_secs(1));
        echo.change(|echo| {
            let clients = echo.clients.iter_mut();
            clients.for_each(|client| client.out.send(b"are you there?"));
        });
        sim.run_for(Duration::from_secs(70));
        assert!(left(&echo).is_empty());
        // What it has not taken is given as long again.
        sim.run_for(Duration::from_secs(130));
        assert_eq!(left(&echo), ["Ended(Idle)"]);
        assert!(!peer.has_ended(), "it hears of nothing");
        assert_eq!(peer.received(), b"hello");
    });
}

/// Somebody is sent what another has sent, or some of it.
fn confuses(some: fn(&[u8]) -> &[u8]) -> impl Fn(&Sim) + Sync {
    move |sim| {
        let _echo = start(sim);
        let victim = sim.client(ADDRESS).expects_pattern();
        let other = sim.client(ADDRESS);
        other.send_pattern(64);
        sim.run_for(Duration::from_secs(60));
        victim.send(some(&other.received()));
        sim.calm();
    }
}

#[test]
fn bytes_of_another_are_named() {
    let seeds = || Sim::seeds(0..10);
    fails(seeds(), "which is to be", confuses(|bytes| bytes));
    let all = "belongs to 1 at 0";
    fails(seeds().faults(Faults::none()), all, confuses(|bytes| bytes));
    let end = "belongs to 1 at 3";
    fails(
        seeds().faults(Faults::none()),
        end,
        confuses(|bytes| &bytes[3..]),
    );
}

#[test]
fn a_byte_that_is_lost_is_named() {
    fails(
        Sim::seeds(0..10),
        "there follows what belongs at 11",
        |sim| {
            let (_stream, own) = sim.stream();
            let (mut stream, peer) = sim.stream();
            let peer = peer.expects_pattern();
            peer.send_pattern(64);
            sim.run();
            let mut bytes = [0; 64];
            let count = std::io::Read::read(&mut stream, &mut bytes).unwrap();
            std::io::Write::write_all(&mut stream, &bytes[..10]).unwrap();
            std::io::Write::write_all(&mut stream, &bytes[11..count]).unwrap();
            sim.run();
            drop(own);
        },
    );
}
