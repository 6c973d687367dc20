//! Connecting again after a while, by an alarm that a hook sets.

use std::time::{Duration, Instant};

use miocene::{Alarm, Flow};

use super::*;

const AGAIN: Token = Token(0);

/// Nothing but an alarm and a connection.
struct Patient {
    servers: Family<Server>,
    again: Alarm,
    address: SocketAddr,
    failures: u32,
}

#[handlers]
impl Patient {
    #[closed(tokens = SERVERS)]
    fn closed(&mut self, _: Server, _: Closed) -> Flow {
        self.failures += 1;
        self.again.set_after(Duration::from_millis(1));
        match self.failures < 3 {
            true => Flow::Continue,
            false => Flow::Stop,
        }
    }

    #[handler(token = AGAIN)]
    fn again(&mut self, _: Instant) {
        self.servers.connect(self.address, 0);
    }

    #[handler(tokens = SERVERS)]
    fn line(&mut self, _: &mut Server, _: &str) {}
}

fn patient(address: SocketAddr, connecting: Duration) -> Patient {
    let mut servers = Family::new(SERVERS).connecting(connecting);
    servers.connect(address, 0);
    Patient {
        servers,
        again: Alarm::new(),
        address,
        failures: 0,
    }
}

#[test]
fn an_alarm_that_closed_sets_is_waited_for() {
    let (_held, address) = nobody();
    let mut app = patient(address, Duration::from_secs(10));
    EventLoop::new().unwrap().run(&mut app).unwrap();
    assert_eq!(app.failures, 3);
}

#[test]
fn also_one_that_is_set_when_a_time_is_over() {
    let deaf = Deaf::new();
    let mut app = patient(deaf.address, Duration::from_millis(5));
    EventLoop::new().unwrap().run(&mut app).unwrap();
    assert_eq!(app.failures, 3);
}

#[test]
fn one_that_is_paused_while_it_is_connecting_is_waited_for() {
    let (_held, address) = nobody();
    let mut app = app();
    let token = app.connect(address, 1);
    assert!(app.servers.pause(token));
    EventLoop::new().unwrap().run(&mut app).unwrap();
    assert!(matches!(app.why[..], [Closed::Connect(_)]), "{:?}", app.why);
}

#[test]
fn one_that_is_to_say_something_and_fails_does_not_make_closed_spin() {
    /// Says goodbye to whoever does not answer, again and again.
    struct Polite {
        servers: Family<Server>,
        address: SocketAddr,
        turns: u32,
    }

    impl Polite {
        fn connect(&mut self) {
            let token = self.servers.connect(self.address, 0);
            let server = self.servers.get_mut(token);
            server.expect("just made").out.send(b"goodbye\n");
            self.servers.close(token);
        }
    }

    #[handlers]
    impl Polite {
        #[closed(tokens = SERVERS)]
        fn closed(&mut self, _: Server, _: Closed) {
            self.turns += 1;
            self.connect();
        }

        #[handler(tokens = SERVERS)]
        fn line(&mut self, _: &mut Server, _: &str) {}
    }

    let (_held, address) = nobody();
    let mut app = Polite {
        servers: Family::new(SERVERS),
        address,
        turns: 0,
    };
    app.connect();
    let mut event_loop = EventLoop::new().unwrap();
    let mut rests = 0;
    while app.turns < 3 {
        let turn = event_loop.turn(&mut app, common::LONG).unwrap();
        rests += u32::from(turn.again.is_some_and(|again| !again.is_zero()));
    }
    assert!(rests >= 2, "{rests} rests");
    event_loop.close(&mut app);
}
