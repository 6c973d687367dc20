//! Servers that accept their clients and drop them.

use std::time::Duration;

use miocene::Handlers;
use miocene::net::AcceptCounts;
use miocene::sim::Sim;

use super::some_time;

/// The guide server, whoever has written its dispatch.
pub trait Accepts: Handlers + Sized + 'static {
    fn bind(address: &str) -> miocene::Result<Self>;
    fn counts(&self) -> AcceptCounts;
}

const ADDRESS: &str = "127.0.0.1:9000";

/// Whatever errors accepting has, everybody who came was accepted once, or was lost
/// by the system before that.
pub fn everybody_once<A: Accepts>(sim: &Sim) {
    let guide = sim.start(A::bind(ADDRESS).unwrap());
    let count = 1 + sim.draw(20);
    sim.always("nobody is accepted twice", {
        let guide = guide.clone();
        move || guide.with(A::counts).accepted <= count
    });
    let clients: Vec<_> = (0..count)
        .map(|_| {
            if sim.draw(4) == 1 {
                sim.run_for(some_time(sim, Duration::from_millis(200)));
            }
            let peer = sim.client(ADDRESS);
            match sim.draw(4) {
                1 => peer.resets(),
                2 => peer.send("is anybody there?"),
                3 => peer.half_closes(),
                _ => {}
            }
            peer
        })
        .collect();
    sim.run_for(some_time(sim, Duration::from_secs(3)));
    sim.calm();
    for client in &clients {
        client.expect_end();
    }
    let counts = guide.with(A::counts);
    assert_eq!(counts.accepted + counts.failed_peers, count);
    assert_eq!(guide.counters().accepted, counts.accepted);
    assert_eq!(sim.descriptors(), 1, "only the listener is left");
}

/// Without a descriptor for them the clients wait, and the listener tries again at
/// its leisure.
pub fn when_there_is_a_descriptor<A: Accepts>(sim: &Sim) {
    const CLIENTS: u64 = 50;

    let guide = sim.start(A::bind(ADDRESS).unwrap());
    sim.limit_descriptors(1);
    let clients: Vec<_> = (0..CLIENTS).map(|_| sim.client(ADDRESS)).collect();
    sim.run_for(Duration::from_secs(10));
    let counts = guide.with(A::counts);
    assert_eq!(counts.accepted, 0);
    // Ten times in a second.
    assert!((50..=110).contains(&counts.exhausted), "{counts:?}");
    sim.limit_descriptors(2);
    for client in clients {
        client.expect_end();
    }
    assert_eq!(guide.with(A::counts).accepted, CLIENTS);
}
