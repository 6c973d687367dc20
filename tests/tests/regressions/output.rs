//! What is sent and what is not, and what that means for reading.

use std::io::Write;
use std::mem;

use miocene::{ByteLines, EventLoop, Family, Flow};

use crate::common::turn;
use crate::hall::{CLIENTS, Hall, When, client, received};
use crate::helpers::{Guarded, turns, turns_until_finished};

#[test]
fn who_discards_a_backlog_is_read_again() {
    let mut hall: Hall = Hall::new();
    let (ann, mut peer) = client("ann");
    let ann = hall.clients.insert(ann);
    let mut event_loop = EventLoop::new().unwrap();
    let out = &mut hall.clients.get_mut(ann).unwrap().out;
    out.send(&vec![b'x'; 1_000_000]);
    turns(&mut event_loop, &mut hall);
    let out = &mut hall.clients.get_mut(ann).unwrap().out;
    assert!(out.is_full());
    drop(mem::take(out));
    peer.write_all(b"hello\n").unwrap();
    turns(&mut event_loop, &mut hall);
    assert_eq!(hall.items(ann), b"hello");
    event_loop.close(&mut hall);
}

#[test]
fn what_was_sent_to_one_that_the_poll_refuses_is_tried_once() {
    let mut hall: Hall<ByteLines, Guarded> = Hall::new();
    let (mut ann, mut peer) = Guarded::client("ann", true);
    ann.out.send(b"sorry\n");
    let ann = hall.clients.insert(ann);
    let mut event_loop = EventLoop::new().unwrap();
    let _ = turn(&mut event_loop, &mut hall);
    let why = hall.reason(ann).unwrap();
    assert!(why.starts_with("Register("), "{why}");
    assert_eq!(received(&mut peer), (b"sorry\n".to_vec(), true));
    event_loop.close(&mut hall);
}

#[test]
fn what_was_sent_to_one_that_comes_after_a_stop_is_tried_once() {
    let mut hall: Hall = Hall::new();
    let (ann, mut ann_peer) = client("ann");
    let (mut bob, mut bob_peer) = client("bob");
    hall.clients.insert(ann);
    bob.out.send(b"sorry\n");
    hall.on.add(When::Item, "ann", |_, _, _| Ok(Flow::Stop));
    hall.on.add(When::Closed, "ann", move |hall, _, _| {
        hall.clients.insert(bob);
        Ok(Flow::Continue)
    });
    ann_peer.write_all(b"stop\n").unwrap();
    EventLoop::new().unwrap().run(&mut hall).unwrap();
    drop(hall);
    assert_eq!(received(&mut bob_peer), (b"sorry\n".to_vec(), true));
}

/// A neighbour sends it one thing too many, and stops the loop.
#[test]
fn who_is_above_the_hard_cap_when_the_loop_stops_leaves_for_that() {
    let mut hall: Hall = Hall::new();
    hall.clients = Family::new(CLIENTS).unsent(1_000, 2_000, 10_000);
    let (ann, _ann_peer) = client("ann");
    let (bob, mut bob_peer) = client("bob");
    let [ann, bob] = [ann, bob].map(|member| hall.clients.insert(member));
    let mut event_loop = EventLoop::new().unwrap();
    let out = &mut hall.clients.get_mut(ann).unwrap().out;
    out.send(&vec![b'x'; 1_000_000]);
    turns(&mut event_loop, &mut hall);
    assert_eq!(hall.reason(ann), None, "one reply is never refused");
    hall.on.add(When::Item, "bob", move |hall, _, _| {
        hall.clients.get_mut(ann).unwrap().out.send(b"too much");
        Ok(Flow::Stop)
    });
    bob_peer.write_all(b"go\n").unwrap();
    assert!(turns_until_finished(&mut event_loop, &mut hall).is_some());
    assert_eq!(hall.reason(ann), Some("Overflow"));
    assert_eq!(hall.reason(bob), Some("Stopped"));
}
