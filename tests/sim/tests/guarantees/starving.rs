//! Nobody starves: a drain has a budget, and deadlines come whatever else there is.

use std::cell::Cell;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use miocene::net::{TcpListener, TcpStream};
use miocene::sim::{App, Faults, Queue, Sim, Twin};
use miocene::{
    Bytes, Closed, Config, Connection, Ended, Family, Handlers, Readiness, Token, Tokens, handlers,
};

use crate::by_hand::{ByHand, Mistake};
use crate::crowd::{ADDRESS, Crowd};
use crate::failing::fails;

const SERVER: Token = Token(0);
const NOISE: Token = Token(1);
const OTHER: Token = Token(2);
const CLIENTS: Tokens = Tokens::new(1);

/// Echoes, beside a source that has much to say.
struct Beside {
    server: TcpListener,
    clients: Family<Connection<Bytes>>,
    noise: Twin<u32>,
    heard: usize,
}

#[handlers]
impl Beside {
    #[handler(token = SERVER, fills = CLIENTS)]
    fn accept(&mut self, (stream, _): (TcpStream, SocketAddr)) {
        self.clients.insert(Connection::new(stream));
    }

    #[handler(tokens = CLIENTS)]
    fn bytes(&mut self, client: &mut Connection<Bytes>, bytes: &[u8]) {
        client.out.send(bytes);
    }

    #[handler(token = NOISE)]
    fn noise(&mut self, _: u32) {
        self.heard += 1;
    }
}

/// Drains its source by hand, to the end.
struct Greedy {
    noise: Twin<u32>,
    heard: usize,
}

#[handlers]
impl Greedy {
    #[handler(token = NOISE, raw)]
    fn noise(&mut self, ready: &mut Readiness) -> std::io::Result<()> {
        while ready
            .try_io(miocene::Interest::READABLE, || self.noise.take())?
            .is_some()
        {
            self.heard += 1;
        }
        Ok(())
    }
}

const MUCH: usize = 1_000;

/// No more than so many of something are counted in one step.
fn never_more_at_once<A: Handlers + 'static>(
    sim: &Sim,
    app: &App<A>,
    most: usize,
    count: fn(&A) -> usize,
) {
    let (app, before) = (app.clone(), Cell::new(0));
    sim.always("no source takes more than its budget", move || {
        let now = app.with(count);
        now - before.replace(now) <= most
    });
}

fn make_noise(queue: &Queue<u32>) {
    (0..MUCH as u32).for_each(|number| queue.push(number));
}

#[test]
fn a_source_with_much_to_say_does_not_delay_the_others() {
    Sim::seeds(0..100).faults(Faults::swarm()).run(|sim| {
        let (queue, noise) = sim.twin();
        let app = sim.start(Beside {
            server: TcpListener::bind(ADDRESS).unwrap(),
            clients: Family::new(CLIENTS),
            noise,
            heard: 0,
        });
        never_more_at_once(sim, &app, Config::default().budget as usize, |app| {
            app.heard
        });
        make_noise(&queue);
        let crowd = Crowd::comes(sim, 1 + sim.draw(4));
        while !crowd.is_served() {
            make_noise(&queue);
            sim.run_for(Duration::from_millis(2));
        }
        crowd.expects_all();
    });
    fails(Sim::seeds(0..10), "no source takes more", |sim| {
        let (queue, noise) = sim.twin();
        let app = sim.start(Greedy { noise, heard: 0 });
        never_more_at_once(sim, &app, Config::default().budget as usize, |app| {
            app.heard
        });
        make_noise(&queue);
        sim.calm();
    });
}

#[test]
fn a_burst_of_connections_is_accepted_in_portions() {
    const PORTION: usize = 4;
    Sim::seeds(0..100).faults(Faults::swarm()).run(|sim| {
        let mut config = Config::default();
        config.accepts = PORTION as u32;
        let (_, noise) = sim.twin();
        let beside = Beside {
            server: TcpListener::bind(ADDRESS).unwrap(),
            clients: Family::new(CLIENTS),
            noise,
            heard: 0,
        };
        let app = sim.start_with(config, beside);
        never_more_at_once(sim, &app, PORTION, |app| {
            app.server.counts().accepted as usize
        });
        let crowd = Crowd::comes(sim, 50);
        sim.run_for(Duration::from_millis(sim.draw(100)));
        sim.calm();
        crowd.expects_all();
    });
    fails(Sim::seeds(0..10), "no source takes more", |sim| {
        let app = ByHand::start(sim, Mistake::None);
        never_more_at_once(sim, &app, PORTION, |app| app.accepted);
        let _crowd = Crowd::comes(sim, 50);
        sim.calm();
    });
}

