//! The table of faults and sources, and the exit code.

use std::io::{self, Write};
use std::process::ExitCode;
use std::time::Instant;

use miocene_tests::scale::is_long;
use miocene_tests::trouble::{Attacked, Trouble};

use crate::kind::Kind;

const FIRST_WIDTH: usize = 36;
const WIDTH: usize = 9;

/// A fault, and what is to come of it for each kind of source.
pub struct Row {
    /// What the table calls it.
    pub fault: &'static str,
    /// Which of the faults and figures of the specification it is.
    pub numbers: &'static str,
    pub cell: fn(Kind) -> Cell,
}

/// One of the row's cells.
pub enum Cell {
    /// The text is what was measured.
    Try(Box<dyn Fn() -> Attacked<String>>),
    /// For the long run only.
    Long(Box<dyn Fn() -> Attacked<String>>),
    /// Why there is no such fault.
    NotApplicable(&'static str),
}

impl Cell {
    pub fn of(check: impl Fn() -> Attacked<String> + 'static) -> Self {
        Self::Try(Box::new(check))
    }

    pub fn long(check: impl Fn() -> Attacked<String> + 'static) -> Self {
        Self::Long(Box::new(check))
    }
}

/// Which cells are tried: those in whose name, `FAULT, SOURCE`, a filter occurs.
#[derive(Default)]
pub struct Selection {
    filters: Vec<String>,
    is_strict: bool,
    only_list: bool,
}

impl Selection {
    /// Reads the arguments of a test program. With `--strict` what cannot be run
    /// counts as failed. Options of libtest are passed over.
    pub fn from_arguments(arguments: impl Iterator<Item = String>) -> Self {
        let mut selection = Self::default();
        for argument in arguments {
            match argument.as_str() {
                "--strict" => selection.is_strict = true,
                "--list" => selection.only_list = true,
                option if option.starts_with('-') => {}
                _ => selection.filters.push(argument),
            }
        }
        selection
    }

    fn takes(&self, row: &Row, kind: Kind) -> bool {
        let name = name(row, kind);
        self.filters.is_empty() || self.filters.iter().any(|filter| name.contains(filter))
    }
}

fn name(row: &Row, kind: Kind) -> String {
    format!("{}, {}", row.fault, kind.name())
}

/// Tries the selected cells, one after another, and prints what came of them.
pub fn run(rows: &[Row], selection: &Selection) -> ExitCode {
    let is_selected = |row: &&Row| Kind::ALL.iter().any(|&kind| selection.takes(row, kind));
    let rows = rows.iter().filter(is_selected);
    if selection.only_list {
        rows.for_each(|row| println!("{}: test", row.fault));
        return ExitCode::SUCCESS;
    }
    let begin = Instant::now();
    let mut tally = Tally::default();
    print_row("fault", Kind::ALL.iter().map(|kind| kind.name().to_owned()));
    println!();
    for row in rows {
        let row_begin = Instant::now();
        let cells = Kind::ALL
            .iter()
            .map(|&kind| match selection.takes(row, kind) {
                true => tally.cell(row, kind),
                false => "-".to_owned(),
            });
        print_row(row.fault, cells);
        println!(
            "{:5.1} s  {}",
            row_begin.elapsed().as_secs_f64(),
            row.numbers
        );
    }
    tally.close(begin, selection.is_strict)
}

/// Prints cell by cell, so that one sees how far the run has come.
fn print_row(fault: &str, cells: impl Iterator<Item = String>) {
    print!("{fault:FIRST_WIDTH$}");
    for cell in cells {
        print!("{cell:WIDTH$}");
        // Only the look of it would suffer.
        let _ = io::stdout().flush();
    }
}

#[derive(Default)]
struct Tally {
    passed: usize,
    long: usize,
    absent: usize,
    not_applicable: usize,
    figures: Vec<String>,
    failed: Vec<String>,
    not_run: Vec<String>,
    /// Why a fault is none for some source; the cells have its letter.
    reasons: Vec<&'static str>,
}

impl Tally {
    /// Tries a cell and returns what is printed in it.
    fn cell(&mut self, row: &Row, kind: Kind) -> String {
        if !kind.exists() {
            self.absent += 1;
            return "absent".to_owned();
        }
        match (row.cell)(kind) {
            Cell::Try(check) => self.count(name(row, kind), check()),
            Cell::Long(check) if is_long() => self.count(name(row, kind), check()),
            Cell::Long(_) => {
                self.long += 1;
                "long".to_owned()
            }
            Cell::NotApplicable(why) => {
                self.not_applicable += 1;
                let known = self.reasons.iter().position(|&reason| reason == why);
                let letter = known.unwrap_or_else(|| {
                    self.reasons.push(why);
                    self.reasons.len() - 1
                });
                format!("n/a {}", letter + 1)
            }
        }
    }

    fn count(&mut self, name: String, seen: Attacked<String>) -> String {
        match seen {
            Ok(figure) => {
                self.passed += 1;
                if !figure.is_empty() {
                    self.figures.push(format!("{name}: {figure}"));
                }
                "pass".to_owned()
            }
            Err(Trouble::Broke(how)) => {
                self.failed.push(format!("{name}: {how}"));
                "FAIL".to_owned()
            }
            Err(Trouble::NotRun(why)) => {
                self.not_run.push(format!("not run: {name}: {why}"));
                "NOT RUN".to_owned()
            }
        }
    }

    /// Prints what the cells have no room for, and the line that counts.
    fn close(self, begin: Instant, is_strict: bool) -> ExitCode {
        let print = |title: &str, lines: &[String]| {
            if !lines.is_empty() {
                println!("\n{title}");
                lines.iter().for_each(|line| println!("  {line}"));
            }
        };
        let reasons = self.reasons.iter().enumerate();
        let reasons: Vec<_> = reasons
            .map(|(at, why)| format!("{:2}  {why}", at + 1))
            .collect();
        print("Not applicable:", &reasons);
        print("Measured:", &self.figures);
        print("NOT RUN:", &self.not_run);
        print("FAILED:", &self.failed);
        println!(
            "\n{} passed, {} failed, {} not applicable, {} of sources that are not there yet, \
             {} for the long run, {} that could not be run; {:.0} s",
            self.passed,
            self.failed.len(),
            self.not_applicable,
            self.absent,
            self.long,
            self.not_run.len(),
            begin.elapsed().as_secs_f64(),
        );
        let is_bad = !self.failed.is_empty() || is_strict && !self.not_run.is_empty();
        ExitCode::from(u8::from(is_bad))
    }
}
