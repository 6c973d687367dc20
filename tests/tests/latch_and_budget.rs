//! Not draining is safe, and nobody starves.
#![cfg(unix)]

mod common;

use std::io;
use std::num::NonZeroU32;
use std::os::unix::net::UnixDatagram;
use std::time::Duration;

use common::{AT_ONCE, Datagrams, Endless, LONG, Script, loop_with_a_budget_of_one, turn, until};
use miocene::{
    Budget, Config, Context, EventLoop, Flow, Interest, Next, Readiness, Token, handlers,
};

const SOCKET: Token = Token(0);
const OTHER: Token = Token(1);

struct Counting {
    socket: Datagrams,
    seen: Vec<Vec<u8>>,
}

#[handlers]
impl Counting {
    #[handler(token = SOCKET, interest = READABLE)]
    fn datagram(&mut self, datagram: &[u8]) {
        self.seen.push(datagram.to_vec());
    }
}

fn counting() -> (Counting, UnixDatagram) {
    let (socket, peer) = Datagrams::pair();
    let seen = Vec::new();
    (Counting { socket, seen }, peer)
}

#[test]
fn what_the_budget_leaves_is_drained_without_a_new_event() {
    let (mut app, peer) = counting();
    for datagram in [b"a", b"b", b"c"] {
        peer.send(datagram).unwrap();
    }
    let mut event_loop = loop_with_a_budget_of_one();
    for count in 1..=3 {
        let turn = event_loop.turn(&mut app, LONG).unwrap();
        assert_eq!(app.seen.len(), count);
        assert_eq!(turn.again, Some(Duration::ZERO), "more may be there");
    }
    assert_eq!(turn(&mut event_loop, &mut app).again, None, "dry");
    assert_eq!(app.seen, [b"a", b"b", b"c"]);
    assert_eq!(event_loop.counters().budget_cuts, 3);
}

#[test]
fn one_turn_drains_a_source_to_the_end() {
    let (mut app, peer) = counting();
    for _ in 0..10 {
        peer.send(b"x").unwrap();
    }
    let mut event_loop = EventLoop::new().unwrap();
    let turn = event_loop.turn(&mut app, LONG).unwrap();
    assert_eq!((app.seen.len(), turn.again), (10, None));
}

struct Reluctant {
    socket: Datagrams,
    calls: usize,
    read: usize,
}

#[handlers]
impl Reluctant {
    /// Reads at every second call only.
    #[handler(token = SOCKET, interest = READABLE, raw)]
    fn ready(&mut self, ready: &mut Readiness) -> io::Result<()> {
        self.calls += 1;
        if self.calls % 2 == 0 {
            ready.try_io(Interest::READABLE, || self.socket.receive(&mut [0; 16]))?;
            self.read += 1;
        }
        Ok(())
    }
}

#[test]
fn a_raw_handler_that_stops_early_is_called_again_without_a_new_event() {
    for budget in [1, 2, 64] {
        let (socket, peer) = Datagrams::pair();
        let mut app = Reluctant {
            socket,
            calls: 0,
            read: 0,
        };
        for _ in 0..3 {
            peer.send(b"x").unwrap();
        }
        let mut config = Config::default();
        config.budget = budget;
        let mut event_loop = EventLoop::with_config(config).unwrap();
        let mut turns = 1;
        while event_loop.turn(&mut app, LONG).unwrap().again.is_some() {
            turns += 1;
        }
        assert_eq!(
            (app.read, app.calls),
            (3, 8),
            "the fourth try met WouldBlock"
        );
        assert_eq!(turns, 8_u32.div_ceil(budget));
        let last = app.calls;
        let _ = turn(&mut event_loop, &mut app);
        assert_eq!(app.calls, last, "the latch is clear");
    }
}

struct Busy {
    socket: Endless,
    items: usize,
    other: Datagrams,
    others: usize,
}

#[handlers]
impl Busy {
    #[handler(token = SOCKET)]
    fn item(&mut self, (): ()) {
        self.items += 1;
    }

