//! The TCP proxy, under faults.
#![cfg(feature = "sim")]

#[path = "../common/mod.rs"]
mod common;
mod ends;
#[allow(dead_code, reason = "a whole program")]
#[path = "../../../../examples/tcp_proxy/proxy.rs"]
mod proxy;
mod scene;

use std::time::Duration;

use miocene::sim::{Faults, Sim};

use ends::{content, stays_silent};
use scene::{PROXY, Scene, UPSTREAM};

/// How long an end may be silent, and by when it has been let go.
const IDLE: Duration = Duration::from_secs(600);
const IDLE_AT_MOST: Duration = Duration::from_secs(600 + 600 / 16);

/// The limit of a family for connecting.
const CONNECTING: Duration = Duration::from_secs(10);

/// Clients and upstreams of all kinds, through few places and small buffers.
fn day(sim: &Sim) {
    let listening = sim.listen(UPSTREAM);
    let mut scene = Scene::tight(sim);
    for number in 0..1 + sim.draw(6) {
        scene.client_comes(number as u8);
        if sim.draw(3) == 1 {
            sim.run_for(common::some_time(sim, Duration::from_secs(3)));
        }
        scene.upstreams_come(&listening);
    }
    sim.calm();
    if sim.draw(8) != 1 {
        common::until(sim, || {
            scene.upstreams_come(&listening);
            scene.all_is_said()
        });
        scene.everybody_has_what_is_theirs();
        // Those on their way out have their time as well.
        common::until(sim, || scene.is_empty() && sim.descriptors() == 1);
    }
    scene.stops();
}

#[test]
fn each_end_has_what_the_other_has_sent_and_its_end() {
    common::swarm(800, day);
}

/// An end that does not read holds the other up, and what is kept meanwhile is
/// little; when it reads on, nothing is missing. In both directions at once.
fn backpressure(sim: &Sim) {
    const MUCH: usize = 500_000;

    let listening = sim.listen(UPSTREAM);
    let scene = Scene::start(sim);
    let client = sim.client(PROXY).reads_nothing();
    client.send(content(1, MUCH));
    client.half_closes();
    let mut upstream = None;
    sim.run_until(|| {
        upstream = listening.accept();
        upstream.is_some() || client.was_cut() || scene.failures() > 0
    });
    let Some(upstream) = upstream else { return };
    let upstream = upstream.reads_nothing();
    upstream.send(content(2, MUCH));
    upstream.half_closes();
    sim.calm();
    let cut = || client.was_cut() || upstream.was_cut();
    assert!(
        cut() || !client.is_done() && !upstream.is_done(),
        "all was taken"
    );
    client.reads_on();
    upstream.reads_on();
    common::until(sim, || cut() || client.has_ended() && upstream.has_ended());
    if !cut() {
        assert!(client.received() == content(2, MUCH));
        assert!(upstream.received() == content(1, MUCH));
        assert!(client.error().is_none() && upstream.error().is_none());
    }
    sim.run_until(|| scene.is_empty());
    scene.is_within_limits();
}

#[test]
fn who_does_not_read_holds_up_the_other_and_nothing_is_lost() {
    Sim::seeds(0..5).run(backpressure);
    Sim::seeds(0..15).faults(Faults::swarm()).run(backpressure);
}

/// The upstream reads no question before its answer was read. The proxy must not
/// wait for it in the same way.
#[test]
fn an_end_that_does_not_read_is_read() {
    const MUCH: usize = 500_000;

    Sim::seeds(0..1).faults(Faults::none()).run(|sim| {
        let listening = sim.listen(UPSTREAM);
        let _scene = Scene::start(sim);
        let client = sim.client(PROXY);
        client.send(content(1, MUCH));
        let upstream = listening.expect().reads_nothing();
        sim.run_for(Duration::from_secs(60));
        assert!(!client.is_done(), "all was taken");
        upstream.send(content(2, MUCH));
        sim.run_until(|| client.received_count() == MUCH);
        upstream.reads_on();
        sim.run_until(|| upstream.received_count() == MUCH);
        client.expect(content(2, MUCH));
        upstream.expect(content(1, MUCH));
    });
}

/// The client has said all, and the upstream reads it in its own time, which is more
/// than one may be silent for.
#[test]
fn who_has_said_all_is_not_idle_while_it_is_read() {
    /// More than the system takes, and less than makes the client wait.
    const QUESTION: usize = 190_000;

    Sim::seeds(0..1).faults(Faults::none()).run(|sim| {
        let listening = sim.listen(UPSTREAM);
        let scene = Scene::start(sim);
        let client = sim.client(PROXY);
        client.send(content(1, QUESTION));
        client.half_closes();
        let upstream = listening.expect().reads_nothing();
        for _ in 0..3 {
            sim.run_for(IDLE / 3);
            let _ = upstream.clone().reads_slowly();
            // Until the system has room for more.
            sim.run_for(IDLE / 5);
            let _ = upstream.clone().reads_nothing();
        }
        assert_eq!(scene.len(), 2);
        assert!(client.is_done() && upstream.received_count() < QUESTION);
        upstream.reads_on();
        upstream.expect(content(1, QUESTION));
        upstream.expect_end();
        upstream.send("an answer");
        upstream.half_closes();
        client.expect("an answer");
        client.expect_end();
    });
}

