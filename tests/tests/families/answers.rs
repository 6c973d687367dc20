//! What a handler returns, and what it calls, about the same member.

use std::io::Write;
use std::time::Duration;

use miocene::{EventLoop, Family, Flow};

use crate::common::{turn, until};
use crate::hall::{CLIENTS, Client, Hall, When, client, received};

#[test]
fn what_is_returned_wins_over_what_was_called() {
    type Does = fn(&mut Hall, miocene::Token) -> crate::hall::Answer;
    let cases: [(Does, &str); 6] = [
        (
            |hall, me| {
                hall.clients.leave(me);
                Ok(Flow::Close)
            },
            "Asked",
        ),
        (
            |hall, me| {
                hall.clients.abort(me);
                Ok(Flow::Close)
            },
            "Asked",
        ),
        (
            |hall, me| {
                hall.clients.close(me);
                Ok(Flow::Leave)
            },
            "Left",
        ),
        (
            |hall, me| {
                hall.clients.abort(me);
                Ok(Flow::Leave)
            },
            "Left",
        ),
        (
            |hall, me| {
                hall.clients.leave(me);
                Err("no".into())
            },
            "Failed(\"no\")",
        ),
        // It says nothing about leaving.
        (
            |hall, me| {
                hall.clients.leave(me);
                Ok(Flow::Continue)
            },
            "Left",
        ),
    ];
    for (number, (does, reason)) in cases.into_iter().enumerate() {
        let mut hall: Hall = Hall::new();
        hall.clients = Family::new(CLIENTS).linger(Duration::ZERO, 0);
        let (ann, mut peer) = client("ann");
        let ann = hall.clients.insert(ann);
        hall.on
            .add(When::Item, "ann", move |hall, _, _| does(hall, ann));
        peer.write_all(b"go\nunread\n").unwrap();
        let mut event_loop = EventLoop::new().unwrap();
        until(&mut event_loop, &mut hall, |hall| {
            hall.reason(ann).is_some()
        });
        assert_eq!(hall.reason(ann), Some(reason), "case {number}");
        assert_eq!(hall.items(ann), b"go", "case {number}");
        assert!(hall.clients.is_empty());
        event_loop.close(&mut hall);
    }
}

#[test]
fn a_pause_that_is_returned_wins_over_a_resume_that_was_called() {
    let mut hall: Hall = Hall::new();
    let (ann, mut peer) = client("ann");
    let ann = hall.clients.insert(ann);
    hall.on.add(When::Item, "ann", move |hall, _, _| {
        assert!(hall.clients.resume(ann));
        Ok(Flow::Pause)
    });
    peer.write_all(b"go\nlater\n").unwrap();
    let mut event_loop = EventLoop::new().unwrap();
    for _ in 0..3 {
        let _ = turn(&mut event_loop, &mut hall);
    }
    assert_eq!(hall.items(ann), b"go");
    hall.clients.resume(ann);
    until(&mut event_loop, &mut hall, |hall| {
        hall.items(ann) == b"golater"
    });
    event_loop.close(&mut hall);
}

#[test]
fn a_pause_of_the_user_and_one_of_the_watermark_are_two() {
    let mut hall: Hall = Hall::new();
    hall.clients = Family::new(CLIENTS).unsent(10, 20, 4_000_000);
    let (ann, mut peer) = client("ann");
    let ann = hall.clients.insert(ann);
    hall.echoes = false;
    hall.on.add(When::Item, "ann", |_, _, member: &mut Client| {
        member.out.send(&[b'x'; 2_000_000]);
        Ok(Flow::Continue)
    });
    peer.write_all(b"go\n").unwrap();
    let mut event_loop = EventLoop::new().unwrap();
    until(&mut event_loop, &mut hall, |hall| hall.items(ann) == b"go");
    peer.write_all(b"more\n").unwrap();
    // To resume does not lift the watermark.
    assert!(hall.clients.pause(ann) && hall.clients.resume(ann));
    for _ in 0..3 {
        let _ = turn(&mut event_loop, &mut hall);
        assert_eq!(hall.items(ann), b"go", "too much is unsent to be read");
    }
    // And what is sent does not lift the pause.
    assert!(hall.clients.pause(ann));
    let mut got = 0;
    while got < 2_000_000 {
        let _ = turn(&mut event_loop, &mut hall);
        got += received(&mut peer).0.len();
    }
    for _ in 0..3 {
        let _ = turn(&mut event_loop, &mut hall);
        assert_eq!(hall.items(ann), b"go", "paused");
    }
    assert!(hall.clients.resume(ann));
    until(&mut event_loop, &mut hall, |hall| {
        hall.items(ann) == b"gomore"
    });
    event_loop.close(&mut hall);
}
