//! An error belongs to whom it befell, and is told to whoever is there to be
//! told.

use std::io::Write;
use std::net::{SocketAddr, TcpStream as Peer};

use miocene::net::{TcpListener, TcpStream, UnixStream};
use miocene::{
    BoxError, ByteLines, Closed, Connection, EventLoop, Failure, Family, Flow, Tokens, handlers,
};

use crate::common::turn;
use crate::hall::serve;

const DOORS: Tokens = Tokens::new(1);
const GUESTS: Tokens = Tokens::new(2);

type Guest = Connection<ByteLines, (), UnixStream>;

/// A family of listeners, whose handler fails, and one of connections that
/// nobody sees off.
struct Inn {
    doors: Family<TcpListener>,
    guests: Family<Guest>,
    accepted: usize,
    failures: Vec<String>,
    closed: Vec<String>,
    says: Flow,
}

#[handlers]
impl Inn {
    #[handler(tokens = DOORS)]
    fn accept(
        &mut self,
        _: &mut TcpListener,
        _: (TcpStream, SocketAddr),
    ) -> Result<(), &'static str> {
        self.accepted += 1;
        Err("a stranger")
    }

    #[closed(tokens = DOORS)]
    fn shut(&mut self, _: TcpListener, why: Closed) {
        self.closed.push(format!("{why:?}"));
    }

    #[handler(tokens = GUESTS)]
    fn line(&mut self, _: &mut Guest, line: &[u8]) -> Result<(), BoxError> {
        match line {
            b"fail" => Err("of a guest".into()),
            _ => Ok(()),
        }
    }

    #[failed]
    fn failed(&mut self, failure: Failure<'_>) -> Flow {
        self.failures
            .push(format!("{}: {}", failure.handler, failure.error));
        self.says
    }
}

fn inn() -> (Inn, SocketAddr) {
    let door = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = door.local_addr().unwrap();
    let mut inn = Inn {
        doors: Family::new(DOORS),
        guests: Family::new(GUESTS),
        accepted: 0,
        failures: Vec::new(),
        closed: Vec::new(),
        says: Flow::Continue,
    };
    inn.doors.insert(door);
    (inn, address)
}

#[test]
fn an_error_about_a_stranger_costs_the_stranger_and_failed_may_rest_the_listener() {
    let cases: [(Flow, usize, &[&str]); 4] = [
        (Flow::Continue, 3, &[]),
        (Flow::Pause, 1, &[]),
        (Flow::Close, 1, &["Asked"]),
        (Flow::Leave, 1, &["Left"]),
    ];
    for (says, accepted, closed) in cases {
        let (mut inn, address) = inn();
        inn.says = says;
        let _peers: Vec<_> = (0..3).map(|_| Peer::connect(address).unwrap()).collect();
        let mut event_loop = EventLoop::new().unwrap();
        serve(&mut event_loop, &mut inn, |inn| inn.accepted >= accepted);
        if !closed.is_empty() {
            serve(&mut event_loop, &mut inn, |inn| !inn.closed.is_empty());
        }
        for _ in 0..3 {
            let _ = event_loop.turn(&mut inn, crate::common::AT_ONCE).unwrap();
        }
        assert_eq!(
            (inn.accepted, &inn.closed[..]),
            (
                accepted,
                &closed
                    .iter()
                    .map(|why| (*why).to_owned())
                    .collect::<Vec<_>>()[..]
            ),
            "{says:?}"
        );
        assert_eq!(inn.failures, vec!["accept: a stranger"; accepted]);
        let counters = event_loop.counters();
        assert_eq!(counters.items_failed, accepted as u64);
        assert_eq!(counters.closed.failed, 0);
        if says == Flow::Pause {
            inn.says = Flow::Continue;
            let door = inn.doors.all_tokens().next().unwrap();
            inn.doors.resume(door);
            serve(&mut event_loop, &mut inn, |inn| inn.accepted == 3);
        }
        event_loop.close(&mut inn);
    }
}

#[test]
fn with_nobody_to_see_a_member_off_its_error_is_told_to_failed() {
    let (mut inn, _) = inn();
    let mut peers = Vec::new();
    for _ in 0..3 {
        let (ours, theirs) = std::os::unix::net::UnixStream::pair().unwrap();
        inn.guests
            .insert(Connection::new(UnixStream::from_std(ours).unwrap()));
        peers.push(theirs);
    }
    let mut event_loop = EventLoop::new().unwrap();
    let _ = turn(&mut event_loop, &mut inn);
    // One is made to fail, one is written to when nobody is there, and one goes.
    peers[0].write_all(b"fail\n").unwrap();
    let second = inn.guests.all_tokens().nth(1).unwrap();
    drop(peers.drain(1..));
    inn.guests.get_mut(second).unwrap().out.send(b"hello?");
    let _ = turn(&mut event_loop, &mut inn);
    drop(peers);
    serve(&mut event_loop, &mut inn, |inn| {
        inn.guests.is_empty() && inn.failures.len() == 2
    });
    inn.failures.sort();
    assert_eq!(inn.failures[1], "line: of a guest");
    assert!(
        inn.failures[0].contains("Broken pipe"),
        "{:?}",
        inn.failures
    );
    let counters = event_loop.counters();
    let closed = counters.closed;
    assert_eq!((closed.failed, closed.write, closed.eof), (1, 1, 1));
    assert_eq!(inn.accepted, 0);
    event_loop.close(&mut inn);
}
