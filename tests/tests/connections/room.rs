//! A handler that is told of room to write is told of every send.

use std::io::Write;

use miocene::{EventLoop, Flow};

use crate::common::turn;
use crate::hall::{Client, Hall, What, When, client, received, serve, tcp_client};
use crate::output::{TcpHall, difference, pattern};

/// Sends the next piece of the body each time it is told that there is room.
fn piece_by_piece(hall: &mut TcpHall, when: When, from: usize, pieces: usize, size: usize) {
    if pieces == 0 {
        return;
    }
    hall.on.add(when, "ann", move |hall, _, member| {
        member.out.send(&pattern(from, size));
        piece_by_piece(hall, When::Writable, from + size, pieces - 1, size);
        Ok(Flow::Continue)
    });
}

#[test]
fn a_body_sent_piece_by_piece_never_stalls_whatever_the_size_of_the_pieces() {
    for (pieces, size) in [(200, 10), (200, 100_000), (20, 1_000_000)] {
        let mut hall = TcpHall::new();
        hall.echoes = false;
        let (ann, mut peer) = tcp_client("ann");
        let ann = hall.clients.insert(ann);
        piece_by_piece(&mut hall, When::Item, 0, pieces, size);
        peer.write_all(b"go\n").unwrap();
        let mut event_loop = EventLoop::new().unwrap();
        let mut got = Vec::new();
        serve(&mut event_loop, &mut hall, |_| {
            got.extend(received(&mut peer).0);
            got.len() >= pieces * size
        });
        for _ in 0..5 {
            let _ = turn(&mut event_loop, &mut hall);
        }
        assert_eq!((got.len(), difference(&got)), (pieces * size, None));
        let told = hall.told(ann);
        let calls = told.iter().filter(|what| ***what == What::Writable).count();
        assert_eq!(calls, pieces, "once for every send");
        event_loop.close(&mut hall);
    }
}

#[test]
fn a_body_goes_on_though_the_peer_has_ended_its_direction() {
    let mut hall = TcpHall::new();
    hall.echoes = false;
    let (ann, mut peer) = tcp_client("ann");
    let ann = hall.clients.insert(ann);
    piece_by_piece(&mut hall, When::Item, 0, 50, 100_000);
    hall.on
        .add(When::Ended, "ann", |_, _, _| Ok(Flow::Continue));
    peer.write_all(b"go\n").unwrap();
    peer.shutdown(std::net::Shutdown::Write).unwrap();
    let mut event_loop = EventLoop::new().unwrap();
    let mut got = Vec::new();
    serve(&mut event_loop, &mut hall, |_| {
        got.extend(received(&mut peer).0);
        got.len() >= 5_000_000
    });
    assert_eq!((got.len(), difference(&got)), (5_000_000, None));
    assert_eq!(hall.reason(ann), None);
    event_loop.close(&mut hall);
}

#[test]
fn a_body_can_begin_when_the_connection_opens() {
    let mut hall = TcpHall::new();
    let (ann, mut peer) = tcp_client("ann");
    hall.clients.insert(ann);
    piece_by_piece(&mut hall, When::Opened, 0, 50, 1_000);
    let mut event_loop = EventLoop::new().unwrap();
    let mut got = Vec::new();
    serve(&mut event_loop, &mut hall, |_| {
        got.extend(received(&mut peer).0);
        got.len() >= 50_000
    });
    assert_eq!(difference(&got), None);
    event_loop.close(&mut hall);
}

#[test]
fn who_sends_nothing_is_not_told_of_room_to_write() {
    let mut hall: Hall = Hall::new();
    hall.echoes = false;
    let (ann, mut peer) = client("ann");
    let ann = hall.clients.insert(ann);
    let mut event_loop = EventLoop::new().unwrap();
    for _ in 0..5 {
        peer.write_all(b"line\n").unwrap();
        let _ = turn(&mut event_loop, &mut hall);
    }
    assert_eq!(hall.items(ann), b"line".repeat(5));
    assert!(!hall.told(ann).contains(&&What::Writable));
    event_loop.close(&mut hall);
}

#[test]
fn what_is_sent_to_a_neighbour_in_closed_is_told_to_its_writable_handler() {
    let mut hall: Hall = Hall::new();
    hall.echoes = false;
    let (ann, mut ann_peer) = client("ann");
    let (bob, mut bob_peer) = client("bob");
    let ann = hall.clients.insert(ann);
    let bob = hall.clients.insert(bob);
    let mut event_loop = EventLoop::new().unwrap();
    let _ = turn(&mut event_loop, &mut hall);
    hall.on.add(When::Item, "ann", move |hall, _, _| {
        hall.clients.abort(ann);
        Ok(Flow::Continue)
    });
    hall.on.add(When::Closed, "ann", move |hall, _, _| {
        hall.clients.get_mut(bob).unwrap().out.send(b"ann has gone");
        Ok(Flow::Continue)
    });
    ann_peer.write_all(b"go\n").unwrap();
    bob_peer.write_all(b"go\n").unwrap();
    for _ in 0..5 {
        let _ = turn(&mut event_loop, &mut hall);
    }
    assert_eq!(received(&mut bob_peer).0, b"ann has gone");
    assert!(hall.told(bob).contains(&&What::Writable), "{:?}", hall.log);
    event_loop.close(&mut hall);
}

#[test]
fn a_frame_that_cannot_be_encoded_hides_nothing_that_was_sent_before() {
    let mut hall: Hall = Hall::new();
    hall.echoes = false;
    let (ann, mut ann_peer) = client("ann");
    let ann = hall.clients.insert(ann);
    hall.on
        .add(When::Item, "ann", move |_, _, member: &mut Client| {
            member.out.send(b"one\n");
            assert!(member.send_frame(b"two\nlines").is_err());
            Ok(Flow::Continue)
        });
    let mut event_loop = EventLoop::new().unwrap();
    ann_peer.write_all(b"go\n").unwrap();
    for _ in 0..5 {
        let _ = turn(&mut event_loop, &mut hall);
    }
    assert_eq!(received(&mut ann_peer).0, b"one\n");
    assert!(hall.told(ann).contains(&&What::Writable), "{:?}", hall.log);
    event_loop.close(&mut hall);
}
