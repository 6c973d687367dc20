use std::any::type_name;
use std::env;
use std::ops::Range;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;

use super::choices::Choices;
use super::faults::Faults;
use super::panics::{self, Panicked};
use super::report::{Failure, FailureKind, ONE_SEED, SCRIPT, Shrunk};
use super::script::Script;
use super::shrink::shrink;
use super::simulation::Sim;

/// A test that is run in many worlds. Made by [`Sim::seeds`].
///
/// # Examples
///
/// See [`Sim`].
#[derive(Debug, Clone)]
#[must_use = "nothing is tested until `run`"]
pub struct Seeds {
    what: What,
    faults: Faults,
    threads: usize,
}

#[derive(Debug, Clone)]
enum What {
    Seeds(Range<u64>),
    Script(Script),
}

/// How many seeds are run from the first one on, in place of those that the test
/// names.
const SO_MANY: &str = "MIOCENE_SEEDS";

impl Seeds {
    pub(super) fn new(seeds: Range<u64>) -> Seeds {
        Seeds {
            what: What::Seeds(seeds),
            faults: Faults::default(),
            threads: 1,
        }
    }

    #[track_caller]
    pub(super) fn of_script(text: &str) -> Seeds {
        match text.parse() {
            Ok(script) => Seeds {
                what: What::Script(script),
                ..Seeds::new(0..0)
            },
            Err(error) => panic!("{error}"),
        }
    }

    /// Which faults there are. Without it, [`Faults::plain`].
    pub fn faults(mut self, faults: Faults) -> Seeds {
        self.faults = faults;
        self
    }

    /// On how many threads seeds are run at the same time; each world has one of
    /// its own. Default 1.
    pub fn threads(mut self, threads: usize) -> Seeds {
        self.threads = threads.max(1);
        self
    }

    /// Runs the test for each seed. The environment variable `MIOCENE_SEED` has it
    /// run one seed only, whatever the test names, `MIOCENE_SEEDS` so many of them
    /// from the first on, and `MIOCENE_SCRIPT` the decisions that a failure has
    /// printed.
    ///
    /// A sample of the seeds is run twice, and must come to the same.
    ///
    /// # Panics
    ///
    /// When the test does, with the seed, how to run it again, and the fewest
    /// decisions it fails with that were found, as a test to be pasted.
    #[track_caller]
    pub fn run<F: Fn(&Sim) + Sync>(self, test: F) {
        if let Ok(text) = env::var(SCRIPT) {
            return match text.parse() {
                Ok(script) => self.run_script(&script, &test),
                Err(error) => panic!("{SCRIPT}: {error}"),
            };
        }
        let seeds = match self.what.clone() {
            What::Script(script) => return self.run_script(&script, &test),
            What::Seeds(seeds) => chosen(seeds),
        };
        assert!(!seeds.is_empty(), "there is no seed to be run");
        if let Some(failure) = self.first_failure(seeds, &test) {
            panic!("{failure}");
        }
    }

    fn run_script(&self, script: &Script, test: &dyn Fn(&Sim)) {
        let run = run(Choices::from_script(script), test);
        if let Some(panicked) = run.panicked {
            panic!("{panicked}\n\nwhat happened before:\n{}", run.last_lines);
        }
    }

    fn first_failure<F: Fn(&Sim) + Sync>(&self, seeds: Range<u64>, test: &F) -> Option<Failure> {
        let next = AtomicU64::new(seeds.start);
        let over = AtomicBool::new(false);
        let first = Mutex::new(None::<Failure>);
        let work = || {
            while !over.load(Ordering::Relaxed) {
                let seed = next.fetch_add(1, Ordering::Relaxed);
                if seed >= seeds.end {
                    break;
                }
                if let Some(failure) = self.failure(seed, test) {
                    over.store(true, Ordering::Relaxed);
                    first
                        .lock()
                        .unwrap_or_else(|poisoned| poisoned.into_inner())
                        .get_or_insert(failure);
                }
            }
        };
        if self.threads == 1 {
            work();
        } else {
            let current = thread::current();
            thread::scope(|scope| {
                for _ in 0..self.threads {
                    let mut builder = thread::Builder::new();
                    // So that a failure can name the test.
                    if let Some(name) = current.name() {
                        builder = builder.name(name.to_owned());
                    }
                    let spawned = builder.spawn_scoped(scope, work);
                    assert!(spawned.is_ok(), "there is no thread for the seeds");
                }
            });
        }
        first
            .into_inner()
            .unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    fn failure<F: Fn(&Sim)>(&self, seed: u64, test: &F) -> Option<Failure> {
        /// One in so many seeds is run twice.
        const SAMPLE: u64 = 64;

        let first = run(Choices::from_seed(seed, &self.faults), test);
        let Some(panicked) = first.panicked else {
            if seed % SAMPLE == 0 {
                let second = run(Choices::from_seed(seed, &self.faults), test);
                let same = second.panicked.is_none() && first.sum == second.sum;
                return (!same).then_some(Failure {
                    seed,
                    kind: FailureKind::OfChance(second.panicked),
                });
            }
            return None;
        };
        let again = run(Choices::from_seed(seed, &self.faults), test);
        let (script, last) = shrink(first.made.clone(), &panicked, |script| {
            run(Choices::from_script(script), test)
        });
        let shrunk = Shrunk {
            test: type_name::<F>(),
            is_certain: again.panicked.is_some(),
            decisions: first.made.choices().len(),
            last_lines: last
                .as_ref()
                .map_or(first.last_lines, |run| run.last_lines.clone()),
            panicked: last.and_then(|run| run.panicked).unwrap_or(panicked),
            script,
        };
        Some(Failure {
            seed,
            kind: FailureKind::OfSeed(shrunk),
        })
    }
}

#[track_caller]
fn chosen(seeds: Range<u64>) -> Range<u64> {
    match (number(ONE_SEED), number(SO_MANY)) {
        (Some(seed), _) => seed..seed + 1,
        (None, Some(count)) => seeds.start..seeds.start.saturating_add(count),
        (None, None) => seeds,
    }
}

#[track_caller]
fn number(name: &str) -> Option<u64> {
    let text = env::var(name).ok()?;
    match text.parse() {
        // The last number of all begins no range.
        Ok(number) if number < u64::MAX => Some(number),
        _ => panic!("{name} is to be a number, not `{text}`"),
    }
}

/// What one run of a test has come to.
pub(super) struct Run {
    pub(super) panicked: Option<Panicked>,
    pub(super) made: Script,
    sum: u64,
    last_lines: String,
}

fn run(choices: Choices, test: &dyn Fn(&Sim)) -> Run {
    /// What is printed of the trace of a failure.
    const LINES: usize = 40;

    let sim = Sim::new(choices);
    let panicked = panics::catch(|| {
        test(&sim);
        sim.finish();
    });
    let last_lines = match &panicked {
        Some(_) => sim.last_lines(LINES),
        None => String::new(),
    };
    let (made, sum) = (sim.made(), sim.sum());
    // What the application does at its end may panic, too.
    let panicked = panicked.or_else(|| panics::catch(|| sim.close()));
    Run {
        panicked,
        made,
        sum,
        last_lines,
    }
}
