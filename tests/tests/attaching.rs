//! A source is attached when the handler that asked for it has returned.
#![cfg(unix)]

mod common;

use std::io::{self, Write};
use std::os::unix::net::{UnixDatagram, UnixStream};
use std::sync::Arc;

use common::{Datagrams, Endless, LONG, Lines, Script, loop_with_a_budget_of_one, turn, until};
use miocene::handlers;
use miocene::{Context, Ended, Error, EventLoop, Failure, Fd, Flow, Next, Readiness, Token};

const LINES: Token = Token(0);
const CONTROL: Token = Token(1);

struct App {
    lines: Lines,
    control: Datagrams,
    /// What is done with the first line; nothing with the others.
    first: fn(&mut Context<'_>) -> Flow,
    command: fn(&mut Context<'_>),
    seen: String,
}

#[handlers]
impl App {
    #[handler(token = LINES)]
    fn line(&mut self, cx: &mut Context<'_>, line: &[u8]) -> Flow {
        self.seen.push_str(&String::from_utf8_lossy(line));
        std::mem::replace(&mut self.first, |_| Flow::Continue)(cx)
    }

    #[handler(token = CONTROL)]
    fn control(&mut self, cx: &mut Context<'_>, _: &[u8]) {
        (self.command)(cx);
    }
}

fn app(first: fn(&mut Context<'_>) -> Flow) -> (App, UnixStream, UnixDatagram) {
    let (lines, peer) = Lines::pair();
    let (control, controller) = Datagrams::pair();
    let app = App {
        lines,
        control,
        first,
        command: |cx| cx.attach(LINES),
        seen: String::new(),
    };
    (app, peer, controller)
}

fn turns(event_loop: &mut EventLoop, app: &mut App) {
    for _ in 0..4 {
        let _ = turn(event_loop, app);
    }
}

#[test]
fn a_source_that_was_closed_comes_back_with_what_it_has_kept() {
    let (mut app, mut peer, controller) = app(|_| Flow::Close);
    let mut event_loop = EventLoop::new().unwrap();
    peer.write_all(b"1\n2\nha").unwrap();
    turns(&mut event_loop, &mut app);
    assert_eq!(app.seen, "1\n");
    controller.send(b"attach").unwrap();
    peer.write_all(b"lf\n").unwrap();
    until(&mut event_loop, &mut app, |app| app.seen == "1\n2\nhalf\n");
}

#[test]
fn a_pause_after_an_attach_holds() {
    let (mut app, mut peer, controller) = app(|_| Flow::Continue);
    app.command = |cx| {
        cx.attach(LINES);
        cx.pause(LINES);
    };
    let mut event_loop = EventLoop::new().unwrap();
    controller.send(b"attach and pause").unwrap();
    let _ = event_loop.turn(&mut app, LONG).unwrap();
    peer.write_all(b"1\n").unwrap();
    turns(&mut event_loop, &mut app);
    assert_eq!(app.seen, "");
    app.command = |cx| cx.resume(LINES);
    controller.send(b"resume").unwrap();
    until(&mut event_loop, &mut app, |app| app.seen == "1\n");
}

#[test]
fn a_source_that_attaches_itself_is_detached_until_its_handler_has_returned() {
    let (mut app, mut peer, _controller) = app(|cx| {
        cx.attach(LINES);
        Flow::Continue
    });
    let mut event_loop = EventLoop::new().unwrap();
    peer.write_all(b"1\n2\n").unwrap();
    turns(&mut event_loop, &mut app);
    assert_eq!(app.seen, "1\n", "it begins afresh, without what was read");
    peer.write_all(b"3\n").unwrap();
    until(&mut event_loop, &mut app, |app| app.seen == "1\n3\n");
}

#[test]
fn what_a_handler_answers_holds_over_the_attach_that_it_asked_for() {
    let pause: fn(&mut Context<'_>) -> Flow = |cx| {
        cx.attach(LINES);
        Flow::Pause
    };
    let close: fn(&mut Context<'_>) -> Flow = |cx| {
        cx.attach(LINES);
        Flow::Close
    };
    for (first, command) in [
        (pause, (|cx| cx.resume(LINES)) as fn(&mut Context<'_>)),
        (close, |cx| cx.attach(LINES)),
    ] {
        let (mut app, mut peer, controller) = app(first);
        app.command = command;
        let mut event_loop = EventLoop::new().unwrap();
        peer.write_all(b"1\n").unwrap();
        turns(&mut event_loop, &mut app);
        peer.write_all(b"2\n").unwrap();
        turns(&mut event_loop, &mut app);
        assert_eq!(app.seen, "1\n");
        controller.send(b"go on").unwrap();
        until(&mut event_loop, &mut app, |app| app.seen == "1\n2\n");
    }
}

struct CloseWins {
    socket: Script,
    items: usize,
}

const SOCKET: Token = Token(2);

#[handlers]
impl CloseWins {
    #[handler(token = SOCKET)]
    fn item(&mut self, _: u32) {
        self.items += 1;
    }

    #[failed]
    fn failed(&mut self, cx: &mut Context<'_>, failure: Failure<'_>) -> Flow {
        cx.attach(failure.token);
        Flow::Close
    }
}

#[test]
fn closing_in_failed_wins_over_an_attach_there() {
    let broken = Err(io::Error::other("broken"));
    let (socket, _peer) = Script::new([broken, Ok(Next::Item(1))]);
    let mut app = CloseWins { socket, items: 0 };
    EventLoop::new().unwrap().run(&mut app).unwrap();
    assert_eq!(app.items, 0);
}

const ENDLESS: Token = Token(3);
const ATTACHING: Token = Token(4);

struct Restless {
    endless: Endless,
    attaching: Endless,
    items: usize,
}

#[handlers]
impl Restless {
    #[handler(token = ENDLESS)]
    fn item(&mut self, (): ()) {
        self.items += 1;
    }

    #[handler(token = ATTACHING)]
    fn attach(&mut self, cx: &mut Context<'_>, (): ()) -> Flow {
        cx.attach(ENDLESS);
        match self.items {
            0..10 => Flow::Continue,
            _ => Flow::Close,
        }
    }
}

#[test]
fn attached_again_and_again_a_source_has_one_turn_at_a_time() {
    let (endless, _peer) = Endless::new();
    let (attaching, _other_peer) = Endless::new();
    let mut app = Restless {
        endless,
        attaching,
        items: 0,
    };
    let mut event_loop = loop_with_a_budget_of_one();
    for _ in 0..100 {
        let before = app.items;
        let _ = event_loop.turn(&mut app, LONG).unwrap();
        assert!(app.items <= before + 1, "one budget a turn");
    }
    assert!(app.items > 50);
}

const OTHER: Token = Token(5);

struct Shared {
    socket: Fd<Arc<UnixDatagram>>,
    other: Fd<Arc<UnixDatagram>>,
}

#[handlers]
impl Shared {
    #[handler(token = SOCKET, raw)]
    #[handler(token = OTHER, raw, source = self.other)]
    fn ready(&mut self, _: &mut Readiness) {}
}

#[test]
fn one_descriptor_under_two_tokens_is_an_error_that_names_the_second() {
    let (ours, _theirs) = UnixDatagram::pair().unwrap();
    let ours = Arc::new(ours);
    let mut app = Shared {
        socket: Fd::new(ours.clone()).unwrap(),
        other: Fd::new(ours).unwrap(),
    };
    let error = EventLoop::new().unwrap().run(&mut app).unwrap_err();
    assert!(matches!(error, Error::Attach { .. }), "{error:?}");
    assert!(error.to_string().contains("self.other"), "{error}");
}

struct Refused {
    control: Datagrams,
    socket: Datagrams,
    stop: bool,
    told: Vec<Token>,
}

#[handlers]
impl Refused {
    #[handler(token = CONTROL)]
    fn control(&mut self, cx: &mut Context<'_>, _: &[u8]) {
        self.socket.refused = true;
        cx.attach(SOCKET);
        if self.stop {
            cx.stop();
        }
    }

    #[handler(token = SOCKET)]
    fn datagram(&mut self, _: &[u8]) {}

    #[ended(token = SOCKET)]
    fn over(&mut self, cx: &mut Context<'_>, _: Ended) {
        self.told.push(cx.token());
    }
}

#[test]
fn who_is_told_that_a_source_was_refused_sees_its_token_and_after_a_stop_nobody_is() {
    for (stop, told) in [(false, vec![SOCKET]), (true, vec![])] {
        let (control, controller) = Datagrams::pair();
        let (socket, _peer) = Datagrams::pair();
        let mut app = Refused {
            control,
            socket,
            stop,
            told: Vec::new(),
        };
        controller.send(b"attach").unwrap();
        let turn = EventLoop::new().unwrap().turn(&mut app, LONG).unwrap();
        assert_eq!((app.told, turn.finished), (told, stop));
    }
}
