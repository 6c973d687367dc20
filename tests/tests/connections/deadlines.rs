//! Peers that are idle, or take too long for a message, are gone in time; those
//! that we have paused ourselves are not.

use std::io::Write;
use std::time::Duration;

use miocene::net::TcpStream;
use miocene::{ByteLines, EventLoop, Family, Flow};

use crate::common::until;
use crate::hall::{CLIENTS, Client, Hall, What, When, client, received, serve, tcp_client};

const SHORT: Duration = Duration::from_millis(50);

#[test]
fn who_is_idle_is_told_so_and_closed() {
    for handled in [false, true] {
        let mut hall: Hall = Hall::new();
        hall.clients = Family::new(CLIENTS).idle(SHORT);
        let (ann, mut peer) = client("ann");
        let ann = hall.clients.insert(ann);
        if handled {
            hall.on
                .add(When::Ended, "ann", |_, _, member: &mut Client| {
                    member.out.send(b"too quiet\n");
                    Ok(Flow::Close)
                });
        }
        let mut event_loop = EventLoop::new().unwrap();
        until(&mut event_loop, &mut hall, |hall| hall.has_ended(ann));
        assert!(hall.told(ann).contains(&&What::Ended("Idle".into())));
        serve(&mut event_loop, &mut hall, |_| {
            let _ = peer.shutdown(std::net::Shutdown::Write);
            true
        });
        serve(&mut event_loop, &mut hall, |hall| {
            hall.reason(ann).is_some()
        });
        assert_eq!(hall.reason(ann), Some("Ended(Idle)"));
        assert_eq!(event_loop.counters().closed.idle, 1);
        let words = if handled {
            b"too quiet\n".to_vec()
        } else {
            Vec::new()
        };
        assert_eq!(received(&mut peer), (words, true));
        event_loop.close(&mut hall);
    }
}

/// As long as the other one, who says nothing, needs to be found idle five times
/// over.
#[test]
fn who_says_something_now_and_then_is_not_idle() {
    let mut hall: Hall = Hall::new();
    hall.clients = Family::new(CLIENTS).idle(Duration::from_millis(200));
    let (ann, mut peer) = client("ann");
    let ann = hall.clients.insert(ann);
    let mut event_loop = EventLoop::new().unwrap();
    for _ in 0..5 {
        let (bob, _bob_peer) = client("bob");
        let bob = hall.clients.insert(bob);
        serve(&mut event_loop, &mut hall, |hall| {
            peer.write_all(b"x\n").unwrap();
            let _ = received(&mut peer);
            hall.has_ended(bob)
        });
    }
    assert!(!hall.has_ended(ann));
    event_loop.close(&mut hall);
}

#[test]
fn the_time_rests_while_the_application_has_paused_the_member() {
    let mut hall: Hall = Hall::new();
    hall.clients = Family::new(CLIENTS).idle(SHORT);
    let (ann, _peer) = client("ann");
    let ann = hall.clients.insert(ann);
    hall.on.add(When::Opened, "ann", |_, _, _| Ok(Flow::Pause));
    let mut event_loop = EventLoop::new().unwrap();
    for _ in 0..3 {
        let (bob, _bob_peer) = client("bob");
        let bob = hall.clients.insert(bob);
        serve(&mut event_loop, &mut hall, |hall| hall.has_ended(bob));
    }
    assert!(
        !hall.has_ended(ann),
        "others were found idle, three times over"
    );
    assert!(hall.clients.resume(ann));
    serve(&mut event_loop, &mut hall, |hall| hall.has_ended(ann));
    event_loop.close(&mut hall);
}

#[test]
fn a_peer_that_does_not_read_is_idle_too() {
    let mut hall: Hall<ByteLines, TcpStream> = Hall::new();
    hall.clients = Family::new(CLIENTS)
        .idle(Duration::from_millis(100))
        .unsent(1, 1, 100_000_000);
    hall.echoes = false;
    let (ann, mut peer) = tcp_client("ann");
    let ann = hall.clients.insert(ann);
    hall.on.add(When::Item, "ann", |_, _, member| {
        member.out.send(&vec![b'x'; 30_000_000]);
        Ok(Flow::Continue)
    });
    peer.write_all(b"go\n").unwrap();
    let mut event_loop = EventLoop::new().unwrap();
    serve(&mut event_loop, &mut hall, |hall| {
        hall.reason(ann).is_some()
    });
    assert_eq!(hall.reason(ann), Some("Ended(Idle)"));
    event_loop.close(&mut hall);
}

