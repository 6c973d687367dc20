//! The attacks by name, the table and the exit code.

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::process::ExitCode;

use crate::program::Program;
use crate::trouble::{Attacked, Trouble};

/// The width of every column.
const WIDTH: usize = 28;

/// What a program is expected to make of an attack.
#[derive(Clone, Debug)]
pub enum Expected {
    /// It does all that is asked of it.
    Survives,
    /// It is known to break, and this is in what is seen then.
    Breaks(&'static str),
    /// It is not attacked: how it breaks another attack shows.
    NotTried,
}

/// Something that is done to a server.
pub struct Attack {
    /// What the table calls it.
    pub name: String,
    /// Does it.
    pub make: Box<dyn Fn(&Program) -> Attacked>,
    /// What the programs are expected to make of it, in their order.
    pub expected: [Expected; 3],
}

/// Which attacks are made: all, or those in whose name (`ATTACK on PROGRAM`) one of
/// the filters occurs.
#[derive(Debug, Default)]
pub struct Selection {
    filters: Vec<String>,
    only_list: bool,
}

impl Selection {
    /// Reads the arguments of a test program. Of libtest's options `--list` is
    /// known; the others, which `cargo test` hands to every test program, are
    /// passed over.
    pub fn from_arguments(arguments: impl IntoIterator<Item = String>) -> Self {
        const WITH_VALUE: [&str; 7] = [
            "--color",
            "--format",
            "--logfile",
            "--shuffle-seed",
            "--skip",
            "--test-threads",
            "-Z",
        ];
        let mut selection = Self::default();
        let mut arguments = arguments.into_iter();
        while let Some(argument) = arguments.next() {
            if argument == "--list" {
                selection.only_list = true;
            } else if WITH_VALUE.contains(&argument.as_str()) {
                arguments.next();
            } else if !argument.starts_with('-') {
                selection.filters.push(argument);
            }
        }
        selection
    }

    fn takes(&self, case: &Case<'_>) -> bool {
        case.is_tried() && self.takes_name(&case.name())
    }

    fn takes_name(&self, name: &str) -> bool {
        let occurs = |filter: &String| name.contains(filter);
        self.filters.is_empty() || self.filters.iter().any(occurs)
    }
}

/// An attack on one of the programs.
struct Case<'a> {
    attack: &'a Attack,
    program: &'a Program,
    expected: &'a Expected,
}

impl<'a> Case<'a> {
    fn all(attack: &'a Attack, programs: &'a [Program; 3]) -> [Self; 3] {
        std::array::from_fn(|column| Self {
            attack,
            program: &programs[column],
            expected: &attack.expected[column],
        })
    }

    fn name(&self) -> String {
        format!("{} on {}", self.attack.name, self.program.name)
    }

    fn is_tried(&self) -> bool {
        !matches!(self.expected, Expected::NotTried)
    }

    fn try_it(&self) -> Verdict {
        Verdict::of(self.expected, (self.attack.make)(self.program))
    }
}

/// Makes the selected attacks on the programs, one after another, and prints what
/// came of them. The exit code is that of a test: 1 if an expectation failed.
pub fn run(attacks: &[Attack], programs: &[Program; 3], selection: &Selection) -> ExitCode {
    let rows = attacks.iter().map(|attack| Case::all(attack, programs));
    let rows = rows.filter(|row| row.iter().any(|case| selection.takes(case)));
    if selection.only_list {
        for case in rows.flatten().filter(|case| selection.takes(case)) {
            println!("{}: test", case.name());
        }
        return ExitCode::SUCCESS;
    }
    let mut tally = Tally::default();
    print_row("attack", programs.iter().map(|program| program.name.into()));
    for row in rows {
        let cells = row.iter().map(|case| match selection.takes(case) {
            true => tally.count(&case.name(), case.try_it()),
            false => "-".to_owned(),
        });
        print_row(&row[0].attack.name, cells);
    }
    tally.close()
}

