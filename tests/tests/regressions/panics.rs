//! Panics of members and of others.

use std::io::Write;
use std::net::TcpStream;
use std::panic::{AssertUnwindSafe, catch_unwind};

use miocene::{Config, EventLoop, Flow, Panics, Readiness};

use crate::hall::{Hall, When, client};

fn loop_that_survives() -> EventLoop {
    let mut config = Config::default();
    config.panics = Panics::CloseMember;
    EventLoop::with_config(config).unwrap()
}

#[test]
fn a_panic_for_a_member_that_an_event_was_delivered_to_closes_only_that() {
    let mut hall: Hall = Hall::new();
    let (ann, mut peer) = client("ann");
    let (bob, _bob_peer) = client("bob");
    let [ann, bob] = [ann, bob].map(|member| hall.clients.insert(member));
    hall.on.add(When::Item, "ann", |_, _, _| panic!("planned"));
    peer.write_all(b"hi\n").unwrap();
    let mut event_loop = loop_that_survives();
    let turn = event_loop
        .deliver(&mut hall, ann, Readiness::READABLE)
        .unwrap();
    assert!(!turn.finished);
    assert_eq!(hall.reason(ann), Some("Panicked"));
    assert_eq!(hall.reason(bob), None);
    event_loop.close(&mut hall);
}

/// The second panic is not that of a member, whatever was before.
#[test]
fn a_panic_of_an_earlier_run_hides_no_panic_of_a_single_source() {
    let mut hall: Hall = Hall::new();
    let (ann, mut peer) = client("ann");
    hall.clients.insert(ann);
    hall.on.add(When::Item, "ann", |_, _, _| panic!("planned"));
    peer.write_all(b"go\n").unwrap();
    let mut first = EventLoop::new().unwrap();
    let run = catch_unwind(AssertUnwindSafe(|| first.run(&mut hall)));
    assert!(run.is_err());
    // If that were hidden, the next connection would stop the loop.
    hall.on_raw
        .add(When::Accept, "server", |_, _, _| panic!("planned"));
    hall.on_raw
        .add(When::Accept, "server", |_, _, _| Ok(Flow::Stop));
    let address = hall.server.local_addr().unwrap();
    let _peers = [(); 2].map(|()| TcpStream::connect(address).unwrap());
    let mut second = loop_that_survives();
    let run = catch_unwind(AssertUnwindSafe(|| second.run(&mut hall)));
    assert!(run.is_err());
}
