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
    /// run one seed only, whatever the test names, and `MIOCENE_SEEDS` so many of
    /// them from the first on.
    ///
    /// A sample of the seeds is run twice, and must come to the same.
    ///
    /// # Panics
    ///
    /// When the test does, with the seed, how to run it again, and the fewest
    /// decisions it fails with that were found, as a test to be pasted.
    #[track_caller]
    pub fn run<F: Fn(&Sim) + Sync>(self, test: F) {
        let seeds = match self.what.clone() {
            What::Script(script) => return self.run_script(&script, &test),
            What::Seeds(seeds) => chosen(seeds),
        };
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
            let name = thread::current().name().map(str::to_owned);
            thread::scope(|scope| {
                for _ in 0..self.threads {
                    let builder = thread::Builder::new();
                    // So that a failure can name the test.
                    let builder = name
                        .iter()
                        .fold(builder, |builder, name| builder.name(name.clone()));
                    let _ = builder.spawn_scoped(scope, work);
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
                return (!same).then(|| Failure::of_chance(seed));
            }
            return None;
        };
        let (script, last) = shrink(first.made.clone(), &panicked, |script| {
            run(Choices::from_script(script), test)
        });
        Some(Failure {
            seed,
            test: type_name::<F>(),
            decisions: first.made.choices().len(),
            last_lines: last
                .as_ref()
                .map_or(first.last_lines, |run| run.last_lines.clone()),
            panicked: last.and_then(|run| run.panicked).unwrap_or(panicked),
            shrunk: script,
        })
    }
}

fn chosen(seeds: Range<u64>) -> Range<u64> {
    let number = |name| {
        env::var(name)
            .ok()
            .and_then(|text| text.parse::<u64>().ok())
    };
    match (number(ONE_SEED), number(SO_MANY)) {
        (Some(seed), _) => seed..seed + 1,
        (None, Some(count)) => seeds.start..seeds.start + count,
        (None, None) => seeds,
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
    decisions: usize,
    shrunk: Script,
    last_lines: String,
}

impl Failure {
    fn of_chance(seed: u64) -> Failure {
        Failure {
            seed,
            test: "",
            panicked: Panicked {
                message: "the same seed has come to something else the second time: the \
                          application depends on more than the world, such as the system's clock, \
                          a hash map's order or another thread"
                    .to_owned(),
                place: String::new(),
            },
            decisions: 0,
            shrunk: Script::default(),
            last_lines: String::new(),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Failure {
            seed,
            panicked,
            decisions,
            shrunk,
            last_lines,
            ..
        } = self;
        writeln!(formatter, "seed {seed} fails: {panicked}")?;
        let current = thread::current();
        let name = current.name().unwrap_or("main");
        writeln!(
            formatter,
            "\nrun it again: {ONE_SEED}={seed} cargo test {name}"
        )?;
        if last_lines.is_empty() {
            return Ok(());
        }
        let few = shrunk.choices().len();
        writeln!(
            formatter,
            "\nof {decisions} decisions {few} are enough; as a test:\n"
        )?;
        let short = name.rsplit("::").next().unwrap_or(name);
        let test = match self.test.contains('{') {
            true => format!("|sim| {{ /* as in `{short}` */ }}"),
            false => self.test.to_owned(),
        };
        writeln!(formatter, "    #[test]\n    fn {short}_{seed}() {{")?;
        writeln!(
            formatter,
            "        Sim::script(\"{shrunk}\").run({test});\n    }}"
        )?;
        write!(formatter, "\nwhat happened before:\n{last_lines}")
    }
}
