//! The chat, under faults.
#![cfg(feature = "sim")]

mod common;

#[allow(dead_code, reason = "a whole program")]
#[path = "../../../examples/chat.rs"]
mod chat;

use std::time::Duration;

use chat::Chat;
use miocene::sim::{App, Faults, Peer, Sim};

const ADDRESS: &str = "127.0.0.1:7000";

fn start(sim: &Sim) -> App<Chat> {
    sim.start(Chat::bind(ADDRESS).unwrap())
}

struct Guest {
    peer: Peer,
    name: String,
    /// How many lines it says.
    says: usize,
}

impl Guest {
    fn some(sim: &Sim, number: u64) -> Guest {
        let peer = sim.client(ADDRESS);
        let peer = match sim.draw(5) {
            0 => peer.reads_slowly(),
            1 => peer.sends_a_byte_at_a_time(),
            _ => peer,
        };
        let name = format!("guest{number}");
        peer.send(format!("{name}\n"));
        Guest {
            peer,
            name,
            says: 0,
        }
    }

    fn is_here(&self, chat: &App<Chat>) -> bool {
        chat.with(|chat| {
            chat.guests
                .iter()
                .any(|guest| guest.state.as_ref() == Some(&self.name))
        })
    }

    /// Says some lines, each with its number.
    fn speaks(&mut self, sim: &Sim) {
        self.says = sim.draw(6) as usize;
        for number in 0..self.says {
            if sim.draw(4) == 1 {
                self.peer
                    .wait(common::some_time(sim, Duration::from_millis(50)));
            }
            self.peer.send(format!("{number}\n"));
        }
    }

    /// The numbers of the other's lines that have come, as they came.
    fn heard(&self, other: &Guest) -> Vec<usize> {
        let begin = format!("{}: ", other.name);
        let lines = common::lines(&self.peer);
        let said = lines.iter().filter_map(|line| line.strip_prefix(&begin));
        said.map(|number| number.parse().unwrap()).collect()
    }

    /// How often a line about the other has come.
    fn was_told(&self, other: &Guest, what: &str) -> usize {
        let begin = format!("{} {what}", other.name);
        let lines = common::lines(&self.peer);
        lines.iter().filter(|line| line.starts_with(&begin)).count()
    }

    /// Whether all is there that the other has said, if nothing was cut; and what
    /// is there is the beginning of it.
    fn has_heard(&self, other: &Guest) -> bool {
        let heard = self.heard(other);
        assert!(heard.iter().copied().eq(0..heard.len()), "{heard:?}");
        heard.len() == other.says || self.peer.was_cut() || other.peer.was_cut()
    }
}

fn pairs(guests: &[Guest]) -> impl Iterator<Item = (&Guest, &Guest)> {
    let others = |one| guests.iter().map(move |other| (one, other));
    let pairs = guests.iter().flat_map(others);
    pairs.filter(|(one, other)| one.name != other.name)
}

fn conversation(sim: &Sim) {
    let chat = start(sim);
    let mut guests: Vec<Guest> = (0..2 + sim.draw(4))
        .map(|number| Guest::some(sim, number))
        .collect();
    let all_are_here = || {
        guests
            .iter()
            .all(|guest| guest.is_here(&chat) || guest.peer.was_cut())
    };
    common::until(sim, all_are_here);
    for guest in &mut guests {
        guest.speaks(sim);
    }
    sim.run_for(common::some_time(sim, Duration::from_secs(3)));
    sim.calm();
    common::until(sim, || {
        pairs(&guests).all(|(one, other)| one.has_heard(other))
    });
    for guest in &guests {
        assert!(guest.heard(guest).is_empty(), "its own words");
    }
    leave(sim, &chat, &guests);
}

