//! Conversations: each command has its answer, however it comes.

use std::time::Duration;

use miocene::sim::{Peer, Sim};

use super::model::Model;
use super::redis_kv::RedisKv;
use super::{ADDRESS, command, common, lines, start, words};

struct Talker {
    peer: Peer,
    answers: String,
}

impl Talker {
    fn some(sim: &Sim, number: u64) -> Talker {
        let peer = sim.client(ADDRESS);
        let peer = match sim.draw(6) {
            0 => peer.reads_slowly(),
            1 => peer.sends_a_byte_at_a_time(),
            _ => peer,
        };
        let mut model = Model::default();
        let mut answers = String::new();
        for _ in 0..sim.draw(40) {
            if sim.draw(8) == 1 {
                peer.wait(common::some_time(sim, Duration::from_millis(50)));
            }
            let (words, answer) = model.step(sim, &format!("{number}:"));
            peer.send(command(&words));
            answers.push_str(&answer);
        }
        peer.send(words("QUIT"));
        answers.push_str("+OK\r\n");
        Talker { peer, answers }
    }
}

/// Some who only count: each number is given once.
fn counters(sim: &Sim) -> Vec<(Peer, usize)> {
    let counters = (0..sim.draw(4)).map(|_| {
        let peer = sim.client(ADDRESS);
        let count = sim.draw(30) as usize;
        peer.send(words("INCR counter").repeat(count));
        peer.half_closes();
        (peer, count)
    });
    counters.collect()
}

fn numbers(peer: &Peer) -> Vec<usize> {
    let lines = lines(peer);
    let numbers = lines.iter().filter_map(|line| line.strip_prefix(':'));
    numbers.map(|number| number.parse().unwrap()).collect()
}

fn everybody_at_once(sim: &Sim) {
    let app = start(sim);
    let talkers: Vec<Talker> = (0..1 + sim.draw(4))
        .map(|it| Talker::some(sim, it))
        .collect();
    let counters = counters(sim);
    sim.run_for(common::some_time(sim, Duration::from_secs(3)));
    sim.calm();
    for talker in &talkers {
        talker.peer.expect(&talker.answers);
        talker.peer.expect_end();
    }
    let mut given = Vec::new();
    for (peer, count) in &counters {
        peer.expect_end();
        let numbers = numbers(peer);
        assert!(numbers.is_sorted(), "{numbers:?}");
        assert!(numbers.len() == *count || peer.was_cut());
        given.extend(numbers);
    }
    given.sort_unstable();
    assert!(given.is_sorted_by(|one, next| one < next), "{given:?}");
    if counters.iter().all(|(peer, _)| !peer.was_cut()) {
        assert!(given.iter().copied().eq(1..=given.len()), "{given:?}");
    }
    sim.run_until(|| app.with(|kv| kv.clients.is_empty()));
    // They may be lingered for.
    sim.run_until(|| sim.descriptors() == 1);
}

#[test]
fn each_command_has_its_answer_and_each_number_is_given_once() {
    common::swarm(800, everybody_at_once);
}

/// Commands in both forms, with what could be taken for the end of one.
fn recorded() -> (Vec<u8>, &'static str) {
    let conversation = [
        words("SET key $3\r\n*1\r\n"),
        b"get key\r\n".to_vec(),
        b"\r\n*0\r\n*-1\r\n".to_vec(),
        b"mset a \"x y\\x00\" 'b' \"\"\n".to_vec(),
        words("MGET a b none"),
        words("INCR counter"),
        words("NONE one"),
        words("GET"),
        b"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$12\r\n0123\r\n56\r\n90\r\n".to_vec(),
        words("STRLEN k"),
        b"*1\r\n$4\r\nPING\r\nget \"k\r\n".to_vec(),
        words("PING"),
    ];
    let answers = "+OK\r\n$8\r\n$3\r\n*1\r\n\r\n+OK\r\n*3\r\n$4\r\nx y\0\r\n$0\r\n\r\n$-1\r\n:1\r\n\
        -ERR unknown command 'NONE', with args beginning with: 'one' \r\n\
        -ERR wrong number of arguments for 'get' command\r\n+OK\r\n:12\r\n+PONG\r\n\
        -ERR Protocol error: unbalanced quotes in request\r\n";
    (conversation.concat(), answers)
}

fn is_answered(sim: &Sim, pieces: &[&[u8]], answers: &str) {
    let app = start(sim);
    let peer = sim.client(ADDRESS);
    for piece in pieces {
        peer.send(piece);
        peer.wait(Duration::from_millis(5));
    }
    peer.expect(answers);
    peer.expect_end();
    sim.run_until(|| app.with(|kv| kv.clients.is_empty()));
}

#[test]
fn a_conversation_has_the_same_answers_wherever_it_is_cut() {
    let (conversation, answers) = recorded();
    for cut in 0..=conversation.len() {
        let (begin, end) = conversation.split_at(cut);
        Sim::seeds(0..1).run(|sim| is_answered(sim, &[begin, end], answers));
    }
    for length in [1, 2, 3, 7] {
        let pieces: Vec<&[u8]> = conversation.chunks(length).collect();
        Sim::seeds(0..1).run(|sim| is_answered(sim, &pieces, answers));
    }
}

#[test]
fn what_comes_behind_quit_is_not_answered() {
    let conversation = [words("PING"), words("QUIT"), words("PING")].concat();
    Sim::seeds(0..1).run(|sim| is_answered(sim, &[&conversation], "+PONG\r\n+OK\r\n"));
}

/// Long answers that nobody reads for a while: the server holds back, and all come.
fn one_reads_late(sim: &Sim) {
    const HIGH: usize = 400;
    const LENGTH: usize = 300;
    const COUNT: usize = 40;

    let mut kv = RedisKv::bind(ADDRESS).unwrap();
    kv.clients = kv.clients.unsent(HIGH / 4, HIGH, usize::MAX);
    let app = sim.start(kv);
    let peer = sim.client(ADDRESS).reads_nothing();
    peer.send(command(&["SET", "k", &"v".repeat(LENGTH)]));
    peer.send(words("GET k").repeat(COUNT));
    peer.send(words("QUIT"));
    sim.always("little is kept for one who does not read", move || {
        let answer = LENGTH + 100;
        app.with(|kv| {
            let mut clients = kv.clients.iter();
            clients.all(|client| client.out.unsent().len() <= HIGH + answer)
        })
    });
    sim.run_for(Duration::from_secs(10));
    peer.reads_on();
    sim.calm();
    let answer = format!("${LENGTH}\r\n{}\r\n", "v".repeat(LENGTH));
    peer.expect(format!("+OK\r\n{}+OK\r\n", answer.repeat(COUNT)));
    peer.expect_end();
}

#[test]
fn one_who_reads_late_has_all_answers_and_few_are_kept_for_him() {
    common::swarm(100, one_reads_late);
}
