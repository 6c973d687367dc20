//! A family that takes the place of another in its field.

use std::io::Write;

use miocene::{EventLoop, Family, Flow};

use crate::common::{turn, until};
use crate::hall::{CLIENTS, Hall, When, client, received};

#[test]
fn a_family_that_takes_the_place_of_another_keeps_its_members_when_the_lent_one_is_seen_off() {
    let mut hall: Hall = Hall::new();
    let (ann, mut peer) = client("ann");
    let (fresh, mut fresh_peer) = client("fresh");
    let ann = hall.clients.insert(ann);
    hall.on.add(When::Item, "ann", |hall, _, _| {
        hall.clients = Family::new(CLIENTS);
        hall.clients.insert(fresh);
        Ok(Flow::Continue)
    });
    let mut event_loop = EventLoop::new().unwrap();
    peer.write_all(b"go\n").unwrap();
    until(&mut event_loop, &mut hall, |hall| {
        hall.reason(ann) == Some("Replaced")
    });
    fresh_peer.write_all(b"hello\n").unwrap();
    let mut bytes = Vec::new();
    for _ in 0..10 {
        let _ = turn(&mut event_loop, &mut hall);
        bytes.extend(received(&mut fresh_peer).0);
    }
    assert_eq!(bytes, b"hello\n");
    event_loop.close(&mut hall);
}

#[test]
fn a_stop_at_once_in_the_handler_that_has_replaced_its_family_sees_off_both() {
    let mut hall: Hall = Hall::new();
    let (ann, mut peer) = client("ann");
    let (fresh, _fresh_peer) = client("fresh");
    let ann = hall.clients.insert(ann);
    hall.on.add(When::Item, "ann", |hall, cx, _| {
        hall.clients = Family::new(CLIENTS);
        hall.clients.insert(fresh);
        cx.stop_within(std::time::Duration::ZERO);
        Ok(Flow::Continue)
    });
    peer.write_all(b"go\n").unwrap();
    EventLoop::new().unwrap().run(&mut hall).unwrap();
    assert_eq!(hall.reason(ann), Some("Replaced"));
    let fresh = hall.log.iter().find(|told| told.name == "fresh").unwrap();
    assert_eq!(hall.reason(fresh.token), Some("Stopped"));
    assert!(hall.clients.is_empty());
}