    #[handler(token = OTHER)]
    fn datagram(&mut self, _: &[u8]) {
        self.others += 1;
    }
}

#[test]
fn a_source_that_never_runs_dry_neither_starves_another_nor_delays_a_turn() {
    let (socket, _peer) = Endless::new();
    let (other, peer) = Datagrams::pair();
    let mut app = Busy {
        socket,
        items: 0,
        other,
        others: 0,
    };
    let mut event_loop = EventLoop::new().unwrap();
    let budget = Config::default().budget as usize;
    for count in 1..=5 {
        peer.send(b"x").unwrap();
        let turn = event_loop.turn(&mut app, LONG).unwrap();
        assert_eq!(app.items, count * budget, "one budget a turn");
        assert_eq!(app.others, count, "served in the turn in which it came");
        assert_eq!(turn.again, Some(Duration::ZERO));
    }
}

struct Scripted {
    socket: Script,
    seen: Vec<u32>,
}

#[handlers]
impl Scripted {
    #[handler(token = SOCKET)]
    fn item(&mut self, item: u32) {
        self.seen.push(item);
    }
}

#[test]
fn more_and_interruptions_count_towards_the_budget() {
    let interrupted = || Err(io::ErrorKind::Interrupted.into());
    let (socket, _peer) = Script::new([
        Ok(Next::More),
        interrupted(),
        Ok(Next::Item(1)),
        Ok(Next::More),
        interrupted(),
        Ok(Next::Item(2)),
    ]);
    let mut app = Scripted {
        socket,
        seen: Vec::new(),
    };
    let mut event_loop = loop_with_a_budget_of_one();
    let mut turns = Vec::new();
    for _ in 0..6 {
        let _ = event_loop.turn(&mut app, LONG).unwrap();
        turns.push(app.seen.len());
    }
    assert_eq!(turns, [0, 0, 1, 1, 1, 2]);
}

#[test]
fn a_source_that_rests_is_asked_again_by_itself() {
    let length = Duration::from_millis(200);
    let (socket, _peer) =
        Script::new([Ok(Next::Item(1)), Ok(Next::Rest(length)), Ok(Next::Item(2))]);
    let mut app = Scripted {
        socket,
        seen: Vec::new(),
    };
    let mut event_loop = EventLoop::new().unwrap();
    let begin = std::time::Instant::now();
    let turn = event_loop.turn(&mut app, LONG).unwrap();
    assert_eq!(app.seen, [1]);
    assert!(turn.again.is_some_and(|again| again <= length));
    until(&mut event_loop, &mut app, |app| app.seen.len() == 2);
    assert!(begin.elapsed() >= length, "never early");
    assert_eq!(event_loop.counters().rests, 1);
}

struct Writing {
    socket: UnixSide,
    written: usize,
    calls: usize,
}

type UnixSide = miocene::Fd<std::os::unix::net::UnixStream>;

#[handlers]
impl Writing {
    #[handler(token = SOCKET, interest = READABLE | WRITABLE, raw)]
    fn ready(&mut self, ready: &mut Readiness) -> io::Result<()> {
        self.calls += 1;
        let socket = self.socket.get_mut();
        let bytes = [0; 1024];
        self.written += ready.try_io(Interest::WRITABLE, || io::Write::write(socket, &bytes))?;
        Ok(())
    }
}

#[test]
fn a_raw_handler_that_wrote_and_did_not_block_is_called_until_it_does() {
    let (ours, theirs) = std::os::unix::net::UnixStream::pair().unwrap();
    let mut app = Writing {
        socket: miocene::Fd::new(ours).unwrap(),
        written: 0,
        calls: 0,
    };
    let mut event_loop = loop_with_a_budget_of_one();
    while event_loop.turn(&mut app, LONG).unwrap().again.is_some() {}
    let full = app.written;
    assert!(
        full >= 4096 && app.calls > full / 1024,
        "{full} in {} calls",
        app.calls
    );
    io::Read::read_exact(&mut &theirs, &mut vec![0; full]).unwrap();
    until(&mut event_loop, &mut app, |app| app.written >= 2 * full);
}

