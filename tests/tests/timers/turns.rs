//! What is due in which turn.

use super::common::{AT_ONCE, Datagrams, turn};
use super::*;
use miocene::Flow;

#[test]
fn what_is_cancelled_between_turns_finishes_the_next() {
    let mut app = expiring();
    let mut event_loop = EventLoop::new().unwrap();
    let id = app.expiry.after(YEAR, 1);
    assert!(!turn(&mut event_loop, &mut app).finished);
    app.expiry.cancel(id);
    // Without a limit, it would wait for ever.
    while !event_loop.turn(&mut app, None).unwrap().finished {}
    assert!(app.fired.is_empty());
}

#[test]
fn a_deadline_that_is_set_anew_at_once_stops_nobody() {
    struct Restless {
        expiry: Timers<()>,
        socket: Datagrams,
        fired: usize,
    }

    #[handlers]
    impl Restless {
        #[handler(token = EXPIRY)]
        fn expires(&mut self, _: ()) {
            self.fired += 1;
            self.expiry.after(Duration::ZERO, ());
        }

        #[handler(token = SOCKET)]
        fn datagram(&mut self, _: &[u8]) -> Flow {
            Flow::Stop
        }
    }

    let (socket, peer) = Datagrams::pair();
    let mut app = Restless {
        expiry: Timers::new(),
        socket,
        fired: 0,
    };
    app.expiry.after(Duration::ZERO, ());
    let mut event_loop = EventLoop::new().unwrap();
    while app.fired < 10 {
        let before = app.fired;
        let _ = event_loop.turn(&mut app, AT_ONCE).unwrap();
        assert!(app.fired <= before + 1, "twice in one turn");
    }
    peer.send(b"stop").unwrap();
    event_loop.run(&mut app).unwrap();
}

/// Sets another deadline whenever one has come, until nothing is left to be set.
struct Chain {
    expiry: Timers<()>,
    next: fn() -> Instant,
    left: usize,
    fired: usize,
}

#[handlers]
impl Chain {
    #[handler(token = EXPIRY)]
    fn expires(&mut self, _: ()) {
        self.fired += 1;
        if self.left > 0 {
            self.left -= 1;
            self.expiry.at((self.next)(), ());
        }
    }
}

#[test]
fn only_what_was_due_when_the_turn_began_comes_in_it() {
    let long_ago = Instant::now();
    while long_ago.elapsed() < 3 * MILLISECOND {
        thread::yield_now();
    }
    for next in [Instant::now, || Instant::now() - 3 * MILLISECOND] {
        let mut app = Chain {
            expiry: Timers::new(),
            next,
            left: 10,
            fired: 0,
        };
        let mut event_loop = EventLoop::new().unwrap();
        // Two that are due at once come in one turn.
        app.expiry.at(long_ago, ());
        app.expiry.at(long_ago, ());
        while app.fired < 12 {
            let before = app.fired;
            let _ = event_loop.turn(&mut app, AT_ONCE).unwrap();
            assert!(app.fired <= before + 2, "what was set in a turn came in it");
        }
        assert_eq!((app.fired, app.left), (12, 0));
    }
}