/// Something that must be seen to be true.
pub struct Check {
    /// What the table calls it.
    pub name: &'static str,
    /// Looks at it. The text is for the table: what was measured.
    pub make: fn() -> Attacked<String>,
}

/// Makes the selected checks, as [`run`] does the attacks.
pub fn run_checks(checks: &[Check], selection: &Selection) -> ExitCode {
    let checks = checks
        .iter()
        .filter(|check| selection.takes_name(check.name));
    if selection.only_list {
        for check in checks {
            println!("{}: test", check.name);
        }
        return ExitCode::SUCCESS;
    }
    let mut tally = Tally::default();
    for check in checks {
        let cell = std::iter::once_with(|| {
            let seen = (check.make)();
            let measured = seen
                .as_ref()
                .map_or(String::new(), |text| format!("  {text}"));
            let verdict = Verdict::of(&Expected::Survives, seen.map(|_| ()));
            tally.count(check.name, verdict) + &measured
        });
        print_row(check.name, cell);
    }
    tally.close()
}

/// Prints cell by cell, so that one sees how far the run has come.
fn print_row(first: &str, cells: impl Iterator<Item = String>) {
    print!("{first}");
    let mut width = first.chars().count();
    for cell in cells {
        print!("{:1$} {cell}", "", WIDTH.saturating_sub(width));
        width = cell.chars().count();
        // Only the look of it would suffer.
        let _ = io::stdout().flush();
    }
    println!();
}

/// What was seen against what was expected.
enum Verdict {
    Pass,
    Breaks(String),
    Fail(String),
    NotRun(String),
}

impl Verdict {
    fn of(expected: &Expected, seen: Attacked) -> Self {
        match (expected, seen) {
            (_, Err(Trouble::NotRun(why))) => Self::NotRun(why),
            (Expected::Breaks(how), Err(Trouble::Broke(seen))) if seen.contains(how) => {
                Self::Breaks(seen)
            }
            (Expected::Breaks(how), Err(Trouble::Broke(seen))) => {
                Self::Fail(format!("{seen} (expected: {how})"))
            }
            (Expected::Breaks(how), Ok(())) => Self::Fail(format!("survives (expected: {how})")),
            (_, Err(Trouble::Broke(seen))) => Self::Fail(seen),
            (_, Ok(())) => Self::Pass,
        }
    }
}

#[derive(Default)]
struct Tally {
    passed: usize,
    broken: Vec<String>,
    failed: Vec<String>,
    skipped: usize,
    reasons: BTreeSet<String>,
}

impl Tally {
    /// Counts a verdict and returns its cell of the table.
    fn count(&mut self, case: &str, verdict: Verdict) -> String {
        match verdict {
            Verdict::Pass => {
                self.passed += 1;
                "pass".to_owned()
            }
            Verdict::Breaks(how) => {
                self.passed += 1;
                self.broken.push(format!("{case}: {how}"));
                "breaks".to_owned()
            }
            Verdict::Fail(how) => {
                self.failed.push(format!("{case}: {how}"));
                "FAIL".to_owned()
            }
            Verdict::NotRun(why) => {
                self.skipped += 1;
                let cell = format!("not run: {why}");
                self.reasons.insert(why);
                cell
            }
        }
    }

    /// Prints what the cells have no room for, and the line that counts.
    fn close(self) -> ExitCode {
        if !self.broken.is_empty() {
            println!("\nBroken, as these programs are known to (counted as passed):");
            self.broken.iter().for_each(|case| println!("  {case}"));
        }
        if !self.failed.is_empty() {
            println!("\nFAILED:");
            self.failed.iter().for_each(|case| println!("  {case}"));
        }
        for reason in &self.reasons {
            eprintln!("not run: {reason}");
        }
        let failed = self.failed.len();
        println!(
            "\n{} passed, {failed} failed, {} skipped",
            self.passed, self.skipped
        );
        ExitCode::from(u8::from(failed > 0))
    }
}
