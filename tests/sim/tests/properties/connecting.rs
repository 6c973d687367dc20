//! How connecting goes, and fails, in these worlds.

use std::collections::BTreeSet;
use std::io::{self, ErrorKind, Read, Write};
use std::net::SocketAddr;
use std::sync::Mutex;
use std::time::Duration;

use miocene::net::{TcpStream, UnixStream};
use miocene::sim::{Faults, Seeds, Sim};

use crate::failing::is_one_seed;

const SECOND: Duration = Duration::from_secs(1);
/// So long Linux tries.
const PATIENCE: Duration = Duration::from_secs(131);
const PATH: &str = "/run/server";

fn plain() -> Seeds {
    Sim::seeds(0..100)
}

fn somewhere() -> SocketAddr {
    "10.0.0.1:80".parse().unwrap()
}

/// Where a client of the same machine may find itself.
fn here() -> SocketAddr {
    "127.0.0.1:7000".parse().unwrap()
}

/// Whether a socket is connected by now, or why not.
fn is_connected(stream: &TcpStream) -> io::Result<bool> {
    match stream.take_error()? {
        Some(error) => Err(error),
        None => Ok(stream.peer_addr().is_ok()),
    }
}

/// How connecting has gone, in a word.
fn tried(sim: &Sim, to: SocketAddr) -> String {
    let begin = sim.elapsed();
    let stream = match TcpStream::connect(to) {
        Ok(stream) => stream,
        Err(error) => return format!("{:?} at once", error.kind()),
    };
    loop {
        match is_connected(&stream) {
            Ok(false) => sim.run_for(SECOND / 2),
            Ok(true) if stream.local_addr().unwrap() == to => return "to itself".to_owned(),
            Ok(true) if sim.elapsed() - begin <= SECOND => return "connected".to_owned(),
            Ok(true) => return "connected late".to_owned(),
            Err(error) => return format!("{:?}", error.kind()),
        };
        assert!(sim.elapsed() - begin < PATIENCE + SECOND);
    }
}

/// All that has been seen in so many worlds.
fn seen(seeds: u64, one: impl Fn(&Sim) -> String + Sync) -> BTreeSet<String> {
    let seen = Mutex::new(BTreeSet::new());
    Sim::seeds(0..seeds).faults(Faults::swarm()).run(|sim| {
        let one = one(sim);
        seen.lock().unwrap().insert(one);
    });
    seen.into_inner().unwrap()
}

#[test]
fn connecting_fails_in_all_the_ways_in_which_it_can() {
    if is_one_seed() {
        return;
    }
    let with_a_server = seen(5_000, |sim| {
        let _server = sim.listen(somewhere());
        tried(sim, somewhere())
    });
    let ways = [
        "connected",
        "connected late",
        "TimedOut",
        "ConnectionReset",
        "Interrupted at once",
        "WouldBlock at once",
        "OutOfMemory at once",
        "AddrNotAvailable at once",
        "ConnectionRefused",
        "ConnectionRefused at once",
        "HostUnreachable",
        "HostUnreachable at once",
        "NetworkUnreachable",
        "NetworkUnreachable at once",
        "PermissionDenied",
        // EMFILE and the like.
        "Uncategorized at once",
    ];
    assert_eq!(with_a_server, ways.map(str::to_owned).into());
    let without = seen(5_000, |sim| tried(sim, here()));
    assert!(without.contains("to itself"), "{without:?}");
    assert!(!without.contains("connected"), "{without:?}");
}

#[test]
fn without_faults_only_nobody_refuses() {
    plain().run(|sim| {
        assert_eq!(tried(sim, here()), "ConnectionRefused");
        let _server = sim.listen(here());
        assert_eq!(tried(sim, here()), "connected");
    });
}

#[test]
fn after_calm_whoever_connects_is_connected() {
    Sim::seeds(0..300).faults(Faults::swarm()).run(|sim| {
        let server = sim.listen(here());
        let path = sim.listen_unix(PATH);
        let before: Vec<_> = (0..sim.draw(20))
            .filter_map(|_| {
                sim.run_for(Duration::from_millis(sim.draw(300)));
                drop(UnixStream::connect(PATH));
                TcpStream::connect(here()).ok()
            })
            .collect();
        sim.calm();
        while server.accept().is_some() {}
        while path.accept().is_some() {}
        assert_eq!(tried(sim, here()), "connected");
        assert!(server.accept().is_some());
        UnixStream::connect(PATH).unwrap();
        assert!(path.accept().is_some());
        // Of the others each has come to something in the end.
        sim.run_for(PATIENCE);
        for stream in before {
            let connected = is_connected(&stream);
            assert!(!matches!(connected, Ok(false)), "{connected:?}");
        }
    });
}

