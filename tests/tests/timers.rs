//! Time as a source, in real time and among real sockets. What takes longer than
//! milliseconds is in the simulated tests.
#![cfg(unix)]

mod common;

use std::collections::BTreeMap;
use std::os::unix::net::UnixDatagram;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use common::{AT_ONCE, Datagrams, LONG, sleeps, turn, until};
use miocene::{
    Alarm, Context, EventLoop, Flow, Handlers, Interval, Tick, TimerId, Timers, Token, handlers,
};

const EXPIRY: Token = Token(0);
const SOCKET: Token = Token(1);
const BELL: Token = Token(2);
const BEAT: Token = Token(3);

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

/// Numbers that look random, the same in each run.
struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end
    }
}

/// What [`Timers`] should be, and the check that they are.
#[derive(Default)]
struct Model {
    deadlines: BTreeMap<u64, (Instant, TimerId)>,
    gone: Vec<TimerId>,
    numbers: u64,
}

impl Model {
    fn change(&mut self, timers: &mut Timers<u64>, random: &mut Random) {
        let length = match random.below(8) {
            0 => Duration::ZERO,
            1 => 100 * YEAR,
            2 => Duration::MAX,
            _ => Duration::from_micros(random.below(5_000)),
        };
        let now = Instant::now();
        let deadline = now.checked_add(length).unwrap_or(now + 200 * YEAR);
        let some = random.below(self.deadlines.len().max(1) as u64) as usize;
        let some = self.deadlines.keys().copied().nth(some);
        match (random.below(4), some) {
            (0, Some(number)) => {
                let (_, id) = self.deadlines.remove(&number).unwrap();
                assert_eq!(timers.get(id), Some(&number));
                assert_eq!(timers.cancel(id), Some(number));
                self.gone.push(id);
            }
            (1, Some(number)) => {
                let (kept, id) = self.deadlines.get_mut(&number).unwrap();
                assert!(timers.rearm_at(*id, deadline));
                *kept = deadline;
            }
            _ => {
                let id = timers.at(deadline, self.numbers);
                self.deadlines.insert(self.numbers, (deadline, id));
                self.numbers += 1;
            }
        }
    }

    /// What came in one turn, which had begun at a time or later.
    fn expect(&mut self, app: &mut Expiring, begin: Instant, again: Option<Duration>) {
        let mut latest = None;
        for (number, now) in app.fired.drain(..) {
            let (deadline, id) = self.deadlines.remove(&number).expect("it comes once");
            assert!(deadline <= now, "early by {:?}", deadline - now);
            assert!(
                latest.is_none_or(|latest| latest < deadline + MILLISECOND),
                "after one that is due later"
            );
            latest = latest.max(Some(deadline));
            self.gone.push(id);
        }
        assert_eq!(app.expiry.len(), self.deadlines.len());
        for id in self.gone.drain(..) {
            assert!(app.expiry.get(id).is_none() && app.expiry.cancel(id).is_none());
            assert!(!app.expiry.rearm(id, Duration::ZERO));
        }
        let first = self.deadlines.values().map(|(deadline, _)| *deadline).min();
        let Some(first) = first else {
            return;
        };
        let again = again.expect("something is set");
        // At once: the turn has left something for the next.
        assert!(again.is_zero() || first + MILLISECOND > begin, "late");
        assert!(
            again <= first.saturating_duration_since(begin) + MILLISECOND,
            "the loop would sleep for too long: {again:?}"
        );
    }
}