struct Stopping {
    socket: Datagrams,
    other: Datagrams,
    calls: usize,
}

#[handlers]
impl Stopping {
    #[handler(token = SOCKET)]
    #[handler(token = OTHER, source = self.other)]
    fn datagram(&mut self, cx: &mut Context<'_>, _: &[u8]) -> Flow {
        self.calls += 1;
        cx.stop();
        Flow::Continue
    }
}

#[test]
fn after_stop_no_handler_is_called_and_nothing_is_lost() {
    let (socket, peer) = Datagrams::pair();
    let (other, other_peer) = Datagrams::pair();
    let mut app = Stopping {
        socket,
        other,
        calls: 0,
    };
    for _ in 0..2 {
        peer.send(b"x").unwrap();
        other_peer.send(b"x").unwrap();
    }
    let mut event_loop = EventLoop::new().unwrap();
    for calls in 1..=4 {
        event_loop.run(&mut app).unwrap();
        assert_eq!(app.calls, calls, "one item a run");
    }
    assert_eq!(turn(&mut event_loop, &mut app).again, None);
    assert_eq!(event_loop.turn(&mut app, AT_ONCE).unwrap().again, None);
    assert_eq!(app.calls, 4);
}

#[test]
fn an_event_gives_no_second_turn_to_a_source_that_waits_for_its_first() {
    let (mut app, peer) = counting();
    let mut event_loop = loop_with_a_budget_of_one();
    for count in 0..5 {
        // An edge for a source that is in the ready queue.
        peer.send(b"x").unwrap();
        peer.send(b"x").unwrap();
        let _ = event_loop.turn(&mut app, LONG).unwrap();
        assert_eq!(app.seen.len(), count + 1, "one budget a turn");
    }
}

#[test]
fn an_event_of_ones_own_making_is_dispatched_like_one_of_the_polls() {
    let (mut app, peer) = counting();
    let mut event_loop = loop_with_a_budget_of_one();
    let turn = event_loop
        .deliver(&mut app, SOCKET, Readiness::READABLE)
        .unwrap();
    assert_eq!(turn.again, None, "nobody had earned it");
    peer.send(b"x").unwrap();
    let turn = event_loop
        .deliver(&mut app, SOCKET, Readiness::READ_CLOSED)
        .unwrap();
    assert_eq!((app.seen.len(), turn.again), (1, Some(Duration::ZERO)));
    let _ = event_loop
        .deliver(&mut app, OTHER, Readiness::READABLE)
        .unwrap();
    assert_eq!(event_loop.counters().stale_events, 1, "no handler has it");
}

struct Yielding {
    socket: YieldingSource,
    seen: usize,
}

/// Gives way after every second item, whatever the loop's budget is.
struct YieldingSource(Datagrams, bool);

impl miocene::Drain for YieldingSource {
    type Item<'b> = ();
    const BUDGET: Budget = Budget::Fixed(NonZeroU32::new(3).unwrap());

    fn source(&mut self) -> &mut dyn miocene::mio::event::Source {
        &mut self.0
    }

    fn next(&mut self, _: &mut miocene::Input) -> io::Result<Next<()>> {
        self.1 = !self.1;
        if !self.1 {
            return Ok(Next::Rest(Duration::ZERO));
        }
        self.0.receive(&mut [0; 8])?;
        Ok(Next::Item(()))
    }
}

#[handlers]
impl Yielding {
    #[handler(token = SOCKET)]
    fn item(&mut self, (): ()) {
        self.seen += 1;
    }
}

#[test]
fn a_source_may_give_way_before_its_budget_is_used_up() {
    let (socket, peer) = Datagrams::pair();
    for _ in 0..3 {
        peer.send(b"x").unwrap();
    }
    let mut app = Yielding {
        socket: YieldingSource(socket, false),
        seen: 0,
    };
    let mut event_loop = EventLoop::new().unwrap();
    for seen in 1..=3 {
        let turn = event_loop.turn(&mut app, LONG).unwrap();
        assert_eq!((app.seen, turn.again), (seen, Some(Duration::ZERO)));
    }
}