#[test]
fn what_was_sent_arrives_before_the_end_when_the_other_is_reset() {
    Sim::seeds(0..200).run(|sim| {
        let listening = sim.listen(UPSTREAM);
        let scene = Scene::start(sim);
        let client = sim.client(PROXY).reads_nothing();
        let upstream = listening.expect();
        let length = 1 + common::some_length(sim, 16);
        upstream.send(content(2, length));
        sim.run_until(|| upstream.is_done());
        // All has arrived at the proxy.
        sim.run_for(Duration::from_secs(10));
        upstream.resets();
        sim.run_for(Duration::from_secs(10));
        client.reads_on();
        client.expect(content(2, length));
        client.expect_end();
        assert!(client.error().is_none());
        sim.run_until(|| scene.is_empty());
    });
}

/// Each client is let go, and each failure is told once.
fn refused(sim: &Sim) {
    let scene = Scene::start(sim);
    let count = 1 + sim.draw(10) as usize;
    let clients: Vec<_> = (0..count).map(|_| sim.client(PROXY)).collect();
    for client in &clients {
        client.send(content(1, common::some_length(sim, 12)));
        if sim.draw(4) == 1 {
            client.half_closes();
        }
    }
    sim.calm();
    clients.iter().for_each(|client| client.expect_end());
    sim.run_until(|| scene.is_empty());
    let cut = clients.iter().filter(|client| client.was_cut()).count();
    assert!(scene.failures() <= count && scene.failures() + cut >= count);
    scene.is_within_limits();
}

#[test]
fn a_client_of_nobody_has_the_end_and_the_failure_is_told() {
    Sim::seeds(0..100).run(refused);
    Sim::seeds(0..400).faults(Faults::swarm()).run(refused);
}

#[test]
fn an_upstream_that_never_answers_is_given_up_in_time() {
    Sim::seeds(0..200).run(|sim| {
        let _silent = sim.listen(UPSTREAM).answers_nobody();
        let scene = Scene::start(sim);
        let count = 1 + sim.draw(5) as usize;
        let clients: Vec<_> = (0..count).map(|_| sim.client(PROXY)).collect();
        for client in &clients {
            client.send(content(1, common::some_length(sim, 18)));
        }
        sim.run_for(CONNECTING - Duration::from_secs(1));
        assert_eq!((scene.failures(), scene.len()), (0, 2 * count));
        clients.iter().for_each(|client| client.expect_end());
        assert_eq!(scene.failures(), count);
        assert!(sim.elapsed() < CONNECTING + Duration::from_secs(8));
        sim.run_until(|| scene.is_empty());
        scene.is_within_limits();
    });
}

#[test]
fn nobody_is_connected_to_for_a_client_that_has_gone() {
    Sim::seeds(0..200).run(|sim| {
        let _silent = sim.listen(UPSTREAM).answers_nobody();
        let scene = Scene::start(sim);
        let client = sim.client(PROXY);
        sim.run_until(|| scene.len() == 2);
        client.resets();
        // At once, and not when connecting has taken too long.
        sim.run_for(CONNECTING / 2);
        assert_eq!((scene.len(), scene.failures()), (0, 0));
        assert_eq!(sim.descriptors(), 1, "only the listener is left");
    });
}

/// One end is silent for hours, and so is the other but for a word now and then.
fn one_way(sim: &Sim) {
    const WORDS: usize = 20;

    let listening = sim.listen(UPSTREAM);
    let scene = Scene::start(sim);
    let client = sim.client(PROXY);
    let upstream = listening.expect();
    let (speaker, hearer) = match sim.draw(2) {
        0 => (upstream, client),
        _ => (client, upstream),
    };
    for _ in 0..WORDS {
        speaker.wait(IDLE - Duration::from_secs(10));
        speaker.send("word");
    }
    for _ in 0..WORDS {
        hearer.expect("word");
    }
    stays_silent(sim, IDLE - Duration::from_secs(10), || scene.len() == 2);
    sim.run_for(IDLE_AT_MOST - IDLE + Duration::from_secs(20));
    assert!(speaker.has_ended() && hearer.has_ended());
    sim.run_until(|| scene.is_empty());
}

#[test]
fn a_stream_in_one_direction_keeps_both_ends_and_silence_ends_them() {
    Sim::seeds(0..20).run(one_way);
}