/// A source that is never dry, since its handler has it say more.
struct Endless {
    noise: Twin<u32>,
    more: Queue<u32>,
    clients: Family<Connection<Bytes>>,
    idle: bool,
}

#[handlers]
impl Endless {
    #[handler(token = NOISE)]
    fn noise(&mut self, number: u32) {
        if !self.idle {
            self.more.push(number);
        }
    }

    #[closed(tokens = CLIENTS)]
    fn closed(&mut self, _: Connection<Bytes, (), TcpStream>, why: Closed) {
        assert!(matches!(why, Closed::Ended(Ended::Idle)), "{why:?}");
        self.idle = true;
    }
}

#[test]
fn a_deadline_comes_though_a_source_is_never_dry() {
    const LIMIT: Duration = Duration::from_millis(50);
    Sim::seeds(0..2).run(|sim| {
        let upstream = sim.listen("10.0.0.1:80");
        let stream = TcpStream::connect("10.0.0.1:80".parse().unwrap()).unwrap();
        let (more, noise) = sim.twin();
        more.push(0);
        let mut clients = Family::new(CLIENTS).idle(LIMIT);
        clients.insert(Connection::new(stream));
        let begin = sim.elapsed();
        let app = sim.start(Endless {
            noise,
            more,
            clients,
            idle: false,
        });
        sim.run_until(|| app.with(|app| app.idle));
        let passed = sim.elapsed() - begin;
        let late = Duration::from_millis(101);
        assert!(passed >= LIMIT && passed < LIMIT + late, "{passed:?}");
        drop(upstream);
    });
}

/// Two listeners for a family with one place.
struct Narrow {
    server: TcpListener,
    other: TcpListener,
    clients: Family<Connection<Bytes, Token>>,
    served: Rc<Cell<[usize; 2]>>,
}

impl Narrow {
    fn comes(&mut self, stream: TcpStream, from: Token) {
        self.clients.insert(Connection::with_state(stream, from));
    }
}

#[handlers]
impl Narrow {
    #[handler(token = SERVER, fills = CLIENTS)]
    fn accept(&mut self, (stream, _): (TcpStream, SocketAddr)) {
        self.comes(stream, SERVER);
    }

    #[handler(token = OTHER, fills = CLIENTS)]
    fn accept_other(&mut self, (stream, _): (TcpStream, SocketAddr)) {
        self.comes(stream, OTHER);
    }

    #[closed(tokens = CLIENTS)]
    fn closed(&mut self, client: Connection<Bytes, Token>, _: Closed) {
        let mut served = self.served.get();
        served[usize::from(client.state == OTHER)] += 1;
        self.served.set(served);
    }
}

#[test]
fn of_two_listeners_with_one_place_neither_waits_for_the_others_crowd() {
    Sim::seeds(0..200).run(|sim| {
        let served = Rc::new(Cell::new([0, 0]));
        sim.start(Narrow {
            server: TcpListener::bind(ADDRESS).unwrap(),
            other: TcpListener::bind("127.0.0.1:7001").unwrap(),
            clients: Family::new(CLIENTS).cap(1),
            served: Rc::clone(&served),
        });
        let crowd = |address: SocketAddr| {
            let client = || sim.client(address);
            let clients: Vec<_> = (0..10).map(|_| client()).collect();
            clients.iter().for_each(|client| client.half_closes());
            clients
        };
        let _busy = crowd(ADDRESS.into());
        let _quiet = crowd("127.0.0.1:7001".parse().unwrap());
        // As soon as all of them wait, each has its turn.
        sim.run_for(Duration::from_secs(1));
        let before = served.get();
        sim.always("both are served in turn", {
            let served = Rc::clone(&served);
            move || {
                let [one, other] = served.get();
                one == 10 || other == 10 || (one - before[0]).abs_diff(other - before[1]) <= 2
            }
        });
        sim.calm();
        assert_eq!(served.get(), [10, 10]);
    });
}
