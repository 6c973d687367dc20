//! What running a world comes to, be it for a century.

use std::net::SocketAddr;
use std::time::Duration;

use miocene::net::{TcpListener, TcpStream};
use miocene::sim::{Faults, Outcome, Sim, Twin};
use miocene::{Family, Readiness, Token, handlers};

use crate::echo::{ADDRESS, CLIENTS, SERVER, start, start_with};
use crate::failing::fails;

const DAY: Duration = Duration::from_secs(86_400);
const YEAR: Duration = Duration::from_secs(86_400 * 365);

/// Polls by itself, and never waits.
struct Spinning {
    server: TcpListener,
}

#[handlers]
impl Spinning {
    /// Accepts nobody, so it is called for ever.
    #[handler(token = SERVER, raw)]
    fn ready(&mut self, _: &mut Readiness) {
        std::hint::black_box(&self.server);
    }
}

#[test]
fn running_says_what_it_has_come_to() {
    Sim::seeds(0..1).run(|sim| {
        assert_eq!(sim.run(), Outcome::Finished, "nobody is here");
        assert_eq!(sim.run_for(DAY), Outcome::Finished);

        let echo = start(sim);
        assert_eq!(sim.run(), Outcome::Idle, "a listener waits for ever");
        assert_eq!(
            sim.run_for(DAY),
            Outcome::Reached,
            "time passes all the same"
        );

        let client = sim.client(ADDRESS);
        client.wait(DAY * 2);
        client.send("good morning");
        assert_eq!(sim.run_for(DAY / 2), Outcome::Reached, "more is to come");
        let Outcome::LimitReached(text) = sim.run() else {
            panic!("the client has more to say");
        };
        assert!(text.contains("more could happen"), "{text}");
        sim.run_for(DAY);
        assert!(client.has_ended(), "it was idle");

        echo.stop();
        assert_eq!(sim.run(), Outcome::Finished);
        assert!(echo.ended().unwrap().is_ok());
    });
}

#[test]
fn an_application_that_has_paused_all_that_it_has_is_finished() {
    Sim::seeds(0..20).run(|sim| {
        let echo = start(sim);
        sim.run();
        echo.context(|cx| cx.pause(SERVER));
        assert_eq!(sim.run(), Outcome::Finished);
        assert!(!echo.is_running());
    });
}

#[test]
fn a_stall_names_who_is_owed_something() {
    let stalls = |sim: &Sim| {
        let (_queue, other) = sim.twin();
        let deaf = sim.start(Deaf {
            server: TcpListener::bind(ADDRESS).unwrap(),
            other,
        });
        sim.run();
        deaf.context(|cx| cx.pause(SERVER));
        let client = sim.client(ADDRESS);
        let Outcome::Stalled(text) = sim.run() else {
            panic!("somebody waits to be accepted");
        };
        assert!(text.contains("SERVER: 1 connections wait"), "{text}");
        client
    };
    Sim::seeds(0..20).run(|sim| drop(stalls(sim)));
    fails(Sim::seeds(0..1), "SERVER: 1 connections wait", |sim| {
        stalls(sim).expect("hello");
    });
}

/// Waits for something else.
struct Deaf {
    server: TcpListener,
    other: Twin<()>,
}

#[handlers]
impl Deaf {
    #[handler(token = SERVER)]
    fn accept(&mut self, _: (TcpStream, SocketAddr)) {}

    #[handler(token = OTHER, source = self.other)]
    fn other(&mut self, _item: ()) {}
}

const OTHER: Token = Token(1);

#[test]
fn a_loop_that_spins_is_not_waited_for() {
    fails(Sim::seeds(0..1).faults(Faults::none()), "it spins", |sim| {
        let server = TcpListener::bind(ADDRESS).unwrap();
        sim.start(Spinning { server });
        let _client = sim.client(ADDRESS);
        sim.run();
    });
}

#[test]
fn a_century_passes_for_an_idle_listener() {
    Sim::seeds(0..20).faults(Faults::swarm()).run(|sim| {
        let _echo = start(sim);
        sim.run_for(YEAR * 100);
        assert_eq!(sim.elapsed(), YEAR * 100);
        let client = sim.client(ADDRESS);
        client.send("still there?");
        sim.calm();
        client.expect("still there?");
    });
}

#[test]
fn who_may_be_idle_for_a_year_is_closed_after_a_year() {
    Sim::seeds(0..20).run(|sim| {
        let echo = start_with(sim, Family::new(CLIENTS).idle(YEAR).message(Duration::MAX));
        let client = sim.client(ADDRESS);
        client.send("hello");
        client.expect("hello");
        let members = || echo.with(|echo| echo.clients.len());
        sim.run_for(YEAR - DAY);
        assert_eq!(members(), 1);
        // Late by at most a sixteenth.
        sim.run_for(DAY + YEAR / 16);
        assert_eq!((members(), client.has_ended()), (0, true));
        sim.run_for(YEAR * 100);
    });
}
