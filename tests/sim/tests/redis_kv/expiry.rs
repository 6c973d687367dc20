//! Keys that expire, in the time of a simulated world.

use std::time::Duration;

use miocene::sim::{App, Peer, Sim};

use super::redis_kv::RedisKv;
use super::{ADDRESS, common, keys, lines, start, words};

const SECOND: Duration = Duration::from_secs(1);

fn deadlines(app: &App<RedisKv>) -> usize {
    app.with(|kv| kv.keyspace.deadlines.len())
}

fn ask(peer: &Peer, commands: &[&str], answers: &str) {
    for command in commands {
        peer.send(words(command));
    }
    peer.expect(answers);
}

/// Nobody asks for the keys: they are gone all the same.
fn keys_go_by_themselves(sim: &Sim) {
    let app = start(sim);
    let peer = sim.client(ADDRESS);
    let mut last = 0;
    let count = 1 + sim.draw(40) as usize;
    for number in 0..count {
        let time = 1 + sim.draw(100_000);
        last = last.max(time);
        peer.send(words(&format!("SET {number} x PX {time}")));
    }
    peer.send(words("SET stays x"));
    sim.run_until(|| {
        keys(&app) + app.with(|kv| kv.keyspace.expired) as usize > count || peer.was_cut()
    });
    if peer.was_cut() {
        return;
    }
    sim.run_for(Duration::from_millis(last) + 2 * SECOND);
    sim.calm();
    assert_eq!((keys(&app), deadlines(&app)), (1, 0));
    assert_eq!(app.with(|kv| kv.keyspace.expired), count as u64);
}

#[test]
fn keys_vanish_when_their_time_has_come_though_nobody_asks() {
    common::swarm(300, keys_go_by_themselves);
}

#[test]
fn times_to_live_are_told_in_seconds_and_milliseconds() {
    Sim::seeds(0..1).run(|sim| {
        let app = start(sim);
        let peer = sim.client(ADDRESS);
        ask(
            &peer,
            &["SET a x EX 100", "SET b x", "EXPIRE b 10"],
            "+OK\r\n+OK\r\n:1\r\n",
        );
        sim.run_for(9 * SECOND);
        ask(
            &peer,
            &["TTL a", "TTL b", "TTL none"],
            ":91\r\n:1\r\n:-2\r\n",
        );
        sim.run_for(2 * SECOND);
        ask(
            &peer,
            &["GET b", "EXISTS a b", "DBSIZE"],
            "$-1\r\n:1\r\n:1\r\n",
        );
        ask(&peer, &["SET a y KEEPTTL", "TTL a"], "+OK\r\n:89\r\n");
        ask(
            &peer,
            &["APPEND a z", "TTL a", "SET a z", "TTL a"],
            ":2\r\n:89\r\n+OK\r\n:-1\r\n",
        );
        assert_eq!(deadlines(&app), 0, "a new value has no deadline");
    });
}

#[test]
fn what_changes_a_deadline_moves_it_and_what_removes_a_key_takes_it_along() {
    Sim::seeds(0..1).run(|sim| {
        let app = start(sim);
        let peer = sim.client(ADDRESS);
        ask(
            &peer,
            &["SET a x EX 10", "PEXPIRE a 30000"],
            "+OK\r\n:1\r\n",
        );
        assert_eq!(deadlines(&app), 1);
        sim.run_for(20 * SECOND);
        ask(
            &peer,
            &["TTL a", "PERSIST a", "PERSIST a"],
            ":10\r\n:1\r\n:0\r\n",
        );
        sim.run_for(100 * SECOND);
        ask(&peer, &["TTL a"], ":-1\r\n");
        ask(
            &peer,
            &["EXPIRE a 1000", "DEL a", "SET a y"],
            ":1\r\n:1\r\n+OK\r\n",
        );
        sim.run_for(2000 * SECOND);
        ask(
            &peer,
            &["GET a", "EXPIRE a -1", "GET a"],
            "$1\r\ny\r\n:1\r\n$-1\r\n",
        );
        assert_eq!((keys(&app), deadlines(&app)), (0, 0));
    });
}

