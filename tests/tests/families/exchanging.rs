//! Connections may change their places, or be replaced: others may not.

use std::io::Write;
use std::mem;

use miocene::{Connection, EventLoop, Flow};

use crate::common::{turn, until};
use crate::hall::{Client, Hall, When, client, received, serve};

/// Both have something left that is no whole line when they change places.
#[test]
fn two_connections_change_places_and_lose_nothing() {
    for lent in [false, true] {
        let mut hall: Hall = Hall::new();
        let (ann, mut ann_peer) = client("ann");
        let (bob, mut bob_peer) = client("bob");
        let [ann, bob] = [ann, bob].map(|member| hall.clients.insert(member));
        let mut event_loop = EventLoop::new().unwrap();
        ann_peer.write_all(b"half of ann").unwrap();
        bob_peer.write_all(b"half of bob").unwrap();
        for _ in 0..3 {
            let _ = turn(&mut event_loop, &mut hall);
        }
        if lent {
            hall.on
                .add(When::Item, "ann", move |hall, _, ann: &mut Client| {
                    mem::swap(ann, hall.clients.get_mut(bob).unwrap());
                    Ok(Flow::Continue)
                });
            // What comes after the line in hand is ann's, wherever she is.
            ann_peer.write_all(b"'s\nnext of ann").unwrap();
        } else {
            let mut both = hall.clients.iter_mut();
            mem::swap(both.next().unwrap(), both.next().unwrap());
        }
        for _ in 0..3 {
            let _ = turn(&mut event_loop, &mut hall);
        }
        assert_eq!(
            hall.clients.get(ann).map(|member| member.state),
            Some("bob")
        );
        assert_eq!(hall.clients.get(ann).and_then(Connection::token), Some(ann));
        assert_eq!(hall.clients.get(bob).and_then(Connection::token), Some(bob));
        ann_peer.write_all(b"'s end\n").unwrap();
        bob_peer.write_all(b"'s end\n").unwrap();
        let anns: &[u8] = if lent {
            b"half of ann's\nnext of ann's end\n"
        } else {
            b"half of ann's end\n"
        };
        let (mut got_ann, mut got_bob) = (Vec::new(), Vec::new());
        serve(&mut event_loop, &mut hall, |_| {
            got_ann.extend(received(&mut ann_peer).0);
            got_bob.extend(received(&mut bob_peer).0);
            got_ann.len() >= anns.len() && got_bob.len() >= b"half of bob's end\n".len()
        });
        assert_eq!(got_ann, anns, "lent: {lent}");
        assert_eq!(got_bob, b"half of bob's end\n", "lent: {lent}");
        event_loop.close(&mut hall);
    }
}

#[test]
fn a_connection_that_is_put_in_the_place_of_another_is_registered() {
    let mut hall: Hall = Hall::new();
    let (ann, mut ann_peer) = client("ann");
    let ann = hall.clients.insert(ann);
    let (next, mut next_peer) = client("next");
    hall.on
        .add(When::Item, "ann", move |_, _, member: &mut Client| {
            drop(mem::replace(member, next));
            Ok(Flow::Continue)
        });
    ann_peer.write_all(b"go\nof the old one").unwrap();
    let mut event_loop = EventLoop::new().unwrap();
    until(&mut event_loop, &mut hall, |hall| {
        !hall.items(ann).is_empty()
    });
    assert!(received(&mut ann_peer).1, "the old one was dropped");
    next_peer.write_all(b"hello\n").unwrap();
    let mut got = Vec::new();
    serve(&mut event_loop, &mut hall, |_| {
        got.extend(received(&mut next_peer).0);
        got == b"hello\n"
    });
    assert_eq!(
        hall.items(ann),
        b"gohello",
        "and nothing of what the old one had left"
    );
    event_loop.close(&mut hall);
}
