//! How long a client waits for its answers, in quiet and beside a flood.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::scale::either;
use crate::server::PATIENCE;
use crate::trouble::{Attacked, Trouble};
use crate::wait_until;

/// The best round of each kind: of a figure of time the worst says more about the
/// machine than about the server.
pub struct Best {
    /// How many times longer the best loud round is than the best quiet one.
    pub ratio: f64,
    /// The best loud round.
    pub loud: Duration,
    /// Of each round, the times that 99 of 100 answers keep.
    pub seen: String,
    /// How much the floods were, in all.
    pub flooded: u64,
}

/// Measures in rounds. `times` answers how long each answer took, and is told whether
/// there is to be a flood; of one it answers how much it was.
pub fn rounds(mut times: impl FnMut(bool) -> Attacked<(Vec<Duration>, u64)>) -> Attacked<Best> {
    let (mut best_quiet, mut best_loud) = (Duration::MAX, Duration::MAX);
    let (mut seen, mut flooded) = (Vec::new(), 0);
    for _ in 0..either(1, 5) {
        let quiet = percentile(times(false)?.0);
        let (loud, flood) = times(true)?;
        let loud = percentile(loud);
        best_quiet = best_quiet.min(quiet);
        best_loud = best_loud.min(loud);
        seen.push(format!("{quiet:.0?} to {loud:.0?}"));
        flooded += flood;
    }
    Ok(Best {
        ratio: best_loud.as_secs_f64() / best_quiet.as_secs_f64(),
        loud: best_loud,
        seen: seen.join(", "),
        flooded,
    })
}

/// What `times` measures while `flood` goes on, until it is told that it is enough;
/// and how much it has counted. Before it has come to `begun`, it would be quiet
/// still.
pub fn beside(
    begun: u64,
    times: impl FnOnce() -> Attacked<Vec<Duration>>,
    flood: impl FnOnce(&AtomicBool, &AtomicU64) -> Attacked + Send,
) -> Attacked<(Vec<Duration>, u64)> {
    let (enough, flooded) = (AtomicBool::new(false), AtomicU64::new(0));
    let times = thread::scope(|scope| {
        let flood = scope.spawn(|| flood(&enough, &flooded));
        let begun = wait_until(PATIENCE, || flooded.load(Ordering::Relaxed) > begun);
        let times = times();
        enough.store(true, Ordering::Relaxed);
        flood.join().expect("it does not panic")?;
        match begun {
            true => times,
            false => Err(Trouble::broke("there was no flood")),
        }
    })?;
    Ok((times, flooded.into_inner()))
}

/// How long each of so many conversations takes.
pub fn each(count: usize, mut conversation: impl FnMut() -> Attacked) -> Attacked<Vec<Duration>> {
    let time = |_| {
        let begin = Instant::now();
        conversation()?;
        Ok(begin.elapsed())
    };
    (0..count).map(time).collect()
}

/// The time that 99 of 100 keep.
fn percentile(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() * 99 / 100]
}
