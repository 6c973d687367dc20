//! However a run ends, every member leaves through `closed`.

use std::io::{Read, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;
use std::time::Duration;

use miocene::net::TcpStream;
use miocene::{
    ByteLines, Closed, Config, Connection, Context, EventLoop, Family, Flow, Token, Tokens,
    handlers,
};

use crate::common::{Lines, turn};
use crate::hall::{CLIENTS, Hall, What, When, client, serve, tcp_client};

type TcpHall = Hall<ByteLines, TcpStream>;

/// More than the system holds for a peer that does not read.
const MUCH: usize = 30_000_000;

/// A client that is sent much, and then stops the loop by `stop`.
fn busy_with(stop: fn(&mut Context<'_>)) -> (TcpHall, Token, std::net::TcpStream) {
    let mut hall = TcpHall::new();
    hall.clients = Family::new(CLIENTS)
        .unsent(1, 1, 100_000_000)
        .linger(Duration::ZERO, 0);
    hall.echoes = false;
    let (ann, mut peer) = tcp_client("ann");
    let ann = hall.clients.insert(ann);
    hall.on.add(When::Item, "ann", move |_, cx, member| {
        member.out.send(&vec![b'x'; MUCH]);
        stop(cx);
        Ok(Flow::Continue)
    });
    peer.set_nonblocking(false).unwrap();
    peer.write_all(b"go\nunread\n").unwrap();
    (hall, ann, peer)
}

fn read_all(mut peer: std::net::TcpStream) -> thread::JoinHandle<usize> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        let _ = peer.read_to_end(&mut bytes);
        bytes.len()
    })
}

#[test]
fn a_stop_sends_what_is_unsent_first() {
    let (mut hall, ann, peer) = busy_with(|cx| cx.stop());
    let reader = read_all(peer);
    let mut event_loop = EventLoop::new().unwrap();
    event_loop.run(&mut hall).unwrap();
    assert_eq!(reader.join().unwrap(), MUCH);
    assert_eq!(hall.reason(ann), Some("Stopped"));
    assert_eq!(hall.items(ann), b"go", "and reads nothing more");
    assert_eq!(event_loop.counters().closed.stopped, 1);
}

