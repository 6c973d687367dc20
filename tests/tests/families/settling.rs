//! Changes are plain calls: what is seen of them at once, and when the loop does
//! them.

use std::io::Write;
use std::time::Duration;

use miocene::{EventLoop, Family, Flow};

use crate::common::{AT_ONCE, turn, until};
use crate::hall::{CLIENTS, Client, Hall, What, When, client, received, serve};

#[test]
fn a_member_can_be_inserted_before_any_loop_runs_and_its_token_is_final() {
    let mut hall: Hall = Hall::new();
    let (ann, mut peer) = client("ann");
    let token = hall.clients.insert(ann);
    assert!(CLIENTS.contains(token));
    assert!(hall.clients.contains(token) && hall.clients.get(token).is_some());
    assert_eq!(
        hall.clients.get(token).and_then(Client::token),
        None,
        "in no loop yet"
    );
    hall.on
        .add(When::Opened, "ann", move |_, cx, member: &mut Client| {
            assert_eq!((member.token(), cx.token()), (Some(token), token));
            Ok(Flow::Continue)
        });
    peer.write_all(b"early\n").unwrap();
    let mut event_loop = EventLoop::new().unwrap();
    until(&mut event_loop, &mut hall, |hall| {
        hall.items(token) == b"early"
    });
    assert_eq!(hall.told(token)[0], &What::Opened, "before the first item");
    event_loop.close(&mut hall);
}

#[test]
fn look_ups_see_a_change_at_once() {
    let mut hall: Hall = Hall::new();
    let (ann, mut peer) = client("ann");
    let (bob, _bob) = client("bob");
    let (eve, _eve) = client("eve");
    let [ann, bob] = [ann, bob].map(|member| hall.clients.insert(member));
    hall.on.add(When::Item, "ann", move |hall, _, _| {
        let clients = &mut hall.clients;
        assert_eq!(
            (clients.len(), clients.iter().count()),
            (2, 1),
            "with the lent one"
        );
        assert!(clients.contains(ann) && clients.get(ann).is_none());
        assert!(clients.get_mut(ann).is_none());
        assert_eq!(clients.all_tokens().collect::<Vec<_>>(), [ann, bob]);
        assert!(clients.iter_mut().all(|member| member.state == "bob"));

        let eve = clients.insert(eve);
        assert_eq!((clients.len(), clients.iter().count()), (3, 2));
        assert!(
            clients
                .get_mut(eve)
                .is_some_and(|eve| eve.token().is_none())
        );

        assert!(clients.close(bob) && !clients.close(bob), "closed once");
        assert!(!clients.contains(bob) && clients.get(bob).is_none());
        assert!(!clients.pause(bob) && !clients.resume(bob) && !clients.leave(bob));
        assert_eq!((clients.len(), clients.iter_mut().count()), (2, 1));

        assert!(clients.close(ann), "the lent one too");
        assert!(!clients.contains(ann));
        assert_eq!(clients.len(), 1);
        assert!(
            clients.abort(ann),
            "who is being closed can be told to hurry"
        );
        Ok(Flow::Continue)
    });
    peer.write_all(b"go\n").unwrap();
    let mut event_loop = EventLoop::new().unwrap();
    until(&mut event_loop, &mut hall, |hall| {
        hall.reason(bob).is_some()
    });
    assert_eq!(
        (hall.reason(ann), hall.reason(bob)),
        (Some("Asked"), Some("Asked"))
    );
    assert_eq!(hall.clients.len(), 1);
    event_loop.close(&mut hall);
}

#[test]
fn who_is_inserted_and_closed_at_once_is_sent_what_is_unsent_and_is_never_opened() {
    let mut hall: Hall = Hall::new();
    let (mut ann, mut peer) = client("ann");
    ann.out.send(b"no room for you\n");
    let token = hall.clients.insert(ann);
    assert!(hall.clients.close(token));
    assert!(hall.clients.is_empty());
    let mut event_loop = EventLoop::new().unwrap();
    let _ = turn(&mut event_loop, &mut hall);
    assert_eq!(hall.told(token), [&What::Closed("Asked".into())]);
    assert_eq!(received(&mut peer), (b"no room for you\n".to_vec(), true));
    let counters = event_loop.counters();
    assert_eq!((counters.opened, counters.closed.asked), (0, 1));
    event_loop.close(&mut hall);
}

#[test]
fn in_closed_the_place_is_free_and_the_version_has_passed() {
    let mut hall: Hall = Hall::new();
    hall.clients = Family::new(CLIENTS).cap(1);
    let (ann, peer) = client("ann");
    let (bob, mut bob_peer) = client("bob");
    let ann = hall.clients.insert(ann);
    hall.on.add(When::Closed, "ann", move |hall, _, _| {
        let clients = &mut hall.clients;
        assert!(clients.is_empty() && clients.has_room() && !clients.contains(ann));
        let bob = clients.insert(bob);
        assert_ne!(bob, ann, "the place is the same, the version is not");
        assert!(!clients.close(ann) && !clients.abort(ann));
        Ok(Flow::Continue)
    });
    drop(peer);
    let mut event_loop = EventLoop::new().unwrap();
    bob_peer.write_all(b"hello\n").unwrap();
    until(&mut event_loop, &mut hall, |hall| {
        hall.log
            .iter()
            .any(|told| told.name == "bob" && matches!(told.what, What::Item(_)))
    });
    assert_eq!(received(&mut bob_peer), (b"hello\n".to_vec(), false));
    assert_eq!(event_loop.counters().closed.refused, 0);
    event_loop.close(&mut hall);
}

