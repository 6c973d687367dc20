//! No drain takes all: the others have their turn.

use std::io::Write;
use std::time::Duration;

use miocene::{Bytes, Config, EventLoop, Family, Flow};

use crate::common::{loop_with_a_budget_of_one, sleeps, turn, until};
use crate::hall::{CLIENTS, Hall, What, When, client, serve};

/// The peer's buffer is full of it, and more comes as it is taken.
#[test]
fn a_drain_takes_no_more_than_64_kib_before_the_others_have_their_turn() {
    let mut hall: Hall<Bytes> = Hall::new();
    hall.echoes = false;
    let (ann, mut flood) = client::<Bytes>("ann");
    let (bob, mut bob_peer) = client::<Bytes>("bob");
    let [ann, bob] = [ann, bob].map(|member| hall.clients.insert(member));
    socket2::SockRef::from(&flood)
        .set_send_buffer_size(4_000_000)
        .unwrap();
    let mut event_loop = EventLoop::new().unwrap();
    let _ = turn(&mut event_loop, &mut hall);
    while flood.write(&[b'f'; 10_000]).is_ok() {}
    bob_peer.write_all(b"me too").unwrap();
    let _ = turn(&mut event_loop, &mut hall);
    assert_eq!(hall.items(bob), b"me too", "in the same turn");
    let mut before = 0;
    for _ in 0..20 {
        let now = hall.items(ann).len();
        assert!(now - before <= 2 * 65_536, "{} in one turn", now - before);
        before = now;
        while flood.write(&[b'f'; 10_000]).is_ok() {}
        let turn = turn(&mut event_loop, &mut hall);
        assert_eq!(turn.again, Some(Duration::ZERO), "there is more");
    }
    assert!(event_loop.counters().budget_cuts > 0);
    event_loop.close(&mut hall);
}

#[test]
fn with_a_budget_of_one_frames_come_in_turns() {
    let mut hall: Hall = Hall::new();
    hall.echoes = false;
    let names = ["ann", "bob", "eve"];
    let mut peers = Vec::new();
    for name in names {
        let (member, mut peer) = client(name);
        hall.clients.insert(member);
        peer.write_all(b"1\n2\n3\n4\n5\n").unwrap();
        peers.push(peer);
    }
    let mut event_loop = loop_with_a_budget_of_one();
    until(&mut event_loop, &mut hall, |hall| {
        let items = hall
            .log
            .iter()
            .filter(|told| matches!(told.what, What::Item(_)));
        items.count() == 15
    });
    let items = hall
        .log
        .iter()
        .filter(|told| matches!(told.what, What::Item(_)));
    let who: Vec<_> = items.map(|told| told.name).collect();
    for round in who.chunks(3) {
        for name in names {
            assert!(round.contains(&name), "each has one in {who:?}");
        }
    }
    event_loop.close(&mut hall);
}

#[test]
fn what_the_budget_leaves_is_read_though_nothing_more_comes() {
    for budget in [1, 2, 7] {
        let mut hall: Hall = Hall::new();
        hall.clients = Family::new(CLIENTS);
        let (ann, mut peer) = client("ann");
        let ann = hall.clients.insert(ann);
        let lines: Vec<u8> = (0..100)
            .flat_map(|line| format!("{line}\n").into_bytes())
            .collect();
        peer.write_all(&lines).unwrap();
        peer.shutdown(std::net::Shutdown::Write).unwrap();
        let mut config = Config::default();
        config.budget = budget;
        let mut event_loop = EventLoop::with_config(config).unwrap();
        serve(&mut event_loop, &mut hall, |hall| {
            hall.reason(ann).is_some()
        });
        let whole: Vec<u8> = lines.into_iter().filter(|byte| *byte != b'\n').collect();
        assert_eq!(hall.items(ann), whole);
        event_loop.close(&mut hall);
    }
}

#[test]
fn who_keeps_waking_the_loop_while_paused_is_taken_off_and_loses_nothing() {
    let mut hall: Hall = Hall::new();
    hall.clients = Family::new(CLIENTS)
        .idle(Duration::MAX)
        .message(Duration::MAX);
    hall.echoes = false;
    let (ann, mut peer) = client("ann");
    let ann = hall.clients.insert(ann);
    let mut event_loop = EventLoop::new().unwrap();
    let _ = turn(&mut event_loop, &mut hall);
    assert!(hall.clients.pause(ann));
    for _ in 0..40 {
        peer.write_all(b"line\n").unwrap();
        let _ = turn(&mut event_loop, &mut hall);
    }
    assert_eq!(hall.items(ann), b"");
    if cfg!(not(mio_unsupported_force_poll_poll)) {
        // On `poll(2)` it is not armed again while it is not read.
        assert_eq!(event_loop.counters().taken_off, 1);
    }
    peer.write_all(b"unheard\n").unwrap();
    assert!(
        sleeps(&mut event_loop, &mut hall),
        "it wakes nobody any more"
    );
    assert!(hall.clients.resume(ann));
    peer.shutdown(std::net::Shutdown::Write).unwrap();
    serve(&mut event_loop, &mut hall, |hall| hall.has_ended(ann));
    assert_eq!(
        hall.items(ann),
        [&b"line".repeat(40)[..], b"unheard"].concat()
    );
    event_loop.close(&mut hall);
}

#[test]
fn an_end_that_comes_during_a_pause_is_told_after_it() {
    let mut hall: Hall = Hall::new();
    let (ann, mut peer) = client("ann");
    let ann = hall.clients.insert(ann);
    hall.on.add(When::Opened, "ann", |_, _, _| Ok(Flow::Pause));
    let mut event_loop = EventLoop::new().unwrap();
    peer.write_all(b"last words").unwrap();
    peer.shutdown(std::net::Shutdown::Write).unwrap();
    for _ in 0..4 {
        let _ = turn(&mut event_loop, &mut hall);
    }
    assert_eq!(hall.told(ann), [&What::Opened]);
    assert!(hall.clients.resume(ann));
    serve(&mut event_loop, &mut hall, |hall| {
        hall.reason(ann).is_some()
    });
    assert_eq!(hall.items(ann), b"last words");
    event_loop.close(&mut hall);
}
