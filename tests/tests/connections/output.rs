//! What is sent is collected, and bounded by watermarks and a cap.

use std::io::Write;
use std::time::Duration;

use miocene::net::TcpStream;
use miocene::{ByteLines, EventLoop, Family, Flow, Token};

use crate::common::{turn, until};
use crate::hall::{CLIENTS, Client, Hall, When, client, received, serve, tcp_client};

pub type TcpHall = Hall<ByteLines, TcpStream>;

/// More than the system takes for a peer that does not read.
const MUCH: usize = 30_000_000;

/// After so many bytes the pattern begins again.
const PERIOD: usize = 251;

pub fn pattern(from: usize, length: usize) -> Vec<u8> {
    let period: Vec<u8> = (0..PERIOD).map(|byte| byte as u8).collect();
    let mut bytes = period.repeat(length / PERIOD + 2);
    bytes.drain(..from % PERIOD);
    bytes.truncate(length);
    bytes
}

/// Where what has come first differs from what was sent.
pub fn difference(got: &[u8]) -> Option<usize> {
    let sent = pattern(0, got.len());
    if got == sent {
        return None;
    }
    (0..got.len()).find(|&at| got[at] != sent[at])
}

#[test]
fn one_reply_is_never_refused_for_its_size() {
    let mut hall = TcpHall::new();
    hall.echoes = false;
    let (ann, mut peer) = tcp_client("ann");
    let ann = hall.clients.insert(ann);
    hall.on.add(When::Item, "ann", |_, _, member| {
        member.out.send(&pattern(0, MUCH));
        Ok(Flow::Continue)
    });
    peer.write_all(b"go\n").unwrap();
    let mut event_loop = EventLoop::new().unwrap();
    let mut got = Vec::new();
    serve(&mut event_loop, &mut hall, |_| {
        got.extend(received(&mut peer).0);
        got.len() >= MUCH
    });
    assert_eq!((got.len(), difference(&got)), (MUCH, None));
    assert_eq!(hall.reason(ann), None);
    event_loop.close(&mut hall);
}

#[test]
fn above_the_high_watermark_nothing_is_read_and_below_the_low_one_it_goes_on() {
    let mut hall = TcpHall::new();
    hall.clients = Family::new(CLIENTS).unsent(1_000, 2_000, 2 * MUCH);
    hall.echoes = false;
    let (ann, mut peer) = tcp_client("ann");
    let ann = hall.clients.insert(ann);
    hall.on.add(When::Item, "ann", |_, _, member| {
        member.out.send(&pattern(0, MUCH));
        assert!(member.out.is_full());
        Ok(Flow::Continue)
    });
    // The second line is in the buffer already, the third comes later.
    peer.write_all(b"one\ntwo\n").unwrap();
    let mut event_loop = EventLoop::new().unwrap();
    until(&mut event_loop, &mut hall, |hall| {
        !hall.items(ann).is_empty()
    });
    peer.write_all(b"three\n").unwrap();
    for _ in 0..5 {
        let _ = turn(&mut event_loop, &mut hall);
        assert_eq!(hall.items(ann), b"one", "the drain under way has ended");
    }
    let mut got = Vec::new();
    while got.len() < MUCH / 2 {
        got.extend(received(&mut peer).0);
        let _ = turn(&mut event_loop, &mut hall);
        assert!(hall.items(ann) == b"one" || got.len() > MUCH / 4);
    }
    // All edges have come and gone.
    serve(&mut event_loop, &mut hall, |hall| {
        got.extend(received(&mut peer).0);
        hall.items(ann) == b"onetwothree"
    });
    serve(&mut event_loop, &mut hall, |_| {
        got.extend(received(&mut peer).0);
        got.len() >= MUCH
    });
    assert_eq!((got.len(), difference(&got)), (MUCH, None));
    event_loop.close(&mut hall);
}

#[test]
fn what_is_sent_above_the_hard_cap_closes_with_a_reason_and_others_go_on() {
    let mut hall = TcpHall::new();
    hall.clients = Family::new(CLIENTS).unsent(1_000, 2_000, 1_000_000);
    let (slow, mut slow_peer) = tcp_client("slow");
    let (bob, mut bob_peer) = tcp_client("bob");
    let slow = hall.clients.insert(slow);
    let _bob = hall.clients.insert(bob);
    let mut event_loop = EventLoop::new().unwrap();
    let mut sent = 0;
    serve(&mut event_loop, &mut hall, |hall| {
        if let Some(slow) = hall.clients.get_mut(slow) {
            slow.out.send(&pattern(sent, 100_000));
            sent += 100_000;
            assert!(
                slow.out.unsent().len() <= 1_100_000,
                "the cap and one message"
            );
        }
        hall.reason(slow).is_some()
    });
    assert_eq!(hall.reason(slow), Some("Overflow"));
    assert_eq!(event_loop.counters().closed.overflow, 1);
    assert_eq!(hall.clients.len(), 1);
    let (got, _) = received(&mut slow_peer);
    assert_eq!(difference(&got), None, "what had been sent is what came");
    bob_peer.write_all(b"hello\n").unwrap();
    let mut got = Vec::new();
    serve(&mut event_loop, &mut hall, |_| {
        got.extend(received(&mut bob_peer).0);
        got == b"hello\n"
    });
    event_loop.close(&mut hall);
}

