//! Where panics close the member, everybody else goes on.

use std::io::Write;

use miocene::{Config, EventLoop, Panics};

use crate::common::turn;
use crate::hall::{Hall, What, When, client, received};

fn forgiving() -> EventLoop {
    let mut config = Config::default();
    config.panics = Panics::CloseMember;
    EventLoop::with_config(config).unwrap()
}

/// In each round one of them panics, with all the others in the same batch.
#[test]
fn one_in_a_hundred_panics_and_the_others_are_served_byte_for_byte() {
    let mut hall: Hall = Hall::new();
    let mut event_loop = forgiving();
    let mut peers = Vec::new();
    for number in 0..100 {
        let name = if number % 20 == 7 { "unlucky" } else { "lucky" };
        let (member, peer) = client(name);
        hall.clients.insert(member);
        peers.push((name, peer, Vec::new(), Vec::new()));
    }
    for round in 0..10 {
        if round % 2 == 1 {
            hall.on
                .add(When::Item, "unlucky", |_, _, _| panic!("planned"));
        }
        for (number, (_, peer, sent, _)) in peers.iter_mut().enumerate() {
            let line = format!("round {round} of {number}\n").into_bytes();
            let _ = peer.write_all(&line);
            sent.extend(line);
        }
        for _ in 0..4 {
            let _ = turn(&mut event_loop, &mut hall);
            for (_, peer, _, got) in &mut peers {
                got.extend(received(peer).0);
            }
        }
    }
    for (name, _, sent, got) in &peers {
        assert!(
            *name == "unlucky" || got == sent,
            "{}",
            String::from_utf8_lossy(got)
        );
    }
    let counters = event_loop.counters();
    assert_eq!((counters.closed.panicked, hall.clients.len()), (5, 95));
    event_loop.close(&mut hall);
    assert!(hall.clients.is_empty());
    let closed = hall
        .log
        .iter()
        .filter(|told| matches!(told.what, What::Closed(_)));
    assert_eq!(closed.count(), 100, "each once");
}

#[test]
fn a_panic_of_closed_is_survived_where_panics_close_the_member() {
    let mut hall: Hall = Hall::new();
    let (ann, _ann_peer) = client("ann");
    let (bob, mut bob_peer) = client("bob");
    let ann = hall.clients.insert(ann);
    hall.clients.insert(bob);
    hall.on
        .add(When::Closed, "ann", |_, _, _| panic!("planned"));
    let mut event_loop = forgiving();
    let _ = turn(&mut event_loop, &mut hall);
    hall.clients.abort(ann);
    let _ = turn(&mut event_loop, &mut hall);
    bob_peer.write_all(b"hello\n").unwrap();
    let mut bytes = Vec::new();
    for _ in 0..5 {
        let _ = turn(&mut event_loop, &mut hall);
        bytes.extend(received(&mut bob_peer).0);
    }
    assert_eq!(bytes, b"hello\n");
    event_loop.close(&mut hall);
}

/// The one whose family was replaced has no place to be put back to.
#[test]
fn a_panic_after_the_family_was_replaced_is_survived_too() {
    let mut hall: Hall = Hall::new();
    let (ann, mut ann_peer) = client("ann");
    let (bob, mut bob_peer) = client("bob");
    let ann = hall.clients.insert(ann);
    hall.on.add(When::Item, "ann", |hall, _, _| {
        hall.clients = miocene::Family::new(crate::hall::CLIENTS);
        hall.clients.insert(bob);
        panic!("planned")
    });
    ann_peer.write_all(b"go\n").unwrap();
    bob_peer.write_all(b"hello\n").unwrap();
    let mut event_loop = forgiving();
    for _ in 0..5 {
        let _ = turn(&mut event_loop, &mut hall);
    }
    assert!(hall.reason(ann).is_some(), "it leaves all the same");
    assert_eq!(received(&mut bob_peer).0, b"hello\n");
    event_loop.close(&mut hall);
}

#[test]
fn a_panic_of_one_that_opens_hinders_nobody_who_opens_with_it() {
    let mut hall: Hall = Hall::new();
    let mut event_loop = forgiving();
    let mut peers = Vec::new();
    for number in 0..10 {
        let name = if number % 4 == 2 { "unlucky" } else { "lucky" };
        let (member, mut peer) = client(name);
        hall.clients.insert(member);
        hall.on
            .add(When::Opened, "unlucky", |_, _, _| panic!("planned"));
        peer.write_all(b"hello\n").unwrap();
        peers.push((name, peer));
    }
    for _ in 0..5 {
        let _ = turn(&mut event_loop, &mut hall);
    }
    for (name, peer) in &mut peers {
        let expected = if *name == "lucky" {
            &b"hello\n"[..]
        } else {
            b""
        };
        assert_eq!(received(peer), (expected.to_vec(), *name == "unlucky"));
    }
    let opened = hall.log.iter().filter(|told| told.what == What::Opened);
    assert_eq!((opened.count(), hall.clients.len()), (10, 8), "each once");
    event_loop.close(&mut hall);
}
