//! The loop inside another loop: what the host sleeps on must tell it all.
#![cfg(all(target_os = "linux", not(mio_unsupported_force_poll_poll)))]

mod common;

use std::os::fd::{AsFd, AsRawFd};
use std::os::unix::net::UnixDatagram;
use std::time::Duration;

use common::{AT_ONCE, Datagrams, LONG};
use miocene::mio::unix::SourceFd;
use miocene::mio::{Events, Poll};
use miocene::{Config, EventLoop, Interest, Token, handlers};
use rustix::event::{PollFd, PollFlags, Timespec, poll};

const FIRST: Token = Token(0);
const SECOND: Token = Token(1);

struct App {
    first: Datagrams,
    second: Datagrams,
    seen: usize,
}

#[handlers]
impl App {
    #[handler(token = FIRST)]
    #[handler(token = SECOND, source = self.second)]
    fn datagram(&mut self, _: &[u8]) {
        self.seen += 1;
    }
}

const DATAGRAMS: usize = 20;

fn app() -> (App, [UnixDatagram; 2]) {
    let (first, one) = Datagrams::pair();
    let (second, two) = Datagrams::pair();
    let app = App {
        first,
        second,
        seen: 0,
    };
    (app, [one, two])
}

/// One item in a drain, one event in a poll: as much is left as ever can be.
fn smallest_loop() -> EventLoop {
    let mut config = Config::default();
    config.budget = 1;
    config.event_capacity = 1;
    config.event_capacity_max = 1;
    EventLoop::with_config(config).unwrap()
}

/// Drives the application to the end of what is sent in two bursts; `sleep`
/// waits for the loop's descriptor, and says whether it became ready.
fn drive(mut sleep: impl FnMut(&EventLoop, Option<Duration>) -> bool) {
    let (mut app, peers) = app();
    let mut event_loop = smallest_loop();
    let mut again = event_loop.turn(&mut app, AT_ONCE).unwrap().again;
    for burst in 1..=2 {
        for peer in peers.iter().cycle().take(DATAGRAMS) {
            peer.send(b"x").unwrap();
        }
        while app.seen < burst * DATAGRAMS {
            let woken = sleep(&event_loop, again);
            assert!(
                woken || again.is_some(),
                "slept for ever on {} of them",
                app.seen
            );
            again = event_loop.turn(&mut app, AT_ONCE).unwrap().again;
        }
    }
}

#[test]
fn nested_under_a_level_triggered_loop_nothing_is_left_behind() {
    drive(|event_loop, again| {
        let timeout = again.or(LONG).map(|time| Timespec::try_from(time).unwrap());
        let mut descriptors = [PollFd::new(event_loop, PollFlags::IN)];
        poll(&mut descriptors, timeout.as_ref()).unwrap() > 0
    });
}

#[test]
fn nested_under_an_edge_triggered_loop_nothing_is_left_behind() {
    let mut outer = Poll::new().unwrap();
    let mut events = Events::with_capacity(8);
    let mut registered = false;
    drive(|event_loop, again| {
        if !registered {
            let descriptor = event_loop.as_fd().as_raw_fd();
            outer
                .registry()
                .register(&mut SourceFd(&descriptor), Token(0), Interest::READABLE)
                .unwrap();
            registered = true;
        }
        outer.poll(&mut events, again.or(LONG)).unwrap();
        !events.is_empty()
    });
}

#[test]
fn the_event_buffer_grows_when_it_comes_back_full() {
    let mut config = Config::default();
    config.event_capacity = 1;
    let mut event_loop = EventLoop::with_config(config).unwrap();
    let (mut app, peers) = app();
    send_to_each(&peers);
    let full = event_loop.turn(&mut app, LONG).unwrap();
    assert_eq!((app.seen, full.again), (1, Some(Duration::ZERO)));
    let _ = event_loop.turn(&mut app, AT_ONCE).unwrap();
    send_to_each(&peers);
    let _ = event_loop.turn(&mut app, LONG).unwrap();
    assert_eq!(app.seen, 4, "both in one turn now");
}

fn send_to_each(peers: &[UnixDatagram]) {
    for peer in peers {
        peer.send(b"x").unwrap();
    }
}
