//! Several applications in one world, which talk to each other: clients, a server
//! that forwards to another one, and that one.
#![cfg(feature = "sim")]

mod askers;
#[allow(dead_code)]
#[path = "../../../../examples/echo.rs"]
mod echo;
mod proxy;

use std::net::SocketAddr;
use std::time::Duration;

use miocene::net::{ListenOptions, TcpListener, TcpStream};
use miocene::sim::{App, Faults, Sim, Twin};
use miocene::{Bytes, Connection, Context, Family, Token, Tokens, handlers};

use askers::{Askers, left};
use echo::Echo;
use proxy::Proxy;

const SERVER: Token = Token(0);
const OTHER: Token = Token(1);
const CLIENTS: Tokens = Tokens::new(1);

const PROXY: &str = "127.0.0.1:8000";
const ECHO: &str = "127.0.0.1:7000";

fn address(text: &str) -> SocketAddr {
    text.parse().expect("an address")
}

/// How many connections the world itself has ended, in one way or the other.
fn cuts(sim: &Sim) -> usize {
    const KINDS: [&str; 6] = [
        "reset",
        "register",
        "accept-peer",
        "no-memory",
        "connect-",
        "unreachable",
    ];
    let trace = sim.trace();
    let faults = trace.lines().filter_map(|line| line.split_once("fault: "));
    faults
        .filter(|(_, fault)| KINDS.iter().any(|kind| fault.starts_with(kind)))
        .count()
}

#[test]
fn what_goes_through_two_servers_comes_back_byte_for_byte() {
    Sim::seeds(0..600).faults(Faults::swarm()).run(|sim| {
        let echo = sim.start(Echo::bind(ECHO).unwrap());
        let proxy = sim.start(Proxy::bind(PROXY));
        let count = 1 + sim.draw(5);
        let askers = sim.start(Askers::connect(sim, PROXY, count));
        sim.run_for(Duration::from_secs(2));
        sim.calm();
        sim.run_until(|| !askers.is_running());
        let cuts = cuts(sim);
        askers.with(|askers| {
            assert_eq!(askers.done.len() as u64, count);
            let mut failed = 0;
            for (talk, why) in &askers.done {
                assert!(talk.sent.starts_with(&talk.received), "a stranger's bytes");
                let all = why == "Ended(Eof)" && talk.sent == talk.received;
                failed += usize::from(!all);
            }
            assert!(
                failed <= cuts,
                "{failed} have failed, and {cuts} were cut off"
            );
        });
        // Nobody is left behind on the way.
        sim.run_for(Duration::from_secs(200));
        assert!(proxy.with(|proxy| proxy.clients.is_empty() && proxy.upstreams.is_empty()));
        assert!(echo.with(|echo| echo.clients.is_empty()));
        assert!(proxy.is_running() && echo.is_running());
    });
}

#[test]
fn clients_of_the_test_speak_through_a_proxy() {
    Sim::seeds(0..300).run(|sim| {
        let _echo = sim.start(Echo::bind(ECHO).unwrap());
        let _proxy = sim.start(Proxy::bind(PROXY));
        let peers = [(); 3].map(|()| sim.client(PROXY).expects_pattern());
        let length = sim.draw(5_000) as usize;
        for peer in &peers {
            peer.send_pattern(length);
            peer.half_closes();
        }
        for peer in &peers {
            peer.expect_end();
            assert_eq!(peer.received_count(), length);
        }
    });
}

#[test]
fn a_server_that_goes_away_is_told_to_the_client_through_the_proxy() {
    Sim::seeds(0..200).faults(Faults::swarm()).run(|sim| {
        let upstream = sim.listen(ECHO);
        let _proxy = sim.start(Proxy::bind(PROXY));
        let client = sim.client(PROXY);
        client.send("question");
        sim.run_for(Duration::from_secs(1));
        sim.calm();
        let Some(server) = upstream.accept() else {
            return assert!(cuts(sim) > 0);
        };
        server.send("ans");
        server.resets();
        client.expect_end();
        assert!(b"ans".starts_with(&client.received()));
    });
}

