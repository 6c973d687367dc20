//! A clock that has run for longer than machines do: in a time namespace, where the
//! system allows to make one. There the monotonic clock is set, and nothing else.

use std::env;
use std::io::{self, Write};
use std::process::Command;

use super::*;
use miocene::{Alarm, Interval, Missed, Tick};

/// How many seconds the clock is ahead: more than 32 bits of milliseconds, and
/// almost those of seconds.
const AHEAD: u64 = 4_000_000_000;

/// Says to the process that it is the one in the namespace.
const WITHIN: &str = "MIOCENE_WITHIN_A_NAMESPACE";

struct Old {
    expiry: Timers<Instant>,
    bell: Alarm,
    beat: Interval,
    fired: usize,
    ticks: usize,
}

#[handlers]
impl Old {
    #[handler(token = EXPIRY)]
    fn expires(&mut self, cx: &mut Context<'_>, due: Instant) {
        self.fires(cx, due);
    }

    #[handler(token = BELL)]
    fn rings(&mut self, cx: &mut Context<'_>, due: Instant) {
        self.fires(cx, due);
    }

    #[handler(token = BEAT)]
    fn beats(&mut self, cx: &mut Context<'_>, tick: Tick) {
        self.fires(cx, tick.due);
        self.ticks += 1;
    }
}

impl Old {
    fn fires(&mut self, cx: &mut Context<'_>, due: Instant) {
        assert!(due <= cx.now(), "early by {:?}", due - cx.now());
        self.fired += 1;
        if self.fired >= 10 {
            cx.stop();
        }
    }
}

#[test]
#[ignore = "the process in the namespace"]
fn within() {
    if env::var_os(WITHIN).is_none() {
        return;
    }
    let uptime = std::fs::read_to_string("/proc/uptime").unwrap();
    let now = Instant::now();
    let mut app = Old {
        expiry: Timers::new(),
        bell: Alarm::new(),
        beat: Interval::every(MILLISECOND).missed(Missed::Burst),
        fired: 0,
        ticks: 0,
    };
    app.expiry.at(now + MILLISECOND, now + MILLISECOND);
    app.expiry.after(100 * YEAR, now + 100 * YEAR);
    app.bell.set_at(now + 2 * MILLISECOND);
    EventLoop::new().unwrap().run(&mut app).unwrap();
    assert_eq!((app.expiry.len(), app.bell.deadline()), (1, None));
    assert!(app.ticks >= 2);
    println!("uptime {uptime}");
}

#[test]
fn a_clock_that_has_run_for_126_years_is_a_clock() {
    let ahead = AHEAD.to_string();
    let child = Command::new("unshare")
        .args(["-T", "--fork", "--monotonic", &ahead, "--boottime", &ahead])
        .arg("--")
        .arg(env::current_exe().unwrap())
        .args(["--exact", "namespace::within", "--ignored", "--nocapture"])
        .env(WITHIN, "1")
        .output();
    let output = match child {
        Ok(output) => output,
        Err(error) => return not_run(&format!("unshare: {error}")),
    };
    let said = String::from_utf8_lossy(&output.stdout);
    let error = String::from_utf8_lossy(&output.stderr);
    if said.is_empty() && error.starts_with("unshare:") {
        return not_run(error.trim());
    }
    assert!(output.status.success(), "{said}\n{error}");
    // Which is the time since the machine was started, there.
    let uptime = said.split_once("uptime ").map(|(_, rest)| rest);
    let seconds = uptime.and_then(|uptime| uptime.split('.').next()?.parse().ok());
    assert!(
        seconds.is_some_and(|seconds: u64| seconds >= AHEAD),
        "{said}"
    );
}

/// Past what catches the output of a test that passes.
fn not_run(why: &str) {
    let _ = writeln!(io::stderr(), "not run: a time namespace: {why}");
}
