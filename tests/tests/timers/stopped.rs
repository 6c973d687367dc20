//! A process that is stopped, as by Ctrl-Z: another one of this test.

use std::env;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use miocene::{Flow, Interval, Missed, Tick};
use miocene_tests::process::Process;
use miocene_tests::wait_until;

use super::*;

const PERIOD: Duration = Duration::from_millis(20);
const PAUSE: Duration = Duration::from_secs(5);
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