#[test]
fn what_is_set_moved_and_cancelled_comes_as_a_sorted_map_says() {
    for seed in 1..=20 {
        let mut random = Random(0x9e37_79b9_7f4a_7c15_u64.wrapping_mul(seed));
        let mut app = expiring();
        let mut event_loop = EventLoop::new().unwrap();
        let mut model = Model::default();
        for _ in 0..200 {
            for _ in 0..random.below(8) {
                model.change(&mut app.expiry, &mut random);
            }
            let begin = Instant::now();
            let turn = turn(&mut event_loop, &mut app);
            model.expect(&mut app, begin, turn.again);
        }
        // Those that are years away are not waited for.
        let soon = Instant::now() + YEAR;
        let far: Vec<u64> = model
            .deadlines
            .iter()
            .filter(|(_, (deadline, _))| *deadline > soon)
            .map(|(number, _)| *number)
            .collect();
        for number in far {
            let (_, id) = model.deadlines.remove(&number).unwrap();
            assert_eq!(app.expiry.cancel(id), Some(number));
        }
        let mut app = run_to_the_end(event_loop, app);
        model.expect(&mut app, Instant::now(), None);
        assert!(model.deadlines.is_empty() && app.expiry.is_empty());
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

struct Pulse {
    beat: Interval,
    socket: Datagrams,
    peer: UnixDatagram,
    dues: Vec<Instant>,
    received: u64,
}

const BEATS: usize = 20;

#[handlers]
impl Pulse {
    #[handler(token = BEAT)]
    fn beats(&mut self, tick: Tick) {
        self.dues.push(tick.due);
        self.peer.send(b"beat").unwrap();
    }

    #[handler(token = SOCKET)]
    fn datagram(&mut self, _: &[u8]) -> Flow {
        self.received += 1;
        match self.dues.len() {
            BEATS.. => Flow::Stop,
            _ => Flow::Continue,
        }
    }
}

#[test]
fn an_interval_beats_beside_a_socket() {
    let (socket, peer) = Datagrams::pair();
    let mut app = Pulse {
        beat: Interval::every(MILLISECOND),
        socket,
        peer,
        dues: Vec::new(),
        received: 0,
    };
    EventLoop::new().unwrap().run(&mut app).unwrap();
    assert!(app.dues.len() >= BEATS && app.received > 0);
    for two in app.dues.windows(2) {
        let apart = two[1] - two[0];
        assert!(apart >= MILLISECOND && apart.as_nanos() % MILLISECOND.as_nanos() == 0);
    }
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

/// A process that is stopped, as by Ctrl-Z: another one of this test.
#[cfg(target_os = "linux")]
mod stopped {
    use std::env;
    use std::io::{BufRead, BufReader};
    use std::process::{Command, Stdio};

    use miocene::Missed;
    use miocene_tests::process::Process;
    use miocene_tests::wait_until;

    use super::*;

    const PERIOD: Duration = Duration::from_millis(20);
    const PAUSE: Duration = Duration::from_secs(2);
    /// How many ticks should come in a pause; one more or less may.
    const IN_PAUSE: u64 = PAUSE.as_millis() as u64 / PERIOD.as_millis() as u64;

    /// Says to the process which of [`Missed`] it is to try.
    const MISSED: &str = "MIOCENE_MISSED";

    /// Prints of each tick how many were missed before it and how many periods it
    /// is after the last.
    struct Beating {
        beat: Interval,
        last: Option<Instant>,
        /// Ticks that came when the next one was due already.
        late: u64,
    }

    #[handlers]
    impl Beating {
        #[handler(token = BEAT)]
        fn beats(&mut self, cx: &mut Context<'_>, tick: Tick) -> Flow {
            let apart = self.last.map_or(PERIOD, |last| tick.due - last);
            assert_eq!(apart.as_nanos() % PERIOD.as_nanos(), 0, "ticks drift");
            let periods = apart.as_nanos() / PERIOD.as_nanos();
            println!("tick {} {periods}", tick.missed);
            self.last = Some(tick.due);
            let in_time = cx.now() - tick.due < PERIOD;
            self.late += u64::from(!in_time) + tick.missed;
            match in_time && self.late >= IN_PAUSE - 1 {
                true => Flow::Stop,
                false => Flow::Continue,
            }
        }
    }

    #[test]
    #[ignore = "the process that is stopped"]
    fn beating() {
        let Ok(missed) = env::var(MISSED) else {
            return;
        };
        let missed = match &*missed {
            "burst" => Missed::Burst,
            _ => Missed::Skip,
        };
        let mut app = Beating {
            beat: Interval::every(PERIOD).missed(missed),
            last: None,
            late: 0,
        };
        EventLoop::new().unwrap().run(&mut app).unwrap();
    }

    /// The ticks of a process that was stopped, as it prints them.
    fn ticks(missed: &str) -> Vec<(u64, u64)> {
        let mut child = Command::new(env::current_exe().unwrap())
            .args(["--exact", "stopped::beating", "--ignored", "--nocapture"])
            .env(MISSED, missed)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut tick = || {
            let mut lines = lines.by_ref().map_while(Result::ok);
            lines.find_map(|line| {
                let (missed, periods) = line.split_once("tick ")?.1.split_once(' ')?;
                Some((missed.parse().ok()?, periods.parse().ok()?))
            })
        };
        let mut ticks: Vec<(u64, u64)> = Vec::new();
        ticks.extend(tick());
        let process = Process::of(&child);
        process.stop().unwrap();
        let stopped = wait_until(PAUSE, || process.is_stopped().unwrap());
        // This is what is done to it.
        thread::sleep(PAUSE);
        process.resume().unwrap();
        ticks.extend(std::iter::from_fn(tick));
        assert!(child.wait().unwrap().success() && stopped);
        ticks
    }

    #[test]
    fn after_a_pause_one_tick_says_how_many_were_skipped() {
        let ticks = ticks("skip");
        assert!(ticks.iter().all(|(missed, periods)| missed + 1 == *periods));
        let long = ticks.iter().filter(|(missed, _)| *missed >= IN_PAUSE - 1);
        assert_eq!(long.count(), 1, "{ticks:?}");
    }

    #[test]
    fn after_a_pause_every_tick_of_a_burst_comes() {
        let ticks = ticks("burst");
        assert!(ticks.iter().all(|tick| *tick == (0, 1)), "{ticks:?}");
        assert!(ticks.len() as u64 >= IN_PAUSE, "{} ticks", ticks.len());
    }
}
