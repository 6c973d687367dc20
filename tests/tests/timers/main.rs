//! Time as a source, in real time and among real sockets. What takes longer than
//! milliseconds is in the simulated tests.
#![cfg(unix)]

#[path = "../common/mod.rs"]
mod common;

mod far_away;
mod gone;
mod intervals;
#[cfg(target_os = "linux")]
mod namespace;
mod sorted_map;
#[cfg(target_os = "linux")]
mod stopped;
mod turns;

use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use common::LONG;
use miocene::{Context, EventLoop, Handlers, Timers, Token, handlers};

const EXPIRY: Token = Token(0);
const SOCKET: Token = Token(1);
const BELL: Token = Token(2);
const BEAT: Token = Token(3);

/// What deadlines of [`Timers`] are rounded up to.
const TICK: Duration = Duration::from_nanos(1_000_000 / 64);
const MILLISECOND: Duration = Duration::from_millis(1);
const YEAR: Duration = Duration::from_secs(365 * 24 * 3600);

struct Expiring {
    expiry: Timers<u64>,
    /// What has come, and the loop's time then.
    fired: Vec<(u64, Instant)>,
}

#[handlers]
impl Expiring {
    #[handler(token = EXPIRY)]
    fn expires(&mut self, cx: &mut Context<'_>, number: u64) {
        self.fired.push((number, cx.now()));
    }
}

fn expiring() -> Expiring {
    Expiring {
        expiry: Timers::new(),
        fired: Vec::new(),
    }
}

/// Runs an application to the end of what can happen, which is not far.
fn run_to_the_end<A: Handlers + Send + 'static>(mut event_loop: EventLoop, mut app: A) -> A {
    let (ended, end) = mpsc::channel();
    thread::spawn(move || {
        event_loop.run(&mut app).unwrap();
        ended.send(app).unwrap();
    });
    end.recv_timeout(LONG.unwrap()).expect("run returns")
}
