use std::any::type_name;
use std::env;
use std::fmt;
use std::ops::Range;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;

use super::choices::Choices;
use super::faults::Faults;
use super::panics::{self, Panicked};
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

/// Which seeds are run, in place of those that the test names: one, or as many
/// from the first one on.
const ONE_SEED: &str = "MIOCENE_SEED";
const SO_MANY: &str = "MIOCENE_SEEDS";
/// Or the decisions that a failure has printed.
const SCRIPT: &str = "MIOCENE_SCRIPT";

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
                return (!same).then(|| Failure::of_chance(seed, second.panicked));
            }
            return None;
        };
        let again = run(Choices::from_seed(seed, &self.faults), test);
        let (script, last) = shrink(first.made.clone(), &panicked, |script| {
            run(Choices::from_script(script), test)
        });
        Some(Failure {
            seed,
            test: type_name::<F>(),
            is_certain: again.panicked.is_some(),
            decisions: first.made.choices().len(),
            last_lines: last
                .as_ref()
                .map_or(first.last_lines, |run| run.last_lines.clone()),
            panicked: last.and_then(|run| run.panicked).unwrap_or(panicked),
            shrunk: script,
            of_chance: false,
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

struct Failure {
    seed: u64,
    test: &'static str,
    panicked: Panicked,
    /// It has failed the second time, too.
    is_certain: bool,
    decisions: usize,
    shrunk: Script,
    last_lines: String,
    /// There is nothing that it fails with.
    of_chance: bool,
}

impl Failure {
    /// It did not fail the first time.
    fn of_chance(seed: u64, second: Option<Panicked>) -> Failure {
        let second = second.map(|panicked| format!("; then it was: {panicked}"));
        Failure {
            seed,
            test: "",
            panicked: Panicked {
                message: format!(
                    "the same seed has come to something else the second time: the application \
                     depends on more than the world, such as the system's clock, a hash map's \
                     order or another thread{}",
                    second.unwrap_or_default(),
                ),
                place: String::new(),
            },
            is_certain: false,
            decisions: 0,
            shrunk: Script::default(),
            last_lines: String::new(),
            of_chance: true,
        }
    }

    /// The few decisions that it fails with, as something to be pasted.
    fn fmt_script(&self, formatter: &mut fmt::Formatter<'_>, name: &str) -> fmt::Result {
        /// More than these are no explanation.
        const FEW: usize = 60;

        let Failure {
            decisions,
            shrunk,
            seed,
            ..
        } = self;
        match shrunk.choices().len() {
            0 => writeln!(
                formatter,
                "it fails whatever is decided: no delay or fault is needed"
            )?,
            few if few > FEW => {
                return writeln!(
                    formatter,
                    "it was not found to fail with fewer than {few} decisions"
                );
            }
            1 => writeln!(formatter, "of {decisions} decisions one is enough:")?,
            few => writeln!(formatter, "of {decisions} decisions {few} are enough:")?,
        }
        writeln!(
            formatter,
            "\n    {SCRIPT}=\"{shrunk}\" cargo test {name} -- --exact"
        )?;
        // A closure has no name.
        let is_function = !self.test.contains('{') && !self.test.contains('<');
        if let Some(test) = self.test.rsplit("::").next().filter(|_| is_function) {
            let short = name.rsplit("::").next().unwrap_or(name);
            writeln!(
                formatter,
                "\nor as a test:\n\n    #[test]\n    fn {short}_{seed}() {{"
            )?;
            writeln!(
                formatter,
                "        Sim::script(\"{shrunk}\").run({test});\n    }}"
            )?;
        }
        Ok(())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Failure {
            seed,
            panicked,
            last_lines,
            ..
        } = self;
        writeln!(formatter, "seed {seed} fails: {panicked}")?;
        let current = thread::current();
        let name = current.name().unwrap_or("main");
        writeln!(
            formatter,
            "\nrun it again: {ONE_SEED}={seed} cargo test {name} -- --exact\n"
        )?;
        if self.of_chance {
            return Ok(());
        }
        if !self.is_certain {
            writeln!(
                formatter,
                "the second time it did not fail: it depends on more than the seed"
            )?;
        }
        self.fmt_script(formatter, name)?;
        write!(formatter, "\nwhat happened before:\n{last_lines}")
    }
}
