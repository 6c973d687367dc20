//! Measures what the framework costs beside the same programs on mio alone, and
//! prints the result as Markdown: `cargo run --release -p miocene-benches`.
//!
//! Ends with an error when a bound is broken. What a missing tool would have
//! measured is said not to be run.

mod build_cost;
mod cargo;
mod instructions;
mod load;
mod measured;
mod process;
mod server;
mod system_calls;
mod table;

use std::process::ExitCode;

use measured::Measured;
use table::Table;

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

/// Prints each table as soon as it is measured; whether all bounds hold.
fn measure() -> Measured<bool> {
    println!("{}\n", cargo::describe()?);
    cargo::build()?;
    let tables: [fn() -> Measured<Table>; 3] =
        [instructions::table, system_calls::table, build_cost::table];
    let mut held = true;
    for measure in tables {
        let table = measure()?;
        held &= table.held();
        println!("{table}");
    }
    Ok(held)
}