#[test]
fn a_trickle_of_bytes_keeps_no_message_alive() {
    let mut hall: Hall = Hall::new();
    hall.clients = Family::new(CLIENTS).message(SHORT).frame(1_000_000);
    let (ann, mut peer) = client("ann");
    let (bob, mut bob_peer) = client("bob");
    let [ann, bob] = [ann, bob].map(|member| hall.clients.insert(member));
    let mut event_loop = EventLoop::new().unwrap();
    let mut bytes = 0;
    serve(&mut event_loop, &mut hall, |hall| {
        // One never ends its line; the other sends whole ones all the time.
        let _ = peer.write_all(b"x");
        bob_peer.write_all(b"x\n").unwrap();
        let _ = received(&mut bob_peer);
        bytes += 1;
        hall.has_ended(ann)
    });
    assert!(bytes > 1, "it was a trickle");
    assert!(hall.told(ann).contains(&&What::Ended("Deadline".into())));
    assert!(!hall.has_ended(bob), "whole messages are in time");
    drop(peer);
    serve(&mut event_loop, &mut hall, |hall| {
        hall.reason(ann).is_some()
    });
    assert_eq!(hall.reason(ann), Some("Ended(Deadline)"));
    assert_eq!(event_loop.counters().closed.deadline, 1);
    event_loop.close(&mut hall);
}

#[test]
fn a_message_that_was_completed_in_time_leaves_no_deadline_behind() {
    let mut hall: Hall = Hall::new();
    hall.clients = Family::new(CLIENTS).message(SHORT);
    let (ann, mut peer) = client("ann");
    let ann = hall.clients.insert(ann);
    let mut event_loop = EventLoop::new().unwrap();
    for _ in 0..3 {
        peer.write_all(b"be").unwrap();
        let _ = crate::common::turn(&mut event_loop, &mut hall);
        peer.write_all(b"gun\n").unwrap();
        // As long as it takes somebody else to be late.
        let (bob, mut bob_peer) = client("bob");
        let bob = hall.clients.insert(bob);
        bob_peer.write_all(b"late").unwrap();
        serve(&mut event_loop, &mut hall, |hall| hall.has_ended(bob));
    }
    assert!(!hall.has_ended(ann));
    assert_eq!(hall.items(ann), b"begun".repeat(3));
    event_loop.close(&mut hall);
}

#[test]
fn a_pause_in_ended_is_a_continue() {
    let mut hall: Hall = Hall::new();
    hall.clients = Family::new(CLIENTS).idle(SHORT);
    let (ann, ann_peer) = client("ann");
    let ann = hall.clients.insert(ann);
    hall.on.add(When::Ended, "ann", |_, _, _| Ok(Flow::Pause));
    ann_peer.shutdown(std::net::Shutdown::Write).unwrap();
    let mut event_loop = EventLoop::new().unwrap();
    until(&mut event_loop, &mut hall, |hall| {
        hall.reason(ann).is_some()
    });
    assert_eq!(hall.reason(ann), Some("Ended(Idle)"));
    event_loop.close(&mut hall);
}

/// The sweeps come with events, one of each in every turn.
#[test]
fn a_trickle_as_fast_as_the_sweeps_keeps_nobody_alive_either() {
    for pause in [1, 3] {
        let mut hall: Hall = Hall::new();
        hall.clients = Family::new(CLIENTS)
            .message(Duration::from_millis(64))
            .frame(1_000_000);
        let (ann, mut peer) = client("ann");
        let ann = hall.clients.insert(ann);
        let mut event_loop = EventLoop::new().unwrap();
        let mut turns = 0;
        while !hall.has_ended(ann) {
            let _ = peer.write_all(b"x");
            let _ = event_loop
                .turn(&mut hall, Some(Duration::from_millis(pause)))
                .unwrap();
            std::thread::sleep(Duration::from_millis(pause));
            turns += 1;
            assert!(turns < 2_000, "for {pause} ms it has not ended");
        }
        assert!(hall.told(ann).contains(&&What::Ended("Deadline".into())));
        event_loop.close(&mut hall);
    }
}