#[test]
fn a_flush_takes_all_deadlines_along() {
    Sim::seeds(0..1).run(|sim| {
        let app = start(sim);
        let peer = sim.client(ADDRESS);
        for database in 0..16 {
            ask(&peer, &[&format!("SELECT {database}")], "+OK\r\n");
            ask(
                &peer,
                &["SET a x EX 10", "SET b x", "SET c x PX 99000"],
                &"+OK\r\n".repeat(3),
            );
        }
        assert_eq!((keys(&app), deadlines(&app)), (48, 32));
        ask(&peer, &["FLUSHDB", "DBSIZE"], "+OK\r\n:0\r\n");
        assert_eq!((keys(&app), deadlines(&app)), (45, 30));
        ask(&peer, &["FLUSHALL", "SET a y"], "+OK\r\n+OK\r\n");
        assert_eq!((keys(&app), deadlines(&app)), (1, 0));
        sim.run_for(100 * SECOND);
        ask(&peer, &["GET a"], "$1\r\ny\r\n");
    });
}

#[test]
fn ages_hold() {
    const YEAR: Duration = Duration::from_secs(365 * 24 * 3600);

    Sim::seeds(0..1).run(|sim| {
        start(sim);
        let peer = sim.client(ADDRESS);
        // 100 years, and 30 million.
        ask(
            &peer,
            &["SET a x EX 3153600000", "SET b x EX 946080000000000"],
            "+OK\r\n+OK\r\n",
        );
        sim.run_for(99 * YEAR);
        ask(&peer, &["EXISTS a b"], ":2\r\n");
        sim.run_for(2 * YEAR);
        ask(&peer, &["EXISTS a b"], ":1\r\n");
    });
}

/// A key that is there all the time is met once, whatever comes and goes meanwhile.
fn a_scan_meets_all(sim: &Sim) {
    start(sim);
    let peer = sim.client(ADDRESS);
    let mut expected = Vec::new();
    for number in 0..sim.draw(60) {
        peer.send(words(&format!("SET stays{number} x")));
        peer.send(words(&format!(
            "SET goes{number} x PX {}",
            1 + sim.draw(2_000)
        )));
        expected.push(format!("stays{number}"));
    }
    peer.send(words("ECHO ready"));
    common::until(sim, || lines(&peer).iter().any(|line| line == "ready"));
    let mut cursor = "0".to_owned();
    let mut met = Vec::new();
    loop {
        let before = lines(&peer).len();
        peer.send(words(&format!("SCAN {cursor} COUNT {}", 1 + sim.draw(9))));
        peer.send(words(&format!("SET new{before} x")));
        peer.send(words("ECHO done"));
        let answers = || lines(&peer).split_off(before);
        common::until(sim, || answers().last().is_some_and(|line| line == "done"));
        let answers = answers();
        met.extend(
            answers
                .iter()
                .filter(|line| line.starts_with("stays"))
                .cloned(),
        );
        cursor.clone_from(&answers[2]);
        if cursor == "0" {
            break;
        }
    }
    met.sort_unstable();
    expected.sort_unstable();
    assert_eq!(met, expected);
}

#[test]
fn a_scan_meets_each_key_that_stays_once() {
    Sim::seeds(0..200).run(a_scan_meets_all);
}

#[test]
fn the_places_of_keys_that_are_gone_are_used_again() {
    Sim::seeds(0..1).run(|sim| {
        start(sim);
        let peer = sim.client(ADDRESS);
        ask(&peer, &["SET stays x"], "+OK\r\n");
        for number in 0..100 {
            let (set, del) = (format!("SET {number} x"), format!("DEL {number}"));
            ask(&peer, &[&set, &del], "+OK\r\n:1\r\n");
        }
        // Two places are all that there are.
        let answer = "*2\r\n$1\r\n0\r\n*1\r\n$5\r\nstays\r\n";
        ask(&peer, &["SCAN 0 COUNT 2"], answer);
    });
}
