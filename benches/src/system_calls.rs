//! System calls of a server, counted by strace.
//!
//! As with the instructions, the difference of two runs of different length.

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::path::Path;
use std::process::{self, Command};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::cargo::Profile;
use crate::load::{Load, Regime};
use crate::measured::{Measured, missing};
use crate::server::Server;
use crate::table::Table;

const TITLE: &str = "System calls";

/// Accepts in one drain of a listener: the default of `Config::accepts`.
const BUDGET: u64 = 64;

/// Clients that wait at once: as many as the twin's backlog has room for, which
/// is mio's default.
const WAITING: usize = 128;

/// Longer than strace takes to write its report.
const PATIENCE: Duration = Duration::from_secs(10);

/// How often each system call was made.
type Calls = BTreeMap<String, u64>;

/// Measures the guide server with clients one by one, and with many at once.
pub(crate) fn table() -> Measured<Table> {
    if let Some(why) = missing("strace") {
        return Ok(Table::not_run(TITLE, &why));
    }
    let columns = ["guide server", "by hand", "generated", "bound"];
    let mut table = Table::new(TITLE, &columns).note(format!(
        "Counted by strace -c. {WAITING} connections wait in the backlog while the server is \
         stopped; beyond the twin's calls, one poll is allowed for each budget of {BUDGET}."
    ));
    let one = |program| counted(program, Regime::One, [20, 120]);
    let many = |program| counted(program, Regime::AtOnce(WAITING), [1, 3]);

    let (by_hand, generated) = (one("guide-counts-by-hand")?, one("guide-counts")?);
    let cells = vec![
        "100 connections, one a turn".to_owned(),
        describe(&by_hand),
        describe(&generated),
        "equal".to_owned(),
    ];
    table.row(cells, by_hand == generated);

    let (by_hand, generated) = (many("guide-counts-by-hand")?, many("guide-counts")?);
    let more = 2 * (WAITING as u64).div_ceil(BUDGET);
    let cells = vec![
        format!("{WAITING} connections at once, twice"),
        describe(&by_hand),
        describe(&generated),
        format!("≤ {more} more"),
    ];
    table.row(cells, total(&generated) <= total(&by_hand) + more);
    Ok(table)
}

/// What the longer of two runs calls more often than the shorter one.
fn counted(program: &str, regime: Regime, steps: [usize; 2]) -> Measured<Calls> {
    let fewer = trace(program, regime, steps[0])?;
    let mut more = trace(program, regime, steps[1])?;
    for (name, count) in fewer {
        let longer = more.entry(name).or_default();
        *longer = longer.saturating_sub(count);
    }
    more.retain(|_, count| *count > 0);
    Ok(more)
}

fn trace(program: &str, regime: Regime, steps: usize) -> Measured<Calls> {
    let name = format!("miocene-{}-{program}.strace", process::id());
    let report = env::temp_dir().join(name);
    let mut strace = Command::new("strace");
    strace
        // The server is our child, and strace is not its parent.
        .args(["-D", "-qq", "-c", "-o"])
        .arg(&report)
        .arg(Profile::Release.program(program)?);
    let server = Server::start(strace)?;
    Load::Connections.drive(&server, regime, steps)?;
    server.end()?;
    let calls = parse(&read_when_complete(&report)?);
    fs::remove_file(&report)?;
    Ok(calls)
}

/// strace ends after the server, on its own.
fn read_when_complete(report: &Path) -> Measured<String> {
    let start = Instant::now();
    loop {
        let text = fs::read_to_string(report).unwrap_or_default();
        if text.trim_end().ends_with(" total") {
            return Ok(text);
        }
        if start.elapsed() > PATIENCE {
            return Err(format!("strace did not finish {}", report.display()).into());
        }
        sleep(Duration::from_millis(5));
    }
}

/// The calls in a report: time, seconds, microseconds for each, calls, perhaps
/// errors, and the name.
fn parse(report: &str) -> Calls {
    let mut calls = Calls::new();
    for line in report.lines() {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let count = fields.get(3).and_then(|count| count.parse().ok());
        if let (Some(count), Some(&name)) = (count, fields.last()) {
            if name != "total" {
                calls.insert(name.to_owned(), count);
            }
        }
    }
    calls
}

fn total(calls: &Calls) -> u64 {
    calls.values().sum()
}

fn describe(calls: &Calls) -> String {
    let each: Vec<String> = calls
        .iter()
        .map(|(name, count)| format!("{count} {name}"))
        .collect();
    format!("{} ({})", total(calls), each.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_of_a_report() {
        let report = "\
% time     seconds  usecs/call     calls    errors syscall
------ ----------- ----------- --------- --------- ----------------
 60.00    0.000006           3         2         1 accept4
 40.00    0.000004           4         1           close
------ ----------- ----------- --------- --------- ----------------
100.00    0.000010           3         3         1 total
";
        let calls = parse(report);
        assert_eq!(describe(&calls), "3 (2 accept4, 1 close)");
    }
}
