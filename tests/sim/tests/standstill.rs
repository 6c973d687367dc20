//! A process that stands still for some seconds, as when it is stopped or its machine
//! sleeps.
#![cfg(feature = "sim")]

use std::net::SocketAddr;
use std::time::Duration;

use miocene::net::{TcpListener, TcpStream};
use miocene::sim::{Faults, Sim};
use miocene::{Closed, Connection, Family, Interval, Lines, Tick, Timers, Token, Tokens, handlers};

const SERVER: Token = Token(0);
const BEAT: Token = Token(1);
const EXPIRY: Token = Token(2);
const CLIENTS: Tokens = Tokens::new(1);

const ADDRESS: &str = "127.0.0.1:7000";

const PERIOD: Duration = Duration::from_millis(100);
const IDLE: Duration = Duration::from_secs(2);
const STANDSTILL: Duration = Duration::from_secs(5);

struct Served {
    server: TcpListener,
    clients: Family<Connection<Lines>>,
    beat: Interval,
    expiry: Timers<Duration>,
    ticks: Vec<Tick>,
    expired: Vec<Duration>,
    lines: usize,
    left: Vec<String>,
}

#[handlers]
impl Served {
    #[handler(token = SERVER, fills = CLIENTS)]
    fn accept(&mut self, (stream, _): (TcpStream, SocketAddr)) {
        self.clients.insert(Connection::new(stream));
    }

    #[handler(tokens = CLIENTS)]
    fn line(&mut self, client: &mut Connection<Lines>, line: &str) {
        self.lines += 1;
        client.out.send(line.as_bytes());
        client.out.send(b"\n");
    }

    #[closed(tokens = CLIENTS)]
    fn closed(&mut self, _: Connection<Lines>, why: Closed) {
        self.left.push(format!("{why:?}"));
    }

    #[handler(token = BEAT)]
    fn beats(&mut self, tick: Tick) {
        self.ticks.push(tick);
    }

    #[handler(token = EXPIRY)]
    fn expires(&mut self, after: Duration) {
        self.expired.push(after);
    }
}

#[test]
fn after_a_standstill_nothing_comes_in_a_burst_and_nobody_is_late_who_has_spoken() {
    Sim::seeds(0..1).faults(Faults::none()).run(|sim| {
        let mut expiry = Timers::new();
        for seconds in [4, 2, 3, 20] {
            let after = Duration::from_secs(seconds);
            expiry.after(after, after);
        }
        let app = sim.start(Served {
            server: TcpListener::bind(ADDRESS).unwrap(),
            clients: Family::new(CLIENTS).idle(IDLE),
            beat: Interval::every(PERIOD),
            expiry,
            ticks: Vec::new(),
            expired: Vec::new(),
            lines: 0,
            left: Vec::new(),
        });
        let speaks: Vec<_> = (0..4).map(|_| sim.client(ADDRESS)).collect();
        let silent = sim.client(ADDRESS);
        for client in speaks.iter().chain([&silent]) {
            client.send("hello\n");
            client.expect("hello\n");
        }
        // They are almost late when it begins.
        sim.run_for(IDLE * 31 / 32);
        let before = app.with(|app| app.ticks.len());
        speaks.iter().for_each(|client| client.send("world\n"));
        Sim::pass(STANDSTILL);
        sim.run_for(PERIOD * 3);

        app.with(|app| {
            // Of all only the one that has said nothing.
            assert_eq!((app.lines, app.left.len()), (9, 1), "{:?}", app.left);
            let since = &app.ticks[before..];
            let skips: Vec<_> = since.iter().filter(|tick| tick.missed > 0).collect();
            let periods = (STANDSTILL.as_millis() / PERIOD.as_millis()) as u64;
            let [skip] = skips[..] else {
                panic!("{skips:?}");
            };
            assert!(skip.missed.abs_diff(periods) <= 1, "{skip:?}");
            assert!(since.len() <= 5, "{} ticks", since.len());
            // These are not ticks: each of them comes.
            assert_eq!(app.expired, [2, 3, 4].map(Duration::from_secs));
        });
        speaks.iter().for_each(|client| client.send("again\n"));
        speaks
            .iter()
            .for_each(|client| client.expect("world\nagain\n"));
        // They are idle like anybody after that.
        sim.run_for(2 * IDLE);
        assert_eq!(app.with(|app| app.left.clone()), ["Ended(Idle)"; 5]);
    });
}
