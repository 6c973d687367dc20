//! One bad peer hurts itself alone, and a lack of descriptors passes.

use std::net::SocketAddr;
use std::time::Duration;

use miocene::net::{TcpListener, TcpStream};
use miocene::sim::{App, Faults, Peer, Sim};
use miocene::{Closed, Config, Connection, Family, Lines, Readiness, Token, Tokens, handlers};

use crate::by_hand::{ByHand, Mistake};
use crate::crowd::{ADDRESS, Crowd};
use crate::failing::fails;

const SERVER: Token = Token(0);
const CLIENTS: Tokens = Tokens::new(1);

/// Sends lines back. Who was called what has left for which reason.
struct Lined {
    server: TcpListener,
    clients: Family<Connection<Lines, String>>,
    left: Vec<(String, String)>,
}

#[handlers]
impl Lined {
    #[handler(token = SERVER, fills = CLIENTS)]
    fn accept(&mut self, (stream, _): (TcpStream, SocketAddr)) {
        self.clients.insert(Connection::new(stream));
    }

    /// The first line is a name.
    #[handler(tokens = CLIENTS)]
    fn line(&mut self, client: &mut Connection<Lines, String>, line: &str) {
        if client.state.is_empty() {
            client.state = line.to_owned();
        }
        writeln!(client.out, "{line}");
    }

    #[closed(tokens = CLIENTS)]
    fn closed(&mut self, client: Connection<Lines, String>, why: Closed) {
        self.left.push((client.state, format!("{why:?}")));
    }
}

fn start(sim: &Sim) -> App<Lined> {
    sim.start(Lined {
        server: TcpListener::bind(ADDRESS).unwrap(),
        clients: Family::new(CLIENTS).frame(100),
        left: Vec::new(),
    })
}