/// Inserts another one when it is opened.
fn inserts_the_next(hall: &mut Hall, left: usize) {
    if left == 0 {
        return;
    }
    hall.on.add(When::Opened, "ann", move |hall, _, _| {
        inserts_the_next(hall, left - 1);
        hall.clients.insert(client("ann").0);
        Ok(Flow::Continue)
    });
}

#[test]
fn what_opened_notes_waits_for_the_next_turn_which_does_not_sleep() {
    let mut hall: Hall = Hall::new();
    inserts_the_next(&mut hall, 3);
    hall.clients.insert(client("ann").0);
    let mut event_loop = EventLoop::new().unwrap();
    // The peers have gone: each ends in the turn after it was opened.
    for opened in 1..=3 {
        let turn = turn(&mut event_loop, &mut hall);
        let told = hall.log.iter().filter(|told| told.what == What::Opened);
        assert!(told.count() >= opened, "one in each turn at the least");
        if opened < 3 {
            assert_eq!(turn.again, Some(Duration::ZERO));
        }
    }
    event_loop.close(&mut hall);
}

#[test]
fn what_closed_and_ended_note_waits_for_the_next_turn_which_does_not_sleep() {
    let mut hall: Hall = Hall::new();
    let (ann, ann_peer) = client("ann");
    let (bob, bob_peer) = client("bob");
    let (eve, mut eve_peer) = client("eve");
    let ann = hall.clients.insert(ann);
    let bob = hall.clients.insert(bob);
    let eve = hall.clients.insert(eve);
    let mut event_loop = EventLoop::new().unwrap();
    let _ = turn(&mut event_loop, &mut hall);
    hall.on.add(When::Ended, "ann", move |hall, _, _| {
        hall.clients.get_mut(eve).unwrap().out.send(b"ended ");
        hall.clients.abort(bob);
        Ok(Flow::Close)
    });
    hall.on.add(When::Closed, "bob", move |hall, _, _| {
        hall.clients.get_mut(eve).unwrap().out.send(b"closed");
        Ok(Flow::Continue)
    });
    drop(ann_peer);
    let first = event_loop.turn(&mut hall, AT_ONCE).unwrap();
    assert!(hall.reason(ann).is_some() && hall.reason(bob).is_none());
    assert_eq!(first.again, Some(Duration::ZERO));
    let second = event_loop.turn(&mut hall, AT_ONCE).unwrap();
    assert_eq!(hall.reason(bob), Some("Aborted"));
    assert_eq!(second.again, Some(Duration::ZERO));
    let _ = event_loop.turn(&mut hall, AT_ONCE).unwrap();
    assert_eq!(received(&mut eve_peer).0, b"ended closed");
    drop(bob_peer);
    event_loop.close(&mut hall);
}

#[test]
fn whatever_the_reason_the_place_is_free_again() {
    type Brings = fn(&mut Hall, miocene::Token, &mut Option<std::os::unix::net::UnixStream>);
    let cases: [(Brings, &str); 7] = [
        (|hall, ann, _| assert!(hall.clients.close(ann)), "Asked"),
        (|hall, ann, _| assert!(hall.clients.abort(ann)), "Aborted"),
        (|hall, ann, _| assert!(hall.clients.leave(ann)), "Left"),
        (|_, _, peer| drop(peer.take()), "Ended(Eof)"),
        (
            |hall, _, peer| {
                hall.on
                    .add(When::Ended, "ann", |_, _, member: &mut Client| {
                        member.finish();
                        Ok(Flow::Continue)
                    });
                peer.as_ref()
                    .unwrap()
                    .shutdown(std::net::Shutdown::Write)
                    .unwrap();
            },
            "Ended(Eof)",
        ),
        (
            |hall, ann, peer| {
                drop(peer.take());
                hall.clients.get_mut(ann).unwrap().out.send(b"to nobody");
            },
            "Write(",
        ),
        (
            |hall, _, peer| {
                hall.on.add(When::Item, "ann", |_, _, _| Err("no".into()));
                peer.as_mut().unwrap().write_all(b"go\n").unwrap();
            },
            "Failed(",
        ),
    ];
    for (brings, reason) in cases.into_iter() {
        let mut hall: Hall = Hall::new();
        hall.clients = Family::new(CLIENTS).cap(1).linger(Duration::ZERO, 0);
        let mut event_loop = EventLoop::new().unwrap();
        for round in 0..3 {
            let (ann, peer) = client("ann");
            let mut peer = Some(peer);
            let ann = hall.clients.insert(ann);
            let _ = turn(&mut event_loop, &mut hall);
            brings(&mut hall, ann, &mut peer);
            serve(&mut event_loop, &mut hall, |hall| {
                hall.reason(ann).is_some()
            });
            let told = hall.reason(ann).unwrap();
            assert!(
                told.starts_with(reason),
                "round {round}: {told}, where it is {reason}"
            );
            assert_eq!(hall.clients.len(), 0, "{reason}");
            assert!(hall.clients.has_room(), "{reason}");
        }
        event_loop.close(&mut hall);
    }
}
