//! The echo server, under faults.
#![cfg(feature = "sim")]

use miocene::sim::{Faults, Sim};

#[allow(dead_code)]
#[path = "../../../examples/echo.rs"]
mod echo;

use echo::Echo;

fn swarm(sim: &Sim) {
    let echo = sim.start(Echo::bind("127.0.0.1:7000").unwrap());
    let peers: Vec<_> = (0..1 + sim.draw(6))
        .map(|_| {
            let peer = sim.client("127.0.0.1:7000").expects_pattern();
            let length = sim.draw(1 << sim.draw(14)) as usize;
            peer.send_pattern(length);
            peer.half_closes();
            (peer, length)
        })
        .collect();
    sim.run_for(std::time::Duration::from_secs(3));
    sim.calm();
    for (peer, length) in peers {
        peer.expect_end();
        assert!(peer.was_cut() || peer.received_count() == length);
    }
    assert!(echo.is_running());
    sim.run_until(|| echo.with(|echo| echo.clients.is_empty()));
}

#[test]
fn every_peer_has_its_bytes_back() {
    let begin = std::time::Instant::now();
    Sim::seeds(0..2_000).faults(Faults::swarm()).run(swarm);
    eprintln!("{:?}", begin.elapsed());
}
