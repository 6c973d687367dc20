//! Interruptions are nobody's problem; deadlines are those of a clock that only goes
//! forward; and the event buffer grows.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use miocene::net::{TcpListener, TcpStream};
use miocene::sim::{App, Faults, Sim};
use miocene::{Bytes, Closed, Config, Connection, Family, Token, Tokens, handlers};

use crate::by_hand::{ByHand, Mistake};
use crate::crowd::{ADDRESS, Crowd};
use crate::failing::{fails, was_seen};

const SERVER: Token = Token(0);
const CLIENTS: Tokens = Tokens::new(1);

struct Echo {
    server: TcpListener,
    clients: Family<Connection<Bytes>>,
    closed: Vec<String>,
}

#[handlers]
impl Echo {
    #[handler(token = SERVER, fills = CLIENTS)]
    fn accept(&mut self, (stream, _): (TcpStream, SocketAddr)) {
        self.clients.insert(Connection::new(stream));
    }

    #[handler(tokens = CLIENTS)]
    fn bytes(&mut self, client: &mut Connection<Bytes>, bytes: &[u8]) {
        client.out.send(bytes);
    }

    #[closed(tokens = CLIENTS)]
    fn closed(&mut self, _: Connection<Bytes>, why: Closed) {
        self.closed.push(format!("{why:?}"));
    }
}

fn start_with(sim: &Sim, config: Config) -> App<Echo> {
    let echo = Echo {
        server: TcpListener::bind(ADDRESS).unwrap(),
        clients: Family::new(CLIENTS),
        closed: Vec::new(),
    };
    sim.start_with(config, echo)
}

fn start(sim: &Sim) -> App<Echo> {
    start_with(sim, Config::default())
}

#[test]
fn nobody_notices_an_interruption() {
    let interrupted = AtomicU64::new(0);
    Sim::seeds(0..300).faults(Faults::swarm()).run(|sim| {
        let echo = start(sim);
        let crowd = Crowd::comes(sim, 1 + sim.draw(4));
        sim.run_for(Duration::from_secs(1));
        sim.calm();
        crowd.expects_all();
        interrupted.fetch_add(echo.counters().interrupted_polls, Ordering::Relaxed);
    });
    was_seen(interrupted, "a poll that was interrupted");
    // By hand: among the seeds are some with interruptions, and some events that
    // nobody has earned.
    let by_hand = |mistake| {
        move |sim: &Sim| {
            ByHand::start(sim, mistake);
            let _crowd = Crowd::comes(sim, 1 + sim.draw(4));
            sim.run_for(Duration::from_secs(1));
        }
    };
    let swarm = || Sim::seeds(0..300).faults(Faults::swarm());
    fails(
        swarm(),
        "operation interrupted",
        by_hand(Mistake::IsInterrupted),
    );
    fails(
        swarm(),
        "operation would block",
        by_hand(Mistake::BelievesEvents),
    );
}

const IDLE: Duration = Duration::from_secs(75);

#[test]
fn an_interrupted_wait_goes_on_until_its_deadline() {
    let interrupted = AtomicU64::new(0);
    Sim::seeds(0..300).faults(Faults::swarm()).run(|sim| {
        let begin = sim.elapsed();
        let echo = start(sim);
        let client = sim.client(ADDRESS);
        sim.run_for(IDLE);
        assert!(client.was_cut() || !client.has_ended(), "it came too early");
        // An event that nobody has earned counts as a sign of life.
        sim.calm();
        client.expect_end();
        interrupted.fetch_add(echo.counters().interrupted_polls, Ordering::Relaxed);
        let latest = IDLE * 2 + IDLE / 8;
        assert!(sim.elapsed() - begin <= latest, "it came too late");
    });
    was_seen(interrupted, "a poll that was interrupted");
}

#[test]
fn who_speaks_in_time_is_not_idle_though_the_process_stands_still() {
    Sim::seeds(0..200).faults(Faults::swarm()).run(|sim| {
        let echo = start(sim);
        let client = sim.client(ADDRESS);
        for _ in 0..12 {
            client.send("x");
            client.wait(IDLE * 4 / 5);
        }
        sim.run_for(IDLE * 9);
        assert!(
            client.was_cut() || client.received_count() >= 10,
            "{:?}",
            echo.with(|echo| echo.closed.clone())
        );
    });
}

/// The sizes of the batches in which events came.
fn batches(trace: &str) -> Vec<usize> {
    let events = trace.lines().filter(|line| line.contains(" is READABLE"));
    let times: Vec<_> = events
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    times
        .chunk_by(|one, next| one == next)
        .map(<[_]>::len)
        .collect()
}

/// Members that are ready all the time, and a buffer for two events.
fn crowded(most: usize) -> impl Fn(&Sim) + Sync {
    move |sim| {
        let mut config = Config::default();
        (config.event_capacity, config.event_capacity_max) = (2, most);
        let _echo = start_with(sim, config);
        let clients: Vec<_> = (0..200).map(|_| sim.client(ADDRESS)).collect();
        for _ in 0..3 {
            sim.run_for(Duration::from_secs(1));
            clients.iter().for_each(|client| client.send("x"));
        }
        sim.calm();
        for client in &clients {
            client.expect("xxx");
        }
        let batches = batches(&sim.trace());
        let largest = batches.iter().max().copied().unwrap_or(0);
        assert!(largest <= most, "a batch of {largest}");
        assert_eq!(largest, 128, "the buffer has not grown");
    }
}

#[test]
fn the_event_buffer_grows_when_it_comes_back_full() {
    let seeds = || Sim::seeds(0..3).faults(Faults::none());
    seeds().run(crowded(128));
    fails(seeds(), "the buffer has not grown", crowded(2));
}
