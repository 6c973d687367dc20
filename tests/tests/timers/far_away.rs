//! Deadlines that are further away than any program runs, or not there.

use std::os::unix::net::UnixDatagram;

use super::common::{Datagrams, sleeps, turn, until};
use super::*;
use miocene::{Alarm, Flow, Interval, Tick};

struct Clocks {
    expiry: Timers<()>,
    socket: Datagrams,
    bell: Alarm,
    beat: Interval,
    fired: usize,
    received: usize,
}

#[handlers]
impl Clocks {
    #[handler(token = EXPIRY)]
    fn expires(&mut self, _: ()) {
        self.fired += 1;
    }

    #[handler(token = BELL)]
    fn rings(&mut self, _due: Instant) {
        self.fired += 1;
    }

    #[handler(token = BEAT)]
    fn beats(&mut self, _: Tick) {
        self.fired += 1;
    }

    #[handler(token = SOCKET)]
    fn datagram(&mut self, datagram: &[u8]) -> Flow {
        self.received += 1;
        match datagram {
            b"stop" => Flow::Stop,
            _ => Flow::Continue,
        }
    }
}

/// Nothing is due before the end of times.
fn far_away(length: Duration) -> (Clocks, UnixDatagram) {
    let (socket, peer) = Datagrams::pair();
    let mut app = Clocks {
        expiry: Timers::new(),
        socket,
        bell: Alarm::new(),
        beat: Interval::every(length),
        fired: 0,
        received: 0,
    };
    app.expiry.after(length, ());
    app.bell.set_after(length);
    (app, peer)
}

#[test]
fn what_is_a_hundred_years_away_or_for_ever_lets_the_loop_sleep() {
    for length in [100 * YEAR, 10_000 * YEAR, Duration::MAX] {
        let (mut app, _peer) = far_away(length);
        let mut event_loop = EventLoop::new().unwrap();
        let turn = turn(&mut event_loop, &mut app);
        let again = turn.again.expect("something is set");
        assert!(again > YEAR, "{length:?}: {again:?}");
        assert!(!turn.finished && sleeps(&mut event_loop, &mut app));
        assert_eq!(app.fired, 0, "{length:?}");
        event_loop.close(&mut app);
    }
}

#[test]
fn a_loop_with_nothing_but_far_deadlines_hears_a_socket() {
    for length in [100 * YEAR, Duration::MAX] {
        let (mut app, peer) = far_away(length);
        let speaker = thread::spawn(move || {
            peer.send(b"hello").unwrap();
            peer.send(b"stop").unwrap();
            peer
        });
        EventLoop::new().unwrap().run(&mut app).unwrap();
        assert_eq!((app.received, app.fired), (2, 0));
        speaker.join().unwrap();
    }
}

#[test]
fn with_nothing_set_run_returns() {
    struct Silent {
        expiry: Timers<u32>,
        bell: Alarm,
    }

    #[handlers]
    impl Silent {
        #[handler(token = EXPIRY)]
        fn expires(&mut self, _: u32) {
            // The last thing that could have happened.
            assert!(self.bell.clear());
        }

        #[handler(token = BELL)]
        fn rings(&mut self, _due: Instant) {}
    }

    let app = Silent {
        expiry: Timers::new(),
        bell: Alarm::new(),
    };
    let mut app = run_to_the_end(EventLoop::new().unwrap(), app);

    let id = app.expiry.after(YEAR, 1);
    app.expiry.cancel(id);
    let mut app = run_to_the_end(EventLoop::new().unwrap(), app);

    app.expiry.after(MILLISECOND, 2);
    app.bell.set_after(YEAR);
    let app = run_to_the_end(EventLoop::new().unwrap(), app);
    assert!(app.expiry.is_empty() && app.bell.deadline().is_none());
}

#[test]
fn what_a_loop_was_told_holds_in_another() {
    let (mut app, _peer) = far_away(YEAR);
    app.expiry.after(20 * MILLISECOND, ());
    app.bell.set_after(20 * MILLISECOND);
    app.beat = Interval::every(20 * MILLISECOND);
    let mut first = EventLoop::new().unwrap();
    let _ = turn(&mut first, &mut app);
    first.close(&mut app);
    let mut second = EventLoop::new().unwrap();
    until(&mut second, &mut app, |app| {
        app.bell.deadline().is_none() && app.expiry.len() == 1 && app.fired >= 3
    });
}
