//! Measures what the framework costs beside the same programs on mio alone, and
//! prints the result as Markdown: `cargo run --release -p miocene-benches`, or
//! only the tables that are named after it: `... echo-instructions echo-memory`.
//!
//! Ends with an error when a bound is broken. What a missing tool would have
//! measured is said not to be run.

mod build_cost;
mod callgrind;
mod cargo;
mod channel;
mod cores;
mod echo;
mod instructions;
mod load;
mod measured;
mod process;
mod server;
mod strace;
mod system_calls;
mod table;
mod timers;

use std::env;
use std::process::ExitCode;

use measured::Measured;
use table::Table;

const _: () = assert!(
    !miocene::SIMULATION,
    "the feature `sim` of `miocene` is on: what would be measured is not what people run"
);

fn main() -> ExitCode {
    match measure() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => {
            eprintln!("a bound is broken");
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("cannot measure: {error}");
            ExitCode::FAILURE
        }
    }
}

/// What measures a table.
type Measurement = fn() -> Measured<Table>;

/// The tables, by the names under which the command line knows them.
const TABLES: [(&str, Measurement); 10] = [
    ("instructions", instructions::table),
    ("system-calls", system_calls::table),
    ("echo-instructions", echo::instructions),
    ("echo-beside-others", echo::beside_others),
    ("echo-system-calls", echo::system_calls),
    ("echo-among-idle", echo::among_idle),
    ("echo-memory", echo::memory),
    ("timers", timers::table),
    ("channel", channel::table),
    ("building", build_cost::table),
];

/// Prints each table that was asked for as soon as it is measured; whether all
/// bounds hold.
fn measure() -> Measured<bool> {
    let asked: Vec<String> = env::args().skip(1).collect();
    let mut tables = TABLES.to_vec();
    if let Some(unknown) = asked.iter().find(|&name| !is_known(name)) {
        return Err(format!("there is no table {unknown:?}").into());
    }
    tables.retain(|(name, _)| asked.is_empty() || asked.iter().any(|asked| asked == name));
    println!("{}\n", cargo::describe()?);
    cargo::build()?;
    let mut held = true;
    for (_, measure) in tables {
        let table = measure()?;
        held &= table.held();
        println!("{table}");
    }
    Ok(held)
}

fn is_known(name: &str) -> bool {
    TABLES.iter().any(|(known, _)| *known == name)
}
