//! A day of the server's, with clients of all kinds.

use std::time::Duration;

use miocene::sim::{Peer, Sim};

use crate::threads::{answer_to, start};
use crate::{ADDRESS, common};

/// So many numbers are each client's own.
const EACH: u64 = 1_000;

struct Client {
    peer: Peer,
    /// Its numbers are from here on.
    first: u64,
    asked: u64,
    /// It is to be answered in full, and to be let go if it has ended its direction.
    is_good: bool,
    ends: bool,
}

impl Client {
    fn some(sim: &Sim, number: u64) -> Client {
        let peer = sim.client(ADDRESS);
        let peer = match sim.draw(5) {
            1 => peer.reads_slowly(),
            2 => peer.sends_a_byte_at_a_time(),
            _ => peer,
        };
        let mut client = Client {
            peer,
            first: number * EACH,
            asked: 0,
            is_good: true,
            ends: false,
        };
        client.asks(sim, sim.draw(8));
        match sim.draw(8) {
            0 => client.leaves(Peer::resets),
            1 => client.leaves(Peer::closes),
            2 => client.leaves(Peer::vanishes),
            3..6 => {
                client.peer.half_closes();
                client.ends = true;
            }
            _ => {}
        }
        client
    }

    fn asks(&mut self, sim: &Sim, count: u64) {
        for _ in 0..count {
            if sim.draw(4) == 1 {
                self.peer
                    .wait(common::some_time(sim, Duration::from_millis(500)));
            }
            self.peer.send(format!("{}\n", self.first + self.asked));
            self.asked += 1;
        }
    }

    fn leaves(&mut self, way: fn(&Peer)) {
        self.is_good = false;
        way(&self.peer);
    }

    /// Whether all answers have come, if they are to come; whatever has come must be
    /// its own, and only once.
    fn has_what_it_is_owed(&self) -> bool {
        let lines = common::lines(&self.peer);
        let numbers = lines.iter().map(|line| {
            let (number, answer) = line.split_once(' ').expect("number and answer");
            let number: u64 = number.parse().expect("a number");
            assert_eq!(answer, answer_to(number));
            number
        });
        let mut numbers: Vec<u64> = numbers.collect();
        numbers.sort_unstable();
        let all = numbers.len() as u64;
        numbers.dedup();
        assert_eq!(numbers.len() as u64, all, "answered twice");
        let own = self.first..self.first + self.asked;
        assert!(
            numbers.iter().all(|number| own.contains(number)),
            "somebody else's: {lines:?}"
        );
        all == self.asked || !self.is_good || self.peer.was_cut()
    }
}

/// A day of the server's: few threads, a short queue, and clients of all kinds.
fn day(sim: &Sim) {
    let (workers, mut threads) = start(sim, 1 + sim.draw(4) as usize, 1 + sim.draw(3) as usize);
    let mut clients = Vec::new();
    for number in 0..1 + sim.draw(7) {
        clients.push(Client::some(sim, number));
        for _ in 0..sim.draw(8) {
            threads.work(sim);
            sim.run_for(common::some_time(sim, Duration::from_millis(300)));
        }
    }
    sim.calm();
    common::until(sim, || {
        while threads.work(sim) {}
        clients.iter().all(Client::has_what_it_is_owed)
    });
    // Long before it would be idle.
    sim.run_for(Duration::from_secs(60));
    for client in clients.iter().filter(|client| client.ends) {
        assert!(client.peer.has_ended() || client.peer.was_cut());
    }
    // The others are silent for too long.
    common::until(sim, || {
        while threads.work(sim) {}
        // Only the listener is left.
        sim.descriptors() == 1
    });
    assert!(workers.with(|workers| workers.clients.is_empty()));
}

#[test]
fn each_answer_reaches_who_has_asked_and_nobody_else() {
    common::swarm(300, day);
}
