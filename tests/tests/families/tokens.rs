//! A token of a member that has gone reaches nobody.

use std::io::Write;

use miocene::{Config, EventLoop, Family, Flow, Readiness};

use crate::common::{sleeps, turn, until};
use crate::hall::{CLIENTS, Hall, RawMember, What, When, client, received};

/// Fifty have sent something. The first handler that runs closes forty of them
/// and inserts forty others, who take their places before their events are
/// dispatched.
#[test]
fn those_who_take_a_place_in_the_same_batch_get_nothing_of_those_who_had_it() {
    // With a budget of one, the ready queue is full of those who go, too.
    for budget in [64, 1] {
        let mut config = Config::default();
        config.budget = budget;
        takes_places(EventLoop::with_config(config).unwrap());
    }
}

fn takes_places(mut event_loop: EventLoop) {
    let mut hall: Hall = Hall::new();
    let mut peers = Vec::new();
    let mut tokens = Vec::new();
    for _ in 0..50 {
        let (member, peer) = client("old");
        tokens.push(hall.clients.insert(member));
        peers.push(peer);
    }
    let _ = turn(&mut event_loop, &mut hall);
    let (mut new, new_peers): (Vec<_>, Vec<_>) = (0..40).map(|_| client("new")).unzip();
    let olds = tokens.clone();
    hall.on.add(When::Item, "old", move |hall, cx, _| {
        let me = cx.token();
        for old in olds.iter().filter(|old| **old != me).take(40) {
            assert!(hall.clients.abort(*old));
        }
        for member in new.drain(..20) {
            hall.clients.insert(member);
        }
        // The rest when places are free.
        let mut rest = std::mem::take(&mut new);
        hall.on.add(When::Closed, "old", move |hall, _, _| {
            for member in rest.drain(..) {
                hall.clients.insert(member);
            }
            Ok(Flow::Continue)
        });
        Ok(Flow::Continue)
    });
    for peer in &mut peers {
        peer.write_all(b"to the old one\nand more\n").unwrap();
    }
    for _ in 0..5 {
        let _ = turn(&mut event_loop, &mut hall);
    }
    let of_new = |hall: &Hall, what: fn(&What) -> bool| {
        let new = hall.log.iter().filter(|told| told.name == "new");
        new.filter(|told| what(&told.what)).count()
    };
    assert_eq!(of_new(&hall, |what| *what == What::Opened), 40);
    assert_eq!(
        of_new(&hall, |what| *what != What::Opened),
        0,
        "they saw nothing"
    );
    assert_eq!(hall.clients.len(), 50);
    assert_eq!(
        event_loop.counters().stale_events,
        40,
        "one for each that has gone"
    );
    for (number, mut peer) in new_peers.into_iter().enumerate() {
        assert_eq!(received(&mut peer), (Vec::new(), false), "number {number}");
        peer.write_all(b"hello\n").unwrap();
        let _ = turn(&mut event_loop, &mut hall);
        assert_eq!(received(&mut peer).0, b"hello\n");
    }
    event_loop.close(&mut hall);
}

#[test]
fn a_place_is_taken_many_times_and_no_token_comes_twice() {
    let mut hall: Hall = Hall::new();
    let mut event_loop = EventLoop::new().unwrap();
    let mut tokens = std::collections::HashSet::new();
    for _ in 0..300 {
        let token = hall.clients.insert(client("ann").0);
        assert!(tokens.insert(token), "a token that was there before");
        hall.clients.abort(token);
        let _ = turn(&mut event_loop, &mut hall);
    }
    assert_eq!(event_loop.counters().closed.aborted, 300);
    event_loop.close(&mut hall);
}

#[test]
fn a_family_that_takes_anothers_place_revives_none_of_its_tokens() {
    let mut hall: Hall = Hall::new();
    let mut event_loop = EventLoop::new().unwrap();
    let mut old = Vec::new();
    let mut peers = Vec::new();
    for _ in 0..20 {
        hall.clients = Family::new(CLIENTS);
        for _ in 0..3 {
            let (member, peer) = client("ann");
            let token = hall.clients.insert(member);
            assert!(!old.contains(&token));
            old.push(token);
            peers.push(peer);
        }
        let _ = turn(&mut event_loop, &mut hall);
    }
    let here = old.split_off(old.len() - 3);
    for token in old {
        let clients = &mut hall.clients;
        assert!(!clients.contains(token) && clients.get_mut(token).is_none());
        assert!(!clients.close(token) && !clients.abort(token) && !clients.leave(token));
        assert!(!clients.pause(token) && !clients.resume(token));
        let before = event_loop.counters().stale_events;
        let _ = event_loop
            .deliver(&mut hall, token, Readiness::READABLE)
            .unwrap();
        assert_eq!(event_loop.counters().stale_events, before + 1);
    }
    assert!(here.iter().all(|token| hall.clients.contains(*token)));
    assert_eq!(hall.clients.len(), 3);
    assert!(
        hall.log.iter().all(|told| told.what == What::Opened),
        "nothing has happened to anybody"
    );
    event_loop.close(&mut hall);
}

#[test]
fn a_duplicate_of_a_member_that_has_gone_wakes_nobody() {
    let mut hall: Hall = Hall::new();
    let (member, mut peer) = RawMember::pair("ann");
    let duplicate = member.stream.get_ref().try_clone().unwrap();
    let token = hall.raws.insert(member);
    let mut event_loop = EventLoop::new().unwrap();
    peer.write_all(b"one").unwrap();
    until(&mut event_loop, &mut hall, |hall| {
        hall.items(token) == b"one"
    });
    hall.raws.close(token);
    let _ = turn(&mut event_loop, &mut hall);
    assert_eq!(hall.reason(token), Some("Asked"));
    // The socket is open by its duplicate, and would be heard of.
    peer.write_all(b"two").unwrap();
    assert!(sleeps(&mut event_loop, &mut hall));
    assert_eq!(event_loop.counters().stale_events, 0);
    drop(duplicate);
    event_loop.close(&mut hall);
}
