//! Two sizes of everything: for the gate, and for the long run.

use std::time::Duration;
use std::{env, fs, thread};

use crate::trouble::{Attacked, Trouble};

/// Whether this is the long run, which a person starts: `tests/soak`,
/// `tests/matrix`.
pub fn is_long() -> bool {
    env::var_os("MIOCENE_SOAK").is_some()
}

/// A number for the gate, and one for the long run.
pub fn either<T>(gate: T, long: T) -> T {
    if is_long() { long } else { gate }
}

/// Seconds for the gate and for the long run.
pub fn seconds(gate: u64, long: u64) -> Duration {
    Duration::from_secs(either(gate, long))
}

/// What a figure of time says in the long run, and on a machine that nobody else
/// uses.
pub fn judge_times(seen: String, is_bad: bool) -> Attacked<String> {
    match is_long() && is_bad {
        true if !is_quiet() => Err(Trouble::not_run(format!("the machine is busy: {seen}"))),
        true => Err(Trouble::broke(seen)),
        false => Ok(seen),
    }
}

/// Whether nobody else uses the machine, as far as a fifth of a second shows. Figures
/// of time mean nothing otherwise.
fn is_quiet() -> bool {
    const WINDOW: Duration = Duration::from_millis(200);
    const IDLE: f64 = 0.9;
    let before = idle_and_all();
    thread::sleep(WINDOW);
    let after = idle_and_all();
    match (before, after) {
        (Some(before), Some(after)) if after.1 > before.1 => {
            (after.0 - before.0) / (after.1 - before.1) > IDLE
        }
        _ => false,
    }
}

/// How long the processors had nothing to do, and all time, in ticks.
fn idle_and_all() -> Option<(f64, f64)> {
    let stat = fs::read_to_string("/proc/stat").ok()?;
    let ticks = stat.lines().next()?.split_whitespace().skip(1);
    let ticks: Vec<f64> = ticks.filter_map(|it| it.parse().ok()).collect();
    Some((ticks.get(3)? + ticks.get(4)?, ticks.iter().sum()))
}
