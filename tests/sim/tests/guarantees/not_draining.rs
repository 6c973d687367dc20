//! Not draining is safe: who stops early is called again, without a new event.

use std::io::{self, Read};
use std::net::SocketAddr;
use std::time::Duration;

use miocene::net::{TcpListener, TcpStream};
use miocene::sim::{App, Faults, Sim};
use miocene::{
    Config, Connection, Ended, Family, Flow, Interest, Readiness, Token, Tokens, handlers,
};

use crate::by_hand::{ByHand, Mistake};
use crate::crowd::{ADDRESS, Crowd};
use crate::failing::fails;
use crate::pieces::Pieces;

const SERVER: Token = Token(0);
const CLIENTS: Tokens = Tokens::new(1);

struct Echo {
    server: TcpListener,
    clients: Family<Connection<Pieces>>,
    /// What is answered for each item.
    flow: Flow,
}

impl Echo {
    fn new(flow: Flow) -> Echo {
        Echo {
            server: TcpListener::bind(ADDRESS).unwrap(),
            clients: Family::new(CLIENTS),
            flow,
        }
    }
}

#[handlers]
impl Echo {
    #[handler(token = SERVER, fills = CLIENTS)]
    fn accept(&mut self, (stream, _): (TcpStream, SocketAddr)) {
        self.clients.insert(Connection::new(stream));
    }

    #[handler(tokens = CLIENTS)]
    fn piece(&mut self, client: &mut Connection<Pieces>, piece: &[u8]) -> Flow {
        client.out.send(piece);
        self.flow
    }
}

#[test]
fn with_a_budget_of_one_nothing_is_left_behind() {
    Sim::seeds(0..400).faults(Faults::swarm()).run(|sim| {
        let mut config = Config::default();
        (config.budget, config.accepts) = (1, 1);
        let _echo = sim.start_with(config, Echo::new(Flow::Continue));
        let crowd = Crowd::comes(sim, 1 + sim.draw(6));
        sim.run_for(Duration::from_millis(sim.draw(100)));
        sim.calm();
        crowd.expects_all();
    });
}

#[test]
fn what_comes_before_and_during_a_pause_comes_after_it() {
    Sim::seeds(0..200).faults(Faults::swarm()).run(|sim| {
        let echo = sim.start(Echo::new(Flow::Pause));
        let crowd = Crowd::comes(sim, 1 + sim.draw(3));
        while !crowd.is_served() {
            sim.run_for(Duration::from_millis(1 + sim.draw(50)));
            resume(&echo);
        }
        crowd.expects_all();
    });
}

/// All that are paused.
fn resume(echo: &App<Echo>) {
    echo.change(|echo| {
        let all: Vec<_> = echo.clients.all_tokens().collect();
        for token in all {
            echo.clients.resume(token);
        }
    });
}

struct Counter {
    server: TcpListener,
    clients: Family<TcpStream>,
    read: usize,
}

#[handlers]
impl Counter {
    #[handler(token = SERVER, fills = CLIENTS)]
    fn accept(&mut self, (stream, _): (TcpStream, SocketAddr)) {
        self.clients.insert(stream);
    }

    /// Reads once, and a little.
    #[handler(tokens = CLIENTS, raw)]
    fn ready(&mut self, client: &mut TcpStream, ready: &mut Readiness) -> io::Result<Flow> {
        let mut buffer = [0; 7];
        let count = ready.try_io(Interest::READABLE, || client.read(&mut buffer))?;
        self.read += count;
        match count {
            0 => Ok(Flow::Close),
            _ => Ok(Flow::Continue),
        }
    }
}

#[test]
fn a_raw_handler_that_reads_once_is_called_until_it_would_block() {
    Sim::seeds(0..400).faults(Faults::swarm()).run(|sim| {
        let counter = sim.start(Counter {
            server: TcpListener::bind(ADDRESS).unwrap(),
            clients: Family::new(CLIENTS),
            read: 0,
        });
        let client = sim.client(ADDRESS);
        let length = sim.draw(2_000) as usize;
        client.send(vec![b'x'; length]);
        client.half_closes();
        sim.calm();
        client.expect_end();
        let read = counter.with(|counter| counter.read);
        assert!(client.was_cut() || read == length, "{read} of {length}");
    });
}

/// A reader of a framing that is told only of the end.
struct Listener {
    server: TcpListener,
    clients: Family<Connection<Pieces>>,
    ends: usize,
}

#[handlers]
impl Listener {
    #[handler(token = SERVER, fills = CLIENTS)]
    fn accept(&mut self, (stream, _): (TcpStream, SocketAddr)) {
        self.clients.insert(Connection::new(stream));
    }

    #[ended(tokens = CLIENTS)]
    fn ended(&mut self, _: &mut Connection<Pieces>, _: Ended) -> Flow {
        self.ends += 1;
        Flow::Close
    }
}

#[test]
fn an_end_is_seen_though_nobody_reads() {
    Sim::seeds(0..300).faults(Faults::swarm()).run(|sim| {
        let listener = sim.start(Listener {
            server: TcpListener::bind(ADDRESS).unwrap(),
            clients: Family::new(CLIENTS),
            ends: 0,
        });
        let client = sim.client(ADDRESS);
        client.send(vec![b'x'; sim.draw(1_000) as usize]);
        client.half_closes();
        sim.calm();
        client.expect_end();
        assert!(client.was_cut() || listener.with(|listener| listener.ends) == 1);
    });
}

fn by_hand(mistake: Mistake) -> impl Fn(&Sim) + Sync {
    move |sim| {
        ByHand::start(sim, mistake);
        let crowd = Crowd::comes(sim, 1 + sim.draw(6));
        sim.calm();
        crowd.expects_all();
    }
}

#[test]
fn by_hand_it_takes_loops() {
    let seeds = || Sim::seeds(0..300);
    seeds().run(by_hand(Mistake::None));
    let forgets = "has forgotten a source";
    fails(seeds(), forgets, by_hand(Mistake::AcceptsOnce));
    let stalls = "nothing can ever happen again";
    fails(seeds(), stalls, by_hand(Mistake::ReadsOnce));
    fails(seeds(), "bytes of", by_hand(Mistake::DropsTheRest));
}
