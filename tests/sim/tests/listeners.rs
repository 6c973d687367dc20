//! The server with TCP and Unix listeners, under faults.
#![cfg(feature = "sim")]

mod common;

#[allow(dead_code, reason = "a whole program")]
#[path = "../../../examples/listeners.rs"]
mod listeners;

use std::time::Duration;

use listeners::Numbers;
use miocene::sim::{Peer, Sim};

const TCP: &str = "127.0.0.1:7000";
const UNIX: &str = "/run/numbers";

fn bind() -> Numbers {
    Numbers::bind(&[TCP.to_owned(), format!("unix:{UNIX}")]).unwrap()
}

fn client(sim: &Sim, of: u64) -> Peer {
    match of {
        0 => sim.client(TCP),
        _ => sim.unix_client(UNIX),
    }
}

/// The numbers of its lines, which it has back in their order.
fn numbers(peer: &Peer) -> Vec<u64> {
    let lines = common::lines(peer);
    let numbers = lines.iter().enumerate().map(|(place, line)| {
        let (number, line) = line.split_once(": ").unwrap();
        assert_eq!(line, place.to_string());
        number.parse().unwrap()
    });
    numbers.collect()
}

fn count_together(sim: &Sim) {
    let Numbers {
        listeners,
        clients,
        number,
    } = bind();
    let clients = clients.cap(1 + sim.draw(8) as usize);
    let app = sim.start(Numbers {
        listeners,
        clients,
        number,
    });
    let clients: Vec<(Peer, usize)> = (0..1 + sim.draw(7))
        .map(|_| {
            let peer = client(sim, sim.draw(2));
            let peer = match sim.draw(5) {
                0 => peer.reads_slowly(),
                1 => peer.sends_a_byte_at_a_time(),
                _ => peer,
            };
            let count = sim.draw(10) as usize;
            for place in 0..count {
                peer.send(format!("{place}\n"));
            }
            peer.half_closes();
            (peer, count)
        })
        .collect();
    sim.run_for(common::some_time(sim, Duration::from_secs(3)));
    sim.calm();
    let mut all = Vec::new();
    for (peer, count) in &clients {
        peer.expect_end();
        let numbers = numbers(peer);
        assert!(peer.was_cut() || numbers.len() == *count);
        assert!(numbers.is_sorted(), "{numbers:?}");
        all.extend(numbers);
    }
    let given = app.with(|app| app.number);
    let nobody_was_cut = clients.iter().all(|(peer, _)| !peer.was_cut());
    all.sort_unstable();
    assert!(
        all.is_sorted_by(|one, next| one < next),
        "each is used once: {all:?}"
    );
    assert!(all.iter().all(|number| (1..=given).contains(number)));
    assert!(!nobody_was_cut || all.len() as u64 == given);
    sim.run_until(|| app.with(|app| app.clients.is_empty()));
    assert_eq!(sim.descriptors(), 2, "only the listeners are left");
}

#[test]
fn each_number_is_used_once_and_they_increase() {
    common::swarm(1_500, count_together);
}

/// While there is one place, those who wait at the two listeners get it in turns.
fn take_turns(sim: &Sim) {
    const WAITING: usize = 5;

    let Numbers {
        listeners,
        clients,
        number,
    } = bind();
    let clients = clients.cap(1);
    let app = sim.start(Numbers {
        listeners,
        clients,
        number,
    });
    let first = sim.client(TCP);
    sim.run_until(|| !app.with(|app| app.clients.is_empty()));
    let waiting: Vec<(u64, Peer)> = (0..2 * WAITING as u64)
        .map(|place| {
            let of = place / WAITING as u64;
            let peer = client(sim, of);
            peer.send("0\n");
            peer.half_closes();
            (of, peer)
        })
        .collect();
    sim.run_for(Duration::from_secs(10));
    first.half_closes();
    let mut order: Vec<(u64, u64)> = waiting
        .iter()
        .map(|(of, peer)| {
            peer.expect_end();
            (numbers(peer)[0], *of)
        })
        .collect();
    order.sort_unstable();
    let in_turns = order.windows(2).all(|pair| pair[0].1 != pair[1].1);
    assert!(in_turns, "{order:?}");
}

#[test]
fn two_listeners_take_turns_at_the_cap() {
    Sim::seeds(0..300).run(take_turns);
}