/// Neighbours are flushed in the turn in which they were written to.
#[test]
fn what_neighbours_are_sent_leaves_in_the_same_turn() {
    let mut hall: Hall = Hall::new();
    hall.echoes = false;
    let (ann, mut ann_peer) = client("ann");
    let ann = hall.clients.insert(ann);
    let mut peers = Vec::new();
    for _ in 0..20 {
        let (member, peer) = client("neighbour");
        hall.clients.insert(member);
        peers.push(peer);
    }
    let mut event_loop = EventLoop::new().unwrap();
    let _ = turn(&mut event_loop, &mut hall);
    hall.on
        .add(When::Item, "ann", |hall, _, member: &mut Client| {
            for neighbour in hall.clients.iter_mut() {
                writeln!(neighbour.out, "from {}", member.state);
            }
            Ok(Flow::Continue)
        });
    ann_peer.write_all(b"go\n").unwrap();
    until(&mut event_loop, &mut hall, |hall| hall.items(ann) == b"go");
    for peer in &mut peers {
        assert_eq!(received(peer).0, b"from ann\n");
    }
    event_loop.close(&mut hall);
}

#[test]
fn what_a_slow_neighbour_is_sent_comes_when_it_reads_though_it_stays_silent() {
    let mut hall = TcpHall::new();
    let (ann, mut peer) = tcp_client("ann");
    let ann: Token = hall.clients.insert(ann);
    let mut event_loop = EventLoop::new().unwrap();
    let _ = turn(&mut event_loop, &mut hall);
    hall.clients
        .get_mut(ann)
        .unwrap()
        .out
        .send(&pattern(0, MUCH));
    for _ in 0..5 {
        let _ = turn(&mut event_loop, &mut hall);
    }
    let mut got = Vec::new();
    serve(&mut event_loop, &mut hall, |_| {
        got.extend(received(&mut peer).0);
        got.len() >= MUCH
    });
    assert_eq!((got.len(), difference(&got)), (MUCH, None));
    event_loop.close(&mut hall);
}

#[test]
fn a_peer_that_has_gone_is_a_reason_to_close_when_it_is_written_to() {
    let mut hall: Hall = Hall::new();
    let (ann, peer) = client("ann");
    let ann = hall.clients.insert(ann);
    hall.on
        .add(When::Ended, "ann", |_, _, _| Ok(Flow::Continue));
    drop(peer);
    let mut event_loop = EventLoop::new().unwrap();
    serve(&mut event_loop, &mut hall, |hall| hall.has_ended(ann));
    if let Some(member) = hall.clients.get_mut(ann) {
        member.out.send(b"hello?");
    }
    serve(&mut event_loop, &mut hall, |hall| {
        hall.reason(ann).is_some()
    });
    assert!(
        hall.reason(ann).unwrap().starts_with("Write("),
        "{:?}",
        hall.reason(ann)
    );
    assert_eq!(event_loop.counters().closed.write, 1);
    event_loop.close(&mut hall);
}

#[test]
fn a_slow_reader_that_is_aborted_is_not_waited_for() {
    let mut hall = TcpHall::new();
    hall.clients = Family::new(CLIENTS).linger(Duration::from_secs(600), 0);
    let (ann, _peer) = tcp_client("ann");
    let ann = hall.clients.insert(ann);
    let mut event_loop = EventLoop::new().unwrap();
    let _ = turn(&mut event_loop, &mut hall);
    hall.clients
        .get_mut(ann)
        .unwrap()
        .out
        .send(&pattern(0, MUCH));
    assert!(hall.clients.close(ann));
    for _ in 0..3 {
        let _ = turn(&mut event_loop, &mut hall);
    }
    assert_eq!(hall.reason(ann), None, "being flushed");
    assert!(hall.clients.abort(ann));
    let _ = turn(&mut event_loop, &mut hall);
    assert_eq!(hall.reason(ann), Some("Asked"), "the first reason counts");
    event_loop.close(&mut hall);
}

/// A client of a hall of lines can be asked for what is in it.
#[test]
fn what_is_unsent_can_be_seen() {
    let mut hall: Hall = Hall::new();
    let (ann, _peer) = client("ann");
    let ann = hall.clients.insert(ann);
    let member: &mut Client = hall.clients.get_mut(ann).unwrap();
    assert!(member.out.unsent().is_empty() && !member.out.is_full());
    member.out.send(b"one");
    write!(member.out, " {}", 2);
    member.send_frame(b" three").unwrap();
    assert_eq!(member.out.unsent(), b"one 2 three\n");
}