#[test]
fn a_stop_waits_no_longer_than_its_grace_and_a_second_one_not_at_all() {
    let stops: [fn(&mut Context<'_>); 3] = [
        |cx| cx.stop_within(Duration::from_millis(50)),
        |cx| cx.stop_within(Duration::ZERO),
        |cx| {
            cx.stop();
            cx.stop();
        },
    ];
    for stop in stops {
        let (mut hall, ann, peer) = busy_with(stop);
        // Nobody reads: with the usual grace this would take ten seconds.
        let begin = std::time::Instant::now();
        EventLoop::new().unwrap().run(&mut hall).unwrap();
        assert!(
            begin.elapsed() < Duration::from_secs(9),
            "not that of the configuration"
        );
        assert_eq!(hall.reason(ann), Some("Stopped"));
        assert!(read_all(peer).join().unwrap() < MUCH);
    }
}

#[test]
fn the_grace_of_a_stop_is_that_of_the_configuration() {
    let (mut hall, ann, _peer) = busy_with(|cx| cx.stop());
    let mut config = Config::default();
    config.grace = Duration::from_millis(50);
    EventLoop::with_config(config)
        .unwrap()
        .run(&mut hall)
        .unwrap();
    assert_eq!(hall.reason(ann), Some("Stopped"));
}

const LINES: Token = Token(0);
const MEMBERS: Tokens = Tokens::new(1);

/// A single source, and members.
struct Mixed {
    lines: Lines,
    members: Family<Lines>,
    closed: Vec<String>,
    panics: bool,
    on_line: fn(&mut Context<'_>) -> Result<(), miocene::BoxError>,
}

#[handlers]
impl Mixed {
    #[handler(token = LINES)]
    fn line(&mut self, cx: &mut Context<'_>, _: &[u8]) -> Result<(), miocene::BoxError> {
        (self.on_line)(cx)
    }

    #[closed(tokens = MEMBERS)]
    fn closed(&mut self, _: Lines, why: Closed) {
        self.closed.push(format!("{why:?}"));
        assert!(!self.panics, "planned: each of them");
    }
}

fn mixed(
    on_line: fn(&mut Context<'_>) -> Result<(), miocene::BoxError>,
) -> (Mixed, Vec<std::os::unix::net::UnixStream>) {
    let (lines, mut peer) = Lines::pair();
    peer.write_all(b"go\n").unwrap();
    let mut members = Family::new(MEMBERS);
    let mut peers = vec![peer];
    for _ in 0..3 {
        let (member, peer) = Lines::pair();
        members.insert(member);
        peers.push(peer);
    }
    let closed = Vec::new();
    let app = Mixed {
        lines,
        members,
        closed,
        panics: false,
        on_line,
    };
    (app, peers)
}

#[test]
fn an_error_of_a_single_source_ends_the_run_and_every_member_leaves() {
    let (mut app, _peers) = mixed(|_| Err("planned".into()));
    let error = EventLoop::new().unwrap().run(&mut app).unwrap_err();
    assert!(error.to_string().contains("`line`"), "{error}");
    assert_eq!(app.closed, ["Stopped"; 3]);
    assert_eq!(app.members.len(), 0);
}

#[test]
fn a_failure_that_the_application_asks_for_does_too() {
    let (mut app, _peers) = mixed(|cx| {
        cx.fail("planned");
        Ok(())
    });
    let error = EventLoop::new().unwrap().run(&mut app).unwrap_err();
    assert!(error.to_string().contains("`line`"), "{error}");
    assert_eq!(app.closed, ["Stopped"; 3]);
}

#[test]
fn a_panic_does_too_and_those_of_closed_itself_hinder_nobody() {
    for panics in [false, true] {
        let (mut app, _peers) = mixed(|_| panic!("planned"));
        app.panics = panics;
        let mut event_loop = EventLoop::new().unwrap();
        let run = catch_unwind(AssertUnwindSafe(|| event_loop.run(&mut app)));
        assert!(run.is_err());
        assert_eq!(app.closed, ["Stopped"; 3]);
        // The loop and the application are as new.
        app.panics = false;
        app.on_line = |cx| {
            cx.stop();
            Ok(())
        };
        let _ = event_loop.turn(&mut app, Some(Duration::ZERO)).unwrap();
        event_loop.close(&mut app);
    }
}

#[test]
fn panics_of_closed_when_a_run_ends_go_on_when_all_have_left() {
    let (mut app, _peers) = mixed(|cx| {
        cx.stop();
        Ok(())
    });
    app.panics = true;
    let mut event_loop = EventLoop::new().unwrap();
    let run = catch_unwind(AssertUnwindSafe(|| event_loop.run(&mut app)));
    assert!(run.is_err(), "nobody hides a panic");
    assert_eq!(app.closed, ["Stopped"; 3]);
}

#[test]
fn to_close_a_loop_between_turns_lets_every_member_leave() {
    let (mut app, _peers) = mixed(|_| Ok(()));
    let mut event_loop = EventLoop::new().unwrap();
    let _ = turn(&mut event_loop, &mut app);
    event_loop.close(&mut app);
    assert_eq!(app.closed, ["Stopped"; 3]);
    assert_eq!(event_loop.counters().closed.stopped, 3);
}

#[test]
fn members_that_were_never_registered_leave_too() {
    let (mut app, _peers) = mixed(|_| Ok(()));
    let mut event_loop = EventLoop::new().unwrap();
    let _ = turn(&mut event_loop, &mut app);
    app.members.insert(Lines::pair().0);
    event_loop.close(&mut app);
    assert_eq!(app.closed, ["Stopped"; 4]);
}

/// Only a family: nothing else keeps the loop.
struct Alone {
    members: Family<Connection<ByteLines, (), miocene::net::UnixStream>>,
    closed: Vec<String>,
    read: usize,
}

#[handlers]
impl Alone {
    #[handler(tokens = MEMBERS)]
    fn line(
        &mut self,
        _: &mut Connection<ByteLines, (), miocene::net::UnixStream>,
        _: &[u8],
    ) -> Flow {
        self.read += 1;
        Flow::Pause
    }

    #[closed(tokens = MEMBERS)]
    fn closed(&mut self, _: Connection<ByteLines, (), miocene::net::UnixStream>, why: Closed) {
        self.closed.push(format!("{why:?}"));
    }
}

fn alone() -> (Alone, std::os::unix::net::UnixStream) {
    let (ours, theirs) = std::os::unix::net::UnixStream::pair().unwrap();
    let mut members = Family::new(MEMBERS);
    members.insert(Connection::new(
        miocene::net::UnixStream::from_std(ours).unwrap(),
    ));
    let app = Alone {
        members,
        closed: Vec::new(),
        read: 0,
    };
    (app, theirs)
}

#[test]
fn with_nothing_left_a_run_returns_instead_of_sleeping() {
    let (mut app, peer) = alone();
    drop(peer);
    let mut event_loop = EventLoop::new().unwrap();
    event_loop.run(&mut app).unwrap();
    assert_eq!(app.closed, ["Ended(Eof)"]);
    event_loop.run(&mut app).unwrap();
    assert_eq!(app.closed.len(), 1, "nor does it begin to");
}

#[test]
fn with_all_of_them_paused_too_and_they_leave() {
    let (mut app, mut peer) = alone();
    peer.write_all(b"one\ntwo\n").unwrap();
    EventLoop::new().unwrap().run(&mut app).unwrap();
    assert_eq!((app.read, app.closed), (1, vec!["Stopped".to_owned()]));
}

#[test]
fn an_application_runs_again_with_new_members_and_the_old_tokens_mean_nobody() {
    let mut hall: Hall = Hall::new();
    let mut old = Vec::new();
    for round in 1..=3 {
        let (ann, mut peer) = client("ann");
        let ann = hall.clients.insert(ann);
        assert!(!old.contains(&ann));
        peer.write_all(b"go\n").unwrap();
        hall.on.add(When::Item, "ann", |_, cx, _| {
            cx.stop_within(Duration::ZERO);
            Ok(Flow::Continue)
        });
        EventLoop::new().unwrap().run(&mut hall).unwrap();
        assert_eq!(
            (hall.items(ann), hall.reason(ann)),
            (b"go".to_vec(), Some("Stopped"))
        );
        old.push(ann);
        assert!(old.iter().all(|token| !hall.clients.contains(*token)));
        let closed = hall
            .log
            .iter()
            .filter(|told| matches!(told.what, What::Closed(_)));
        assert_eq!(closed.count(), round, "each once");
    }
}

#[test]
fn what_closed_inserts_when_a_run_ends_is_there_for_the_next() {
    let mut hall: Hall = Hall::new();
    let (ann, _peer) = client("ann");
    let (bob, mut bob_peer) = client("bob");
    hall.clients.insert(ann);
    hall.on.add(When::Closed, "ann", move |hall, _, _| {
        hall.clients.insert(bob);
        Ok(Flow::Continue)
    });
    let mut event_loop = EventLoop::new().unwrap();
    let _ = turn(&mut event_loop, &mut hall);
    event_loop.close(&mut hall);
    assert_eq!(hall.clients.len(), 1);
    bob_peer.write_all(b"hello\n").unwrap();
    serve(&mut event_loop, &mut hall, |hall| {
        hall.log
            .iter()
            .any(|told| told.what == What::Item(b"hello".to_vec()))
    });
    event_loop.close(&mut hall);
    assert!(hall.clients.is_empty());
}

#[test]
fn a_stop_in_any_handler_stops_though_nothing_else_happens() {
    use When::{Closed, Ended, Item, Opened, Writable};
    for when in [Item, Writable, Opened, Ended, Closed] {
        for by_flow in [false, true] {
            let mut hall: Hall = Hall::new();
            let (ann, mut peer) = client("ann");
            let (bob, _bob_peer) = client("bob");
            let ann = hall.clients.insert(ann);
            let bob = hall.clients.insert(bob);
            hall.on.add(when, "ann", move |_, cx, _| {
                if by_flow {
                    return Ok(Flow::Stop);
                }
                cx.stop();
                Ok(Flow::Continue)
            });
            let mut event_loop = EventLoop::new().unwrap();
            if when != Opened {
                let _ = turn(&mut event_loop, &mut hall);
            }
            if when == Closed {
                hall.clients.abort(ann);
            } else if when != Ended {
                peer.write_all(b"go\n").unwrap();
            }
            let mut finished = false;
            for number in 0..20 {
                if when == Ended || number == 5 {
                    // A peer that was sent something is waited for.
                    let _ = peer.shutdown(std::net::Shutdown::Write);
                }
                finished = finished || turn(&mut event_loop, &mut hall).finished;
            }
            assert!(finished, "{when:?}, by flow: {by_flow}");
            assert_eq!(hall.reason(bob), Some("Stopped"), "{when:?}");
        }
    }
}