/// Each was told once who came after it, and is told who goes before it.
fn leave(sim: &Sim, chat: &App<Chat>, guests: &[Guest]) {
    for (number, guest) in guests.iter().enumerate() {
        guest.peer.half_closes();
        guest.peer.expect_end();
        let gone = || {
            guests[number + 1..].iter().all(|other| {
                other.was_told(guest, "has gone") == 1
                    || other.peer.was_cut()
                    || guest.peer.was_cut()
            })
        };
        common::until(sim, gone);
    }
    for (one, other) in pairs(guests) {
        let told = [(one, other), (other, one)].map(|(one, other)| one.was_told(other, "has come"));
        // Who was connected already when the other gave its name.
        let once = matches!(told, [0, 1] | [1, 0] | [1, 1]);
        assert!(
            once || one.peer.was_cut() || other.peer.was_cut(),
            "{told:?}"
        );
    }
    sim.run_until(|| chat.with(|chat| chat.guests.is_empty()));
    assert_eq!(sim.descriptors(), 1, "only the listener is left");
}

#[test]
fn each_line_reaches_all_the_others_once_and_in_order() {
    common::swarm(1_000, conversation);
}

/// One guest does not read: it is dropped when too much is unsent to it, and the
/// other hears all and is told.
fn one_is_deaf(sim: &Sim) {
    // More than there is room for in the buffers of a connection.
    const LINES: usize = 160;
    const LENGTH: usize = 1_000;
    const CAP: usize = 10_000;

    let Chat { server, guests } = Chat::bind(ADDRESS).unwrap();
    // However slow the network is, the speaker may say its line.
    let guests = guests.unsent(CAP / 4, CAP / 2, CAP).message(Duration::MAX);
    let chat = sim.start(Chat { server, guests });
    let [deaf, speaker, hearer] = ["deaf", "speaker", "hearer"].map(|name| {
        let peer = sim.client(ADDRESS);
        peer.send(format!("{name}\n"));
        peer
    });
    let deaf = deaf.reads_nothing();
    let anybody_was_cut = || [&deaf, &speaker, &hearer].iter().any(|peer| peer.was_cut());
    let all_are_here = |chat: &Chat| {
        chat.guests
            .iter()
            .filter(|guest| guest.state.is_some())
            .count()
            == 3
    };
    sim.run_until(|| chat.with(all_are_here) || anybody_was_cut());
    for _ in 0..LINES {
        let before = hearer.received_count();
        speaker.send("x".repeat(LENGTH) + "\n");
        let is_heard = || hearer.received_count() >= before + LENGTH;
        common::until(sim, || is_heard() || anybody_was_cut());
    }
    sim.calm();
    if anybody_was_cut() {
        return;
    }
    let told = |begin: &str| {
        let lines = common::lines(&hearer);
        lines.iter().filter(|line| line.starts_with(begin)).count()
    };
    common::until(sim, || told("speaker: ") == LINES);
    assert_eq!(told("deaf has gone: more was sent than is read"), 1);
    assert_eq!(chat.counters().closed.overflow, 1);
}

#[test]
fn one_who_does_not_read_is_dropped_and_the_others_hear_all() {
    Sim::seeds(0..20).run(one_is_deaf);
    Sim::seeds(0..20).faults(Faults::swarm()).run(one_is_deaf);
}

/// A line that is too long, or no text, has its sender told before it goes, though
/// it sends on.
fn bad_line(sim: &Sim) {
    let chat = start(sim);
    let other = sim.client(ADDRESS);
    other.send("other\n");
    sim.run_until(|| chat.with(|chat| chat.guests.len() == 1) || other.was_cut());
    let peer = sim.client(ADDRESS);
    peer.send("bad\n");
    match sim.draw(2) {
        1 => peer.send(b"\xff\xfe\n"),
        _ => peer.send("x".repeat(2_000)),
    }
    peer.send(vec![b'y'; common::some_length(sim, 12)]);
    peer.expect_end();
    let said = peer.received();
    let said = String::from_utf8_lossy(&said);
    assert!(peer.was_cut() || said.contains("goodbye: "), "{said:?}");
    sim.calm();
    let told = || {
        common::lines(&other)
            .iter()
            .any(|line| line.starts_with("bad has gone: "))
    };
    common::until(sim, || told() || peer.was_cut() || other.was_cut());
    assert_eq!(
        chat.with(|chat| chat.guests.len()),
        1 - usize::from(other.was_cut())
    );
}

#[test]
fn whoever_sends_no_line_has_last_words() {
    common::swarm(500, bad_line);
}