#[test]
fn a_connection_that_nobody_accepts_is_refused() {
    Sim::seeds(0..200).faults(Faults::swarm()).run(|sim| {
        let askers = sim.start(Askers::connect(sim, "10.0.0.1:80", 2));
        sim.run_until(|| !askers.is_running());
        assert!(askers.ended().unwrap().is_ok());
        for why in left(&askers) {
            let refused = why.contains("ConnectionRefused");
            assert!(refused || cuts(sim) > 0, "{why}");
        }
    });
}

#[test]
fn an_application_talks_to_a_server_of_the_tests() {
    Sim::seeds(0..300).faults(Faults::swarm()).run(|sim| {
        let server = sim.listen("10.0.0.1:80");
        let askers = sim.start(Askers::connect(sim, "10.0.0.1:80", 1));
        sim.calm();
        let Some(peer) = server.accept() else {
            return assert!(cuts(sim) > 0);
        };
        peer.expect_end();
        let sent = peer.received();
        peer.send(&sent);
        peer.half_closes();
        sim.run_until(|| !askers.is_running());
        askers.with(|askers| {
            let (talk, why) = &askers.done[0];
            let all = why == "Ended(Eof)" && talk.received == talk.sent;
            assert!(all || peer.was_cut(), "{why}");
        });
    });
}

/// Accepts when it is told to.
struct Slow {
    server: TcpListener,
    other: Twin<()>,
    clients: Family<Connection<Bytes>>,
}

#[handlers]
impl Slow {
    #[handler(token = SERVER, fills = CLIENTS)]
    fn accept(&mut self, (stream, _): (TcpStream, SocketAddr)) {
        self.clients.insert(Connection::new(stream));
    }

    #[handler(token = OTHER)]
    fn go_on(&mut self, cx: &mut Context<'_>, _item: ()) {
        cx.resume(SERVER);
    }

    #[handler(tokens = CLIENTS)]
    fn bytes(&mut self, client: &mut Connection<Bytes>, bytes: &[u8]) {
        client.out.send(bytes);
    }
}

#[test]
fn who_finds_the_backlog_full_connects_as_soon_as_there_is_room() {
    Sim::seeds(0..200).run(|sim| {
        let (queue, other) = sim.twin();
        let backlog = 2 + sim.draw(3) as u32;
        let slow = sim.start(Slow {
            server: ListenOptions::new().backlog(backlog).bind(ECHO).unwrap(),
            other,
            clients: Family::new(CLIENTS),
        });
        // Its sources are known from its first turn on.
        sim.run_for(Duration::from_millis(1));
        slow.context(|cx| cx.pause(SERVER));
        let askers = sim.start(Askers::connect(sim, ECHO, 10));
        sim.run_for(Duration::from_secs(5));
        assert!(left(&askers).is_empty());
        // As on Linux: one more than the backlog says.
        let waiting = sim.trace().matches("waits at").count();
        assert_eq!(waiting, backlog as usize + 1);
        queue.push(());
        sim.run_until(|| !askers.is_running());
        assert_eq!(left(&askers), ["Ended(Eof)"; 10]);
    });
}

#[test]
fn no_application_waits_for_the_turns_of_another() {
    Sim::seeds(0..100).run(|sim| {
        let echoes: Vec<_> = (0..4)
            .map(|number| sim.start(Echo::bind(&format!("127.0.0.1:{}", 7000 + number)).unwrap()))
            .collect();
        let peers: Vec<_> = (0..4)
            .map(|number| sim.client(address(&format!("127.0.0.1:{}", 7000 + number))))
            .collect();
        peers.iter().for_each(|peer| peer.send("hello"));
        peers.iter().for_each(|peer| peer.expect("hello"));
        assert!(echoes.iter().all(App::is_running));
    });
}
