//! Pausing and resuming cost no system call and lose no edge.
#![cfg(unix)]

mod common;

use std::os::unix::net::UnixDatagram;

use common::{Datagrams, LONG, turn, until};
use miocene::{Config, Context, EventLoop, Flow, Token, handlers};

const SOCKET: Token = Token(0);
const CONTROL: Token = Token(7);

struct App {
    socket: Datagrams,
    control: Datagrams,
    seen: Vec<Vec<u8>>,
}

#[handlers]
impl App {
    #[handler(token = SOCKET)]
    fn datagram(&mut self, datagram: &[u8]) -> Flow {
        self.seen.push(datagram.to_vec());
        match datagram {
            b"pause" => Flow::Pause,
            b"close" => Flow::Close,
            _ => Flow::Continue,
        }
    }

    #[handler(token = CONTROL)]
    fn control(&mut self, cx: &mut Context<'_>, command: &[u8]) {
        match command {
            b"pause" => cx.pause(SOCKET),
            b"attach" => cx.attach(SOCKET),
            _ => cx.resume(SOCKET),
        }
    }
}

fn app() -> (App, UnixDatagram, UnixDatagram) {
    let (socket, peer) = Datagrams::pair();
    let (control, controller) = Datagrams::pair();
    let app = App {
        socket,
        control,
        seen: Vec::new(),
    };
    (app, peer, controller)
}

/// On `poll(2)` a source is armed again whenever it has run dry.
fn assert_no_call_but_the_first(app: &App) {
    if cfg!(not(mio_unsupported_force_poll_poll)) {
        assert_eq!(app.socket.registrations, 1, "the poll was told once");
    }
}

#[test]
fn a_paused_source_keeps_what_was_ready_and_goes_on_where_it_stopped() {
    let (mut app, peer, controller) = app();
    for datagram in ["a", "pause", "b", "c"] {
        peer.send(datagram.as_bytes()).unwrap();
    }
    let mut event_loop = EventLoop::new().unwrap();
    for _ in 0..5 {
        let turn = turn(&mut event_loop, &mut app);
        assert_eq!(turn.again, None, "a paused source is no reason to hurry");
    }
    assert_eq!(app.seen, [&b"a"[..], b"pause"]);
    controller.send(b"resume").unwrap();
    until(&mut event_loop, &mut app, |app| app.seen.len() == 4);
    assert_eq!(app.seen[2..], [b"b", b"c"]);
    assert_no_call_but_the_first(&app);
}

#[test]
fn an_edge_that_comes_during_a_pause_is_not_lost() {
    let (mut app, peer, controller) = app();
    let mut event_loop = EventLoop::new().unwrap();
    controller.send(b"pause").unwrap();
    let _ = event_loop.turn(&mut app, LONG).unwrap();
    peer.send(b"late").unwrap();
    let _ = event_loop.turn(&mut app, LONG).unwrap();
    assert!(app.seen.is_empty());
    controller.send(b"resume").unwrap();
    let resumed = event_loop.turn(&mut app, LONG).unwrap();
    assert!(
        resumed.again.is_some() || app.seen.len() == 1,
        "no sleep in between"
    );
    let _ = event_loop.turn(&mut app, LONG).unwrap();
    assert_eq!(app.seen, [b"late"]);
    assert_no_call_but_the_first(&app);
}

#[test]
fn a_source_paused_by_another_handler_of_the_same_batch_is_not_read() {
    let (mut app, peer, controller) = app();
    let mut event_loop = EventLoop::new().unwrap();
    let _ = turn(&mut event_loop, &mut app);
    controller.send(b"pause").unwrap();
    peer.send(b"x").unwrap();
    let _ = event_loop.turn(&mut app, LONG).unwrap();
    if cfg!(all(
        target_os = "linux",
        not(mio_unsupported_force_poll_poll)
    )) {
        // epoll reports what was ready first before what was ready later.
        assert!(app.seen.is_empty(), "its event came after the pause");
    }
    let before = app.seen.len();
    peer.send(b"y").unwrap();
    for _ in 0..3 {
        let _ = turn(&mut event_loop, &mut app);
    }
    assert_eq!(app.seen.len(), before, "paused for good");
    controller.send(b"resume").unwrap();
    until(&mut event_loop, &mut app, |app| app.seen.len() == 2);
    assert_eq!(app.seen, [b"x", b"y"]);
}

