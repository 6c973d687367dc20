//! Under all faults each attempt comes to one end, and what was sent to it arrives
//! once.

use std::collections::BTreeSet;
use std::time::Duration;

use miocene::Closed;
use miocene::sim::Sim;

use crate::caller::{Attempt, Command, Line, address, start};
use crate::servers::{Guest, LIVE, PATH, Servers};

const DEAD: &str = "127.0.0.1:7001";
const SILENT: &str = "10.0.0.1:80";
const NO_PATH: &str = "/run/dead";
const FULL: &str = "/run/full";

/// What a client says first: which attempt it is.
const NAME: usize = 4;

/// Bytes that tell which attempt has sent them, and where they belong.
fn words(number: usize, begin: usize, length: usize) -> Vec<u8> {
    let name = (number as u32).to_be_bytes();
    let byte = |at: usize| match at {
        0..NAME => name[at],
        _ => (at as u8).wrapping_mul(31) ^ number as u8,
    };
    (begin..begin + length).map(byte).collect()
}

/// Tells one of the attempts so far to do something.
fn something_else(sim: &Sim, line: &Line, count: usize) {
    if count == 0 {
        return;
    }
    let number = sim.draw(count as u64) as usize;
    let sent = line.app.with(|caller| {
        let attempt = caller.attempts.get(number);
        attempt.map_or(0, |attempt| attempt.sent.len())
    });
    line.tell(match sim.draw(9) {
        // What was told before may not have been done yet: then it is not sent again.
        0..3 if sent > 0 => {
            sim.run_for(Duration::from_millis(100));
            let sent = line.of(number, |attempt| attempt.sent.len());
            Command::Send(number, words(number, sent, sim.draw(2_000) as usize))
        }
        0..3 => return,
        3 => Command::Close(number),
        4 => Command::Abort(number),
        5 => Command::Leave(number),
        6 => Command::Pause(number),
        7 => Command::Finish(number),
        _ => Command::Resume(number),
    });
}

/// Whether it was told to end by the application, and may have been before it was
/// connected.
fn was_asked(attempt: &Attempt) -> bool {
    matches!(
        attempt.why,
        Some(Closed::Asked | Closed::Aborted | Closed::Left)
    )
}

fn check(attempt: &Attempt) {
    let why = attempt.why();
    let ways = attempt.opened as u32
        + u32::from(attempt.has_failed())
        + u32::from(!attempt.opened && was_asked(attempt))
        + u32::from(!attempt.opened && matches!(attempt.why, Some(Closed::Register(_))));
    assert_eq!(ways, 1, "opened: {}, closed: {why}", attempt.opened);
    assert!(attempt.opened || attempt.received.is_empty());
}

/// What has come to the servers is what was sent, from the beginning on, and by one
/// attempt each. Which of them that were.
fn check_what_arrived(line: &Line, guests: &[Guest]) -> BTreeSet<usize> {
    let mut names = BTreeSet::new();
    for Guest { peer, hasty } in guests {
        let received = peer.received();
        let Some(name) = received.first_chunk::<NAME>() else {
            continue;
        };
        let number = u32::from_be_bytes(*name) as usize;
        assert!(names.insert(number), "it has come twice");
        line.of(number, |attempt| {
            let beginning = attempt.sent.starts_with(&received);
            assert!(beginning, "something else has arrived");
            // Who was closed by the application was given time to send all.
            let flushed = matches!(attempt.why, Some(Closed::Asked)) && !attempt.aborted;
            let excused = *hasty || peer.was_cut() || !peer.has_ended();
            assert!(
                attempt.sent == received || !flushed || excused,
                "{} of {} bytes have arrived",
                received.len(),
                attempt.sent.len(),
            );
        });
    }
    names
}

/// So many are begun after the faults.
const LAST: usize = 6;

/// After the faults, connecting comes to what it should.
fn check_the_last(sim: &Sim, line: &Line, first: usize) {
    let full = sim.listen_unix(FULL).answers_nobody();
    for (to, number) in [LIVE, PATH, FULL, DEAD, SILENT].into_iter().zip(first..) {
        line.tell(Command::Connect(address(to), words(number, 0, NAME)));
    }
    let last = first + LAST - 1;
    line.tell(Command::Connect(address(LIVE), words(last, 0, NAME)));
    line.tell(Command::Close(last));
    sim.run_for(Duration::from_secs(5));
    let opened = |number| line.opened(first + number);
    assert!(opened(0) && opened(1), "somebody listens there");
    assert!(
        line.why(first + 3).contains("refused"),
        "nobody listens there"
    );
    full.answers_again();
    sim.run_for(Duration::from_millis(4_900));
    assert!(opened(2), "there is room at last");
    assert_eq!(line.why(first + 4), "", "it has ten seconds");
    sim.run_for(Duration::from_millis(200));
    let why = line.why(first + 4);
    assert!(why.contains("not connected within 10s"), "{why}");
    full.closes();
}

/// Sends everybody away who is let in, until nobody is left.
fn wait_for_the_end(sim: &Sim, line: &Line, servers: &mut Servers) {
    const PATIENCE: Duration = Duration::from_secs(1_000);

    while !line.are_all_over() {
        servers.let_in(sim);
        sim.run_for(Duration::from_secs(1));
        assert!(sim.elapsed() < PATIENCE, "some are never over");
    }
    sim.run_for(Duration::from_secs(10));
}

pub fn every_attempt_ends_once(sim: &Sim) {
    const PLACES: [&str; 8] = [LIVE, LIVE, LIVE, PATH, PATH, DEAD, SILENT, NO_PATH];

    let mut servers = Servers::begin(sim);
    let _silent = sim.listen(SILENT).answers_nobody();
    let line = start(sim);
    let mut count = 0;
    for _ in 0..1 + sim.draw(30) {
        match sim.draw(8) {
            0..4 => {
                let to = PLACES[sim.draw(PLACES.len() as u64) as usize];
                let length = NAME + sim.draw(1 << sim.draw(12)) as usize;
                line.tell(Command::Connect(address(to), words(count, 0, length)));
                count += 1;
            }
            4..7 => something_else(sim, &line, count),
            _ => servers.are_away(sim),
        }
        sim.run_for(Duration::from_millis(sim.draw(200)));
        servers.let_in(sim);
    }
    sim.calm();
    (0..count).for_each(|number| line.tell(Command::Resume(number)));
    check_the_last(sim, &line, count);
    wait_for_the_end(sim, &line, &mut servers);
    let counters = line.app.counters();
    line.app.with(|caller| {
        assert_eq!(caller.attempts.len(), count + LAST);
        assert!(caller.servers.is_empty());
        caller.attempts.iter().for_each(check);
        assert_eq!(counters.opened, caller.opened_count() as u64);
        assert_eq!(counters.closed.connect, caller.failed_count() as u64);
    });
    let heard = check_what_arrived(&line, &servers.guests);
    let last = count + LAST - 1;
    assert!(heard.contains(&last), "what it had sent when it was closed");
    assert_eq!(sim.descriptors(), 1, "there is only the source of commands");
}
