//! The server of `workers`, under faults. The threads are played by the test: they take
//! jobs and answer them in any order, late, and after the asker has gone.
#![cfg(feature = "sim")]

#[path = "../common/mod.rs"]
mod common;
mod day;
#[allow(dead_code, reason = "a whole program")]
#[path = "../../../../examples/workers/main.rs"]
mod program;
mod threads;

use std::time::Duration;

use miocene::sim::{Faults, Peer, Sim};

use program::job::Job;
use threads::{answer_to, start};

const ADDRESS: &str = "127.0.0.1:7000";

/// Jobs wait, and their asker goes.
#[test]
fn a_job_of_somebody_who_has_gone_is_known_to_be_in_vain() {
    Sim::seeds(0..200).faults(Faults::swarm()).run(|sim| {
        let (workers, mut threads) = start(sim, 8, 8);
        let (gone, here) = (sim.client(ADDRESS), sim.client(ADDRESS));
        let numbers = |first: u64| (first..first + 4).map(|number| format!("{number}\n"));
        gone.send(numbers(0).collect::<String>());
        here.send(numbers(10).collect::<String>());
        while !(gone.was_cut() || here.was_cut()) && threads.taken.len() < 8 {
            threads.take();
            sim.run_for(Duration::from_millis(10));
        }
        gone.resets();
        sim.calm();
        if gone.was_cut() || here.was_cut() {
            return;
        }
        assert!(
            threads
                .taken
                .iter()
                .all(|job| job.is_unwanted() == (job.number < 10))
        );
        // Answered all the same, it reaches nobody.
        while threads.answer(sim) {}
        assert_eq!(threads.late, 4);
        common::until(sim, || common::lines(&here).len() == 4);
        assert_eq!(workers.with(|workers| workers.clients.len()), 1);
    });
}

/// The queue has one place. Who has asked for much has it only in its turn.
#[test]
fn whoever_waits_for_room_is_overtaken_by_nobody() {
    Sim::seeds(0..100).run(|sim| {
        let (_workers, mut threads) = start(sim, 1, 1);
        let greedy = sim.client(ADDRESS);
        greedy.send(
            (0..50)
                .map(|number| format!("{number}\n"))
                .collect::<String>(),
        );
        sim.run_for(Duration::from_secs(5));
        let modest = sim.client(ADDRESS);
        modest.send("1000\n");
        sim.run_for(Duration::from_secs(5));
        while threads.take() || threads.answer(sim) {
            sim.run_for(Duration::from_secs(1));
        }
        assert_eq!(threads.order.len(), 51);
        let at = threads.order.iter().position(|number| *number == 1000);
        // After the one in the queue and the one that has waited before.
        assert_eq!(at, Some(2), "{:?}", threads.order);
    });
}

/// There is room, of which the loop does not know yet, and somebody else asks.
#[test]
fn nor_is_it_before_the_loop_knows_of_the_room() {
    Sim::seeds(0..100).run(|sim| {
        let (_workers, mut threads) = start(sim, 1, 8);
        let first = sim.client(ADDRESS);
        first.send("1\n2\n");
        sim.run_for(Duration::from_secs(5));
        assert!(threads.take_in_silence());
        sim.client(ADDRESS).send("3\n");
        sim.run_for(Duration::from_secs(5));
        threads.tell();
        for _ in 0..2 {
            sim.run_for(Duration::from_secs(1));
            threads.take();
        }
        assert_eq!(threads.order, [1, 2, 3]);
    });
}

/// Nothing more than the queue and a held job for each client is taken from those who
/// ask for much, and nothing is forgotten that waits in their connections.
#[test]
fn who_asks_for_more_than_there_is_room_for_is_not_read() {
    const CLIENTS: usize = 5;
    const ASKED: usize = 400;

    Sim::seeds(0..50).run(|sim| {
        let (workers, mut threads) = start(sim, 4, 1);
        let peers: Vec<Peer> = (0..CLIENTS).map(|_| sim.client(ADDRESS)).collect();
        for peer in &peers {
            peer.send("7\n".repeat(ASKED));
        }
        sim.run_for(Duration::from_secs(30));
        assert_eq!(workers.with(|workers| workers.waiting.len()), CLIENTS);
        let length = format!("7 {}\n", answer_to(7)).len() * ASKED;
        common::until(sim, || {
            while threads.take() || threads.answer(sim) {
                sim.run_for(Duration::from_millis(sim.draw(50)));
            }
            peers.iter().all(|peer| peer.received_count() == length)
        });
        for peer in &peers {
            peer.expect(format!("7 {}\n", answer_to(7)).repeat(ASKED));
        }
        assert_eq!(workers.with(|workers| workers.waiting.len()), 0);
    });
}

#[test]
fn whoever_sends_no_number_is_told_and_one_that_ends_is_let_go_at_once() {
    Sim::seeds(0..200).faults(Faults::swarm()).run(|sim| {
        let (_workers, _threads) = start(sim, 1, 1);
        let client = sim.client(ADDRESS);
        client.send("seven\n-1\n5000001\nstats\n");
        client.half_closes();
        sim.calm();
        let error = "error: a number up to 5000000, `stats` or `stop`\n";
        client.expect(error.repeat(3) + "done 0 skipped 0 failed 0\n");
        client.expect_end();
    });
}

#[test]
fn a_stop_lets_everybody_go_and_the_jobs_with_them() {
    Sim::seeds(0..200).faults(Faults::swarm()).run(|sim| {
        let (workers, mut threads) = start(sim, 2, 2);
        let asker = sim.client(ADDRESS);
        asker.send("1\n2\n3\n4\n5\n6\n");
        sim.run_for(Duration::from_secs(3));
        while threads.take() {
            sim.run_for(Duration::from_millis(100));
        }
        sim.calm();
        sim.client(ADDRESS).send("stop\n");
        sim.run_until(|| !workers.is_running());
        assert!(threads.taken.iter().all(Job::is_unwanted));
        drop(workers);
        while threads.answer(sim) {}
        sim.assert_no_leak();
    });
}