#[test]
fn one_that_is_never_answered_gives_up_when_the_system_does() {
    plain().run(|sim| {
        let server = sim.listen(somewhere()).answers_nobody();
        let stream = TcpStream::connect(somewhere()).unwrap();
        sim.run_for(PATIENCE - SECOND);
        assert!(!is_connected(&stream).unwrap());
        sim.run_for(2 * SECOND);
        assert_eq!(
            is_connected(&stream).unwrap_err().kind(),
            ErrorKind::TimedOut
        );
        server.answers_again();
        assert_eq!(tried(sim, somewhere()), "connected");
        assert!(server.accept().is_some() && server.accept().is_none());
    });
}

#[test]
fn one_that_was_not_answered_asks_again() {
    plain().run(|sim| {
        let server = sim.listen(somewhere()).answers_nobody();
        let stream = TcpStream::connect(somewhere()).unwrap();
        sim.run_for(Duration::from_millis(3_500));
        server.answers_again();
        sim.run_for(Duration::from_millis(1_500));
        assert!(is_connected(&stream).unwrap());
        server.expect();
    });
}

#[test]
fn an_address_is_not_reached_for_a_time() {
    // The last number is the longest time, of the first error.
    Sim::script("unreachable@0=16").run(|sim| {
        let _server = sim.listen(here());
        // Each looks after half a second.
        for _ in 0..8 {
            assert_eq!(tried(sim, here()), "ConnectionRefused");
        }
        sim.run_for(SECOND);
        assert_eq!(tried(sim, here()), "connected");
    });
    Sim::script("unreachable@0=17").run(|sim| {
        let _server = sim.listen(here());
        assert_eq!(tried(sim, here()), "HostUnreachable");
        assert_eq!(tried(sim, here()), "connected", "it was for one only");
    });
}

#[test]
fn one_that_is_connected_to_itself_reads_what_it_writes() {
    Sim::script("connect-self@0=1").run(|sim| {
        let mut stream = TcpStream::connect(here()).unwrap();
        sim.run_for(SECOND);
        assert_eq!(stream.peer_addr().unwrap(), stream.local_addr().unwrap());
        stream.write_all(b"hello").unwrap();
        sim.run_for(SECOND);
        let mut buffer = [0; 9];
        assert_eq!(stream.read(&mut buffer).unwrap(), 5);
        stream.shutdown(std::net::Shutdown::Write).unwrap();
        sim.run_for(SECOND);
        assert_eq!(stream.read(&mut buffer).unwrap(), 0);
        drop(stream);
        sim.run_for(SECOND);
        sim.assert_no_leak();
    });
}

#[test]
fn a_path_refuses_or_has_no_room_and_nobody_waits() {
    let kind = || UnixStream::connect(PATH).unwrap_err().kind();
    plain().run(|sim| {
        assert_eq!(kind(), ErrorKind::NotFound);
        let server = sim.listen_unix(PATH).answers_nobody();
        assert_eq!(kind(), ErrorKind::WouldBlock);
        server.answers_again();
        let stream = UnixStream::connect(PATH).unwrap();
        assert!(stream.peer_addr().is_ok());
        server.expect().send("hello");
        server.closes();
        assert_eq!(kind(), ErrorKind::ConnectionRefused);
        let server = sim.listen_unix(PATH);
        let mut stream = UnixStream::connect(PATH).unwrap();
        server.expect().send("hello");
        sim.run_for(SECOND);
        assert!(stream.read(&mut [0; 9]).is_ok_and(|count| count > 0));
    });
}

#[test]
fn a_server_of_the_tests_takes_them_in_the_order_in_which_they_came() {
    Sim::seeds(0..1).faults(Faults::none()).run(|sim| {
        let server = sim.listen("127.0.0.1:0");
        assert_ne!(server.address().port(), 0);
        for number in 0..5 {
            let mut stream = TcpStream::connect(server.address()).unwrap();
            sim.run_for(SECOND);
            stream.write_all(&[number]).unwrap();
        }
        sim.run_for(SECOND);
        let peers = std::iter::from_fn(|| server.accept());
        let received: Vec<_> = peers.map(|peer| peer.received()).collect();
        assert_eq!(received, [[0], [1], [2], [3], [4]]);
    });
}

#[test]
fn a_server_that_goes_away_resets_those_whom_it_has_not_accepted() {
    plain().run(|sim| {
        let server = sim.listen(here());
        let streams = [(); 2].map(|()| TcpStream::connect(here()).unwrap());
        sim.run_for(SECOND);
        server.expect();
        server.closes();
        sim.run_for(SECOND);
        let kinds = streams.map(|mut stream| stream.read(&mut [0]).unwrap_err().kind());
        assert!(kinds.contains(&ErrorKind::WouldBlock), "{kinds:?}");
        assert!(kinds.contains(&ErrorKind::ConnectionReset), "{kinds:?}");
        assert_eq!(tried(sim, here()), "ConnectionRefused");
    });
}