#[test]
fn a_source_that_keeps_waking_the_loop_while_paused_is_taken_off_until_it_is_resumed() {
    let (mut app, peer, controller) = app();
    let mut config = Config::default();
    config.wakes_while_paused = 3;
    let mut event_loop = EventLoop::with_config(config).unwrap();
    controller.send(b"pause").unwrap();
    let _ = event_loop.turn(&mut app, LONG).unwrap();
    for _ in 0..10 {
        // What is there is taken away, so that the next one is an edge.
        peer.send(b"x").unwrap();
        let _ = turn(&mut event_loop, &mut app);
    }
    // poll(2) reports a source once until it is read: there is nothing to take off.
    if cfg!(not(mio_unsupported_force_poll_poll)) {
        assert_eq!(event_loop.counters().taken_off, 1);
        assert_eq!(app.socket.registrations, 2, "registered, and taken off");
    }
    assert!(app.seen.is_empty());
    controller.send(b"resume").unwrap();
    until(&mut event_loop, &mut app, |app| app.seen.len() == 10);
}

#[test]
fn a_closed_source_is_silent_until_it_is_attached() {
    let (mut app, peer, controller) = app();
    for datagram in ["close", "b"] {
        peer.send(datagram.as_bytes()).unwrap();
    }
    let mut event_loop = EventLoop::new().unwrap();
    for _ in 0..3 {
        let _ = turn(&mut event_loop, &mut app);
    }
    assert_eq!(app.seen, [b"close"]);
    controller.send(b"attach").unwrap();
    until(&mut event_loop, &mut app, |app| app.seen.len() == 2);
    assert_eq!(app.seen[1], b"b");
}

#[test]
fn a_source_replaced_in_its_field_is_attached() {
    let (mut app, _peer, controller) = app();
    let mut event_loop = EventLoop::new().unwrap();
    let _ = turn(&mut event_loop, &mut app);
    let (socket, peer) = Datagrams::pair();
    app.socket = socket;
    peer.send(b"new").unwrap();
    controller.send(b"attach").unwrap();
    until(&mut event_loop, &mut app, |app| !app.seen.is_empty());
    assert_eq!(app.seen, [b"new"]);
}

struct EndedFirst {
    socket: Datagrams,
    control: Datagrams,
    seen: usize,
}

#[handlers]
impl EndedFirst {
    #[ended(token = SOCKET)]
    fn over(&mut self, _: miocene::Ended) {}

    #[handler(token = CONTROL)]
    fn control(&mut self, cx: &mut Context<'_>, command: &[u8]) {
        match command {
            b"pause" => cx.pause(SOCKET),
            _ => cx.resume(SOCKET),
        }
    }

    #[handler(token = SOCKET)]
    fn datagram(&mut self, _: &[u8]) {
        self.seen += 1;
    }
}

#[test]
fn the_order_of_the_attributes_is_of_no_account() {
    let (socket, peer) = Datagrams::pair();
    let (control, controller) = Datagrams::pair();
    let mut app = EndedFirst {
        socket,
        control,
        seen: 0,
    };
    let mut event_loop = EventLoop::new().unwrap();
    controller.send(b"pause").unwrap();
    let _ = event_loop.turn(&mut app, LONG).unwrap();
    peer.send(b"x").unwrap();
    let _ = event_loop.turn(&mut app, LONG).unwrap();
    assert_eq!(app.seen, 0);
    controller.send(b"resume").unwrap();
    until(&mut event_loop, &mut app, |app| app.seen == 1);
}

struct OnlyPaused {
    socket: Datagrams,
}

#[handlers]
impl OnlyPaused {
    #[handler(token = SOCKET)]
    fn datagram(&mut self, _: &[u8]) -> Flow {
        Flow::Pause
    }
}

#[test]
fn run_returns_when_nobody_is_left_to_resume_anybody() {
    let (socket, peer) = Datagrams::pair();
    peer.send(b"x").unwrap();
    peer.send(b"y").unwrap();
    let mut app = OnlyPaused { socket };
    EventLoop::new().unwrap().run(&mut app).unwrap();
}

#[test]
fn a_host_that_turns_may_resume_what_is_paused() {
    let (socket, peer) = Datagrams::pair();
    for datagram in [b"x", b"y", b"z"] {
        peer.send(datagram).unwrap();
    }
    let mut app = Counted { socket, seen: 0 };
    let mut event_loop = EventLoop::new().unwrap();
    for seen in 1..=3 {
        for _ in 0..3 {
            assert!(!turn(&mut event_loop, &mut app).finished);
        }
        assert_eq!(app.seen, seen, "one until it is resumed");
        event_loop.context().resume(SOCKET);
    }
    event_loop.context().stop();
    assert!(turn(&mut event_loop, &mut app).finished);
}

struct Counted {
    socket: Datagrams,
    seen: usize,
}

#[handlers]
impl Counted {
    #[handler(token = SOCKET)]
    fn datagram(&mut self, _: &[u8]) -> Flow {
        self.seen += 1;
        Flow::Pause
    }
}