/// What a bad peer is called, what it does once it has said so, and what it leaves
/// for.
type Bad = (&'static str, fn(&Peer), &'static [&'static str]);

const BAD: [Bad; 6] = [
    ("resets\n", |peer| peer.resets(), &["Ended(Io", "Write"]),
    ("ends\n", |peer| peer.half_closes(), &["Ended(Eof)"]),
    (
        "garbles\n",
        |peer| peer.send(b"\xff\xfe\n"),
        &["Ended(Frame"],
    ),
    (
        "babbles\n",
        |peer| peer.send([b'a'; 200]),
        &["Ended(TooLong)", "Ended(Deadline)"],
    ),
    ("vanishes\n", |peer| peer.vanishes(), &["Ended(Idle)"]),
    (
        "dawdles\n",
        |peer| peer.send("half a line"),
        &["Ended(Deadline)"],
    ),
];

#[test]
fn a_bad_peer_leaves_for_its_own_reason_and_nobody_else_notices() {
    Sim::seeds(0..300).faults(Faults::swarm()).run(|sim| {
        let lined = start(sim);
        let (name, does, reasons) = BAD[sim.draw(BAD.len() as u64) as usize];
        let bad = sim.client(ADDRESS);
        let good = [(); 3].map(|()| sim.client(ADDRESS));
        bad.send(name);
        good.iter().for_each(|peer| peer.send("good\n"));
        bad.expect(name);
        does(&bad);
        good.iter().for_each(|peer| {
            peer.send("still here\n");
            peer.half_closes();
        });
        sim.run_for(Duration::from_secs(2));
        sim.calm();
        for peer in &good {
            peer.expect("good\nstill here\n");
            peer.expect_end();
        }
        // A message may take 30 seconds, and what the other has not read yet is lost.
        sim.run_for(Duration::from_secs(60));
        let left = lined.with(|lined| lined.left.clone());
        let why = left.iter().find(|(who, _)| who == name.trim_end());
        let right = match why {
            Some((_, why)) => reasons.iter().any(|reason| why.starts_with(reason)),
            // It may still be idle.
            None => name == "vanishes\n",
        };
        assert!(right || bad.was_cut(), "{name:?} left with {why:?}");
        let others = left.iter().filter(|(who, _)| who == "good");
        let cut = good.iter().filter(|peer| peer.was_cut()).count();
        let disturbed = others.filter(|(_, why)| why != "Ended(Eof)").count();
        assert!(disturbed <= cut, "{left:?}");
    });
}

/// Peers that have gone before they are accepted.
fn short_visits(sim: &Sim) -> Vec<Peer> {
    let peers: Vec<_> = (0..sim.draw(5)).map(|_| sim.client(ADDRESS)).collect();
    peers.iter().for_each(Peer::resets);
    peers
}

fn by_hand(mistake: Mistake) -> impl Fn(&Sim) + Sync {
    move |sim| {
        ByHand::start(sim, mistake);
        let _visits = short_visits(sim);
        let crowd = Crowd::comes(sim, 1 + sim.draw(4));
        sim.calm();
        crowd.expects_all();
    }
}

#[test]
fn who_has_gone_before_it_is_accepted_costs_nobody_anything() {
    Sim::seeds(0..300).faults(Faults::swarm()).run(|sim| {
        let lined = start(sim);
        let _visits = short_visits(sim);
        let good = sim.client(ADDRESS);
        good.send("good\n");
        sim.run_for(Duration::from_secs(1));
        sim.calm();
        good.expect("good\n");
        assert!(lined.is_running());
    });
    Sim::seeds(0..300).run(by_hand(Mistake::None));
    fails(
        Sim::seeds(0..300),
        "has ended with an error",
        by_hand(Mistake::ExitsOnErrors),
    );
}

/// Forty clients, and descriptors for a few.
fn shortage(sim: &Sim) {
    sim.limit_descriptors(4);
    let crowd = Crowd::comes(sim, 40);
    sim.run_for(Duration::from_secs(5));
    sim.calm();
    crowd.expects_all();
}

#[test]
fn without_descriptors_everybody_is_served_in_the_end() {
    Sim::seeds(0..60).faults(Faults::swarm()).run(|sim| {
        sim.start(Plain {
            server: TcpListener::bind(ADDRESS).unwrap(),
            clients: Family::new(CLIENTS),
        });
        shortage(sim);
    });
    let by_hand = |mistake| {
        move |sim: &Sim| {
            ByHand::start(sim, mistake);
            shortage(sim);
        }
    };
    let seeds = || Sim::seeds(0..20).faults(Faults::none());
    let forgets = "has forgotten a source";
    fails(seeds(), forgets, by_hand(Mistake::StopsAtAcceptErrors));
    let exits = "has ended with an error";
    fails(seeds(), exits, by_hand(Mistake::ExitsOnErrors));
    fails(seeds(), "it spins", |sim| {
        let mut config = Config::default();
        config.budget = 1;
        let server = TcpListener::bind(ADDRESS).unwrap();
        let _app = sim.start_with(
            config,
            Impatient {
                server,
                kept: vec![],
            },
        );
        shortage(sim);
    });
}

struct Plain {
    server: TcpListener,
    clients: Family<Connection<miocene::Bytes>>,
}

#[handlers]
impl Plain {
    #[handler(token = SERVER, fills = CLIENTS)]
    fn accept(&mut self, (stream, _): (TcpStream, SocketAddr)) {
        self.clients.insert(Connection::new(stream));
    }

    #[handler(tokens = CLIENTS)]
    fn bytes(&mut self, client: &mut Connection<miocene::Bytes>, bytes: &[u8]) {
        client.out.send(bytes);
    }
}

/// Tries again at once whatever the error.
struct Impatient {
    server: TcpListener,
    kept: Vec<TcpStream>,
}

#[handlers]
impl Impatient {
    #[handler(token = SERVER, raw)]
    fn accept(&mut self, ready: &mut Readiness) {
        if let Ok((stream, _)) = ready.try_io(miocene::Interest::READABLE, || self.server.accept())
        {
            self.kept.push(stream);
        }
    }
}
