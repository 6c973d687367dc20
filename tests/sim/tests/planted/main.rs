//! The self-test of the simulator: each mistake that can be planted in the loop is
//! found by one of these scenarios, and without one they all pass.
//!
//! It needs the mistakes, which only a build with a cfg has:
//!
//! ```text
//! RUSTFLAGS="--cfg miocene_planted" CARGO_TARGET_DIR=target/planted \
//!     cargo test --release -p miocene-sim-tests --features sim --test planted
//! ```
#![cfg(all(feature = "sim", miocene_planted))]

mod body;
mod book;
#[allow(dead_code)]
#[path = "../connect/caller.rs"]
mod caller;
mod chat;
#[allow(dead_code)]
#[path = "../connect/coming_back.rs"]
mod coming_back;
mod deadlines;
mod echo;
mod lines;
#[path = "../connect/outcomes.rs"]
mod outcomes;
mod panicking;
mod queue;
mod relay;
mod room;
#[path = "../connect/servers.rs"]
mod servers;
mod stop;
mod upgrade;

use std::panic::{self, AssertUnwindSafe};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use miocene::__planted::{Bug, plant};
use miocene::sim::{Faults, Seeds, Sim};

/// Within so many seeds each mistake is found.
const SEEDS: u64 = 1_000;

const THREADS: usize = 2;
const NOT_FOUND: &str = "not found";

struct Scenario {
    name: &'static str,
    test: fn(&Sim),
}

macro_rules! scenarios {
    ($($name:ident = $test:path,)+) => {
        $(const $name: Scenario = Scenario { name: stringify!($test), test: $test };)+
        const SCENARIOS: &[Scenario] = &[$($name,)+];
    };
}

scenarios! {
    ECHO = echo::echo,
    LINES = lines::lines,
    CHAT = chat::chat,
    RELAY = relay::relay,
    BODIES = body::bodies,
    QUEUE = queue::queue,
    ROOM = room::room,
    TURNS = room::turns,
    PANICKING = panicking::panicking,
    UPGRADE = upgrade::upgrade,
    STOP = stop::stop,
    DEADLINES = deadlines::deadlines,
    CONNECTING = outcomes::every_attempt_ends_once,
    COMING_BACK = coming_back::reaches_a_server_that_comes_up_later,
}

/// Which of them is to find a mistake.
fn scenario_for(bug: Bug) -> Scenario {
    match bug {
        Bug::AcceptsOnce
        | Bug::StopsAtAFailedPeer
        | Bug::NeverAcceptsAgain
        | Bug::GivesUpWhenExhausted
        | Bug::TakesInterruptedForDry
        | Bug::TellsNobodyOfRoom
        | Bug::LosesEdgeWhileHeld
        | Bug::SleepsThroughDeadlines
        | Bug::ForgetsOtherRests
        | Bug::DropsTheUnregistered
        | Bug::CountsTheGone
        | Bug::DropsTailOfShortWrite
        | Bug::WaitsAfterShortWrite
        | Bug::NeverAsksForRoom
        | Bug::IgnoresRoom
        | Bug::TakesInterruptedForFailed
        | Bug::TakesNoBuffersForFailed
        | Bug::NeverWritesAgain
        | Bug::WritesTwice
        | Bug::KeepsWhatWasSent
        | Bug::HasNoHighWatermark
        | Bug::NeverResumesBelowLow
        | Bug::BelievesShortReads
        | Bug::OverlooksTheEnd
        | Bug::ClosesTheHalfClosed => ECHO,
        Bug::MemberLosesEdgeOnBudget
        | Bug::ForgetsTheResumed
        | Bug::LeavesTheResumedAway
        | Bug::ForgetsToFlush
        | Bug::DropsCarried
        | Bug::GivesCarriedToAnother
        | Bug::SkipsWhatItHasNotSeen
        | Bug::HasNoFrameLimit
        | Bug::DropsTheLastFrame => LINES,
        Bug::ForgetsToFlushNeighbours | Bug::HasNoHardCap => CHAT,
        Bug::IgnoresVersion => RELAY,
        Bug::TellsWritableOfEdgesOnly
        | Bug::TellsWritableAboveLow
        | Bug::TellsTheEndTwice
        | Bug::ForgetsToLinger
        | Bug::LingersForEver => BODIES,
        Bug::LosesEdgeOnBudget
        | Bug::LosesEdgeOnPause
        | Bug::GoesOnThoughPaused
        | Bug::DispatchesToTheDetached
        | Bug::SleepsOnReadyQueue => QUEUE,
        Bug::IgnoresTheCap => ROOM,
        Bug::ServesTheSameFirst => TURNS,
        Bug::DropsEventsAfterPanic => PANICKING,
        Bug::LeavesUnreadBehind => UPGRADE,
        Bug::StopDropsUnsent | Bug::StopsWithoutGrace => STOP,
        Bug::TouchesNoDeadline
        | Bug::NobodyIsIdle
        | Bug::EachByteBuysTime
        | Bug::ExpiresBeforeReading => DEADLINES,
        Bug::TakesWritableForConnected
        | Bug::ConnectsWithoutPeer
        | Bug::ConnectsToItself
        | Bug::ForgetsTheConnectDeadline
        | Bug::NeverConnectsAgain
        | Bug::TellsOpenedTwice
        | Bug::DropsWhatWaitsForTheConnection => CONNECTING,
        Bug::ConnectsAgainWithoutPause => COMING_BACK,
    }
}

fn seeds() -> Seeds {
    Sim::seeds(0..SEEDS).faults(Faults::swarm())
}

/// What the first seed that fails says, in one line.
fn failure(scenario: &Scenario) -> Option<String> {
    let failed = AtomicBool::new(false);
    let run = AssertUnwindSafe(|| {
        seeds().run(|sim| {
            // To find the fewest decisions is of no use here, and takes long.
            if failed.load(Ordering::Relaxed) {
                return;
            }
            let result = panic::catch_unwind(AssertUnwindSafe(|| (scenario.test)(sim)));
            if let Err(panic) = result {
                failed.store(true, Ordering::Relaxed);
                panic::resume_unwind(panic);
            }
        });
    });
    let text = panic::catch_unwind(run).err()?.downcast::<String>().ok()?;
    let line = text.lines().next().unwrap_or_default();
    Some(line.chars().take(110).collect())
}

fn find(bug: Bug) -> String {
    let scenario = scenario_for(bug);
    plant(Some(bug));
    let failure = failure(&scenario);
    plant(None);
    let found = failure.unwrap_or_else(|| NOT_FOUND.to_owned());
    format!("{bug:<26?} {}: {found}\n", scenario.name)
}

#[test]
fn every_planted_bug_is_found() {
    let next = AtomicUsize::new(0);
    let table = Mutex::new(vec![String::new(); Bug::ALL.len()]);
    let work = || {
        while let Some(bug) = Bug::ALL.get(next.fetch_add(1, Ordering::Relaxed)) {
            let line = find(*bug);
            table.lock().unwrap()[*bug as usize] = line;
        }
    };
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(work);
        }
    });
    let table = table.into_inner().unwrap().concat();
    eprint!("{table}");
    assert!(!table.contains(NOT_FOUND), "in {SEEDS} seeds:\n{table}");
}

#[test]
fn without_a_bug_nothing_is_found() {
    for scenario in SCENARIOS {
        let failure = failure(scenario);
        assert_eq!(failure, None, "{} fails without a bug", scenario.name);
    }
}
