//! What is said of a seed that fails.

use std::fmt;
use std::thread;

use super::panics::Panicked;
use super::script::Script;

/// The environment variables that run one seed, and the decisions of a failure.
pub(super) const ONE_SEED: &str = "MIOCENE_SEED";
pub(super) const SCRIPT: &str = "MIOCENE_SCRIPT";

pub(super) struct Failure {
    pub(super) seed: u64,
    pub(super) kind: FailureKind,
}

pub(super) enum FailureKind {
    /// It came to something else the second time: a panic, perhaps.
    OfChance(Option<Panicked>),
    OfSeed(Shrunk),
}

/// A failure with the fewest decisions that were found.
pub(super) struct Shrunk {
    /// The type of the test, which is the path of a function or of a closure.
    pub(super) test: &'static str,
    pub(super) panicked: Panicked,
    /// It has failed the second time, too.
    pub(super) is_certain: bool,
    /// How many there were at first.
    pub(super) decisions: usize,
    pub(super) script: Script,
    pub(super) last_lines: String,
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Failure { seed, kind } = self;
        match kind {
            FailureKind::OfChance(second) => {
                write!(
                    formatter,
                    "seed {seed} fails: it has come to something else the second time: the \
                     application depends on more than the world, such as the system's clock, a \
                     hash map's order or another thread"
                )?;
                if let Some(panicked) = second {
                    write!(formatter, "; then it was: {panicked}")?;
                }
                writeln!(formatter)
            }
            FailureKind::OfSeed(shrunk) => {
                writeln!(formatter, "seed {seed} fails: {}", shrunk.panicked)
            }
        }?;
        let current = thread::current();
        let name = current.name().unwrap_or("main");
        writeln!(
            formatter,
            "\nrun it again: {ONE_SEED}={seed} cargo test {name} -- --exact\n"
        )?;
        match kind {
            FailureKind::OfChance(_) => Ok(()),
            FailureKind::OfSeed(shrunk) => shrunk.explain(formatter, *seed, name),
        }
    }
}

impl Shrunk {
    fn explain(&self, formatter: &mut fmt::Formatter<'_>, seed: u64, name: &str) -> fmt::Result {
        if !self.is_certain {
            writeln!(
                formatter,
                "the second time it did not fail: it depends on more than the seed"
            )?;
        }
        self.tell_decisions(formatter, seed, name)?;
        write!(formatter, "\nwhat happened before:\n{}", self.last_lines)
    }

    /// The few decisions that it fails with, as something to be pasted.
    fn tell_decisions(
        &self,
        formatter: &mut fmt::Formatter<'_>,
        seed: u64,
        name: &str,
    ) -> fmt::Result {
        /// More than these are no explanation.
        const FEW: usize = 60;

        let Shrunk {
            decisions, script, ..
        } = self;
        match script.choices().len() {
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
            "\n    {SCRIPT}=\"{script}\" cargo test {name} -- --exact"
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
                "        Sim::script(\"{script}\").run({test});\n    }}"
            )?;
        }
        Ok(())
    }
}
