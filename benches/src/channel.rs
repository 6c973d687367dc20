//! What a message from another thread costs: instructions, and how often the loop
//! is woken.

use crate::callgrind::Counting;
use crate::cargo::Profile;
use crate::measured::{Measured, missing};
use crate::strace::Calls;
use crate::table::{Table, judge};

const TITLE: &str = "Messages: instructions in user space, and wakes";

const OURS: &str = "channel";
const BY_HAND: &str = "channel-by-hand";
const CALLOOP: &str = "channel-calloop";
const CROWD: &str = "channel-crowd";

/// Messages that are sent before the loop looks: fewer than a drain's budget.
const BATCHES: [u64; 2] = [1, 50];

/// Batches of the two runs.
const STEPS: [u64; 2] = [100, 400];

/// Messages of each of the four threads.
const CROWD_EACH: u64 = 1_000_000;

/// How many times what the twin does may cost, by the size of the batch: for a single
/// message it is a turn for a host that is measured, beside a poll. And what calloop
/// does.
const BOUNDS: [f64; 2] = [5.5, 1.0];
const BOUND_BESIDE_CALLOOP: f64 = 1.0;

/// What an event loop sleeps in, whatever the selector, and what wakes it.
const WAITS: [&str; 4] = ["epoll_wait", "epoll_pwait", "poll", "ppoll"];
const WAKES: [&str; 1] = ["write"];

/// Batches through the loop, in each profile, and a crowd of threads.
pub(crate) fn table() -> Measured<Table> {
    if let Some(why) = missing("valgrind").or_else(|| missing("strace")) {
        return Ok(Table::not_run(TITLE, &why));
    }
    let columns = ["what", "profile", "ours", "other", "ratio", "bound"];
    let mut table = Table::new(TITLE, &columns)
        .note(
            "One thread sends so many messages of 8 bytes and has the loop take a turn, again and \
             again; instructions are counted by callgrind, wakes by strace, as the difference of \
             two run lengths. By hand: the bounded channel of the standard library, mio's waker, \
             and a flag that keeps who sends from waking a loop that was woken already. One \
             message a turn is what a whole turn costs, for a host that calls it, beside a poll.",
        )
        .note(format!(
            "The crowd: 4 threads that send {CROWD_EACH} messages each, as fast as the channel of \
             1,024 takes them. None is lost, and each thread's come in order, or the program \
             fails. A loop that was woken is not woken again before it looks: there are not more \
             wakes than waits."
        ));
    for profile in [Profile::Release, Profile::Lto] {
        for (batch, bound) in BATCHES.into_iter().zip(BOUNDS) {
            let ours = instructions(profile, OURS, batch)?;
            for (twin, bound) in [(BY_HAND, bound), (CALLOOP, BOUND_BESIDE_CALLOOP)] {
                let theirs = instructions(profile, twin, batch)?;
                let (judged, allowed) = judge(ours, theirs, Some(bound));
                let mut row = vec![
                    format!(
                        "{batch} a turn: instructions a message, beside {}",
                        short(twin)
                    ),
                    profile.name().to_owned(),
                    format!("{ours:.1}"),
                    format!("{theirs:.1}"),
                ];
                row.extend(judged);
                table.row(row, allowed);
            }
        }
    }
    for batch in BATCHES {
        let ours = wakes(OURS, batch)?;
        for twin in [BY_HAND, CALLOOP] {
            let theirs = wakes(twin, batch)?;
            let (judged, allowed) = judge(ours, theirs, Some(1.0));
            let mut row = vec![
                format!("{batch} a turn: wakes a message, beside {}", short(twin)),
                Profile::Release.name().to_owned(),
                format!("{ours:.2}"),
                format!("{theirs:.2}"),
            ];
            row.extend(judged);
            table.row(row, allowed);
        }
    }
    let (wakes, waits) = crowd()?;
    let row = vec![
        "the crowd: wakes, beside waits of the loop".to_owned(),
        Profile::Release.name().to_owned(),
        wakes.to_string(),
        waits.to_string(),
        format!("{:.2}", wakes as f64 / waits as f64),
        "≤ 1.00".to_owned(),
    ];
    table.row(row, wakes <= waits);
    Ok(table)
}

fn short(twin: &str) -> &str {
    match twin {
        BY_HAND => "mpsc and a waker by hand",
        _ => "calloop",
    }
}

/// Instructions for each message.
fn instructions(profile: Profile, program: &str, batch: u64) -> Measured<f64> {
    let count = |steps| Counting::start(profile, program, &arguments(batch, steps))?.finish();
    let (fewer, more) = (count(STEPS[0])?, count(STEPS[1])?);
    Ok((more - fewer) as f64 / more_messages(batch))
}

/// Wakes for each message.
fn wakes(program: &str, batch: u64) -> Measured<f64> {
    let count = |steps| -> Measured<u64> {
        let calls = Calls::of_run("write", program, &arguments(batch, steps))?;
        Ok(calls.count(&WAKES))
    };
    let (fewer, more) = (count(STEPS[0])?, count(STEPS[1])?);
    Ok((more - fewer) as f64 / more_messages(batch))
}

/// How many messages, and how many of them in a batch.
fn arguments(batch: u64, steps: u64) -> [String; 2] {
    [(steps * batch).to_string(), batch.to_string()]
}

fn more_messages(batch: u64) -> f64 {
    ((STEPS[1] - STEPS[0]) * batch) as f64
}

/// How often the crowd wakes the loop, and how often that waits.
fn crowd() -> Measured<(u64, u64)> {
    let traced = format!("?{},{}", WAITS.join(",?"), WAKES[0]);
    let calls = Calls::of_run(&traced, CROWD, &[CROWD_EACH.to_string()])?;
    Ok((calls.count(&WAKES), calls.count(&WAITS)))
}
