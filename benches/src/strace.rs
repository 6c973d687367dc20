//! System calls of a server, counted by strace.

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::path::Path;
use std::process::{self, Command};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::cargo::{Profile, run};
use crate::measured::Measured;
use crate::server::Server;

/// Longer than strace takes to write its report.
const PATIENCE: Duration = Duration::from_secs(10);

/// How often each system call was made.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Calls(BTreeMap<String, u64>);

impl Calls {
    /// Those of a whole run of a server, which is led through what `drive` does.
    pub(crate) fn of<T>(
        program: &str,
        drive: impl FnOnce(&Server) -> Measured<T>,
    ) -> Measured<Calls> {
        let name = format!("miocene-{}-{program}.strace", process::id());
        let report = env::temp_dir().join(name);
        let mut strace = Command::new("strace");
        strace
            // The server is our child, and strace is not its parent.
            .args(["-D", "-qq", "-c", "-o"])
            .arg(&report)
            .arg(Profile::Release.program(program)?);
        let server = Server::start(strace)?;
        // What the clients hold must not end before the server does.
        let _held = drive(&server)?;
        server.end()?;
        let calls = parse(&read_when_complete(&report)?);
        fs::remove_file(&report)?;
        Ok(calls)
    }

    /// Those of these names, in a whole run of a program that ends by itself, in
    /// all its threads.
    pub(crate) fn of_run(names: &str, program: &str, arguments: &[String]) -> Measured<Calls> {
        let name = format!("miocene-{}-{program}.strace", process::id());
        let report = env::temp_dir().join(name);
        let mut strace = Command::new("strace");
        strace
            // All other calls, as those of threads that wait, are not delayed.
            .args(["-f", "--seccomp-bpf", "-qq", "-c", "-e", names, "-o"])
            .arg(&report)
            .arg(Profile::Release.program(program)?)
            .args(arguments);
        run(&mut strace)?;
        let calls = parse(&read_when_complete(&report)?);
        fs::remove_file(&report)?;
        Ok(calls)
    }

    /// How often one of these was called.
    pub(crate) fn count(&self, names: &[&str]) -> u64 {
        names.iter().filter_map(|&name| self.0.get(name)).sum()
    }

    /// What this run calls more often than a shorter one.
    pub(crate) fn beyond(mut self, shorter: &Calls) -> Calls {
        for (name, count) in &shorter.0 {
            let longer = self.0.entry(name.clone()).or_default();
            *longer = longer.saturating_sub(*count);
        }
        self.0.retain(|_, count| *count > 0);
        self
    }

    pub(crate) fn total(&self) -> u64 {
        self.0.values().sum()
    }

    /// All of them, and each.
    pub(crate) fn describe(&self) -> String {
        let each = self.0.iter().map(|(name, count)| format!("{count} {name}"));
        let each: Vec<String> = each.collect();
        format!("{} ({})", self.total(), each.join(", "))
    }

    /// The same for each of so many items.
    pub(crate) fn describe_each(&self, items: usize) -> String {
        let for_each = |count: u64| format!("{:.3}", count as f64 / items as f64);
        let each = self.0.iter();
        let each = each.map(|(name, &count)| format!("{} {name}", for_each(count)));
        let each: Vec<String> = each.collect();
        format!("{} ({})", for_each(self.total()), each.join(", "))
    }
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
    let mut calls = Calls::default();
    for line in report.lines() {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let count = fields.get(3).and_then(|count| count.parse().ok());
        if let (Some(count), Some(&name)) = (count, fields.last()) {
            if name != "total" {
                calls.0.insert(name.to_owned(), count);
            }
        }
    }
    calls
}

#[cfg(test)]
mod tests {
    use super::*;

    const REPORT: &str = "\
% time     seconds  usecs/call     calls    errors syscall
------ ----------- ----------- --------- --------- ----------------
 60.00    0.000006           3         2         1 accept4
 40.00    0.000004           4         1           close
------ ----------- ----------- --------- --------- ----------------
100.00    0.000010           3         3         1 total
";

    #[test]
    fn calls_of_a_report() {
        let calls = parse(REPORT);
        assert_eq!(calls.describe(), "3 (2 accept4, 1 close)");
        assert_eq!(calls.describe_each(2), "1.500 (1.000 accept4, 0.500 close)");
    }

    #[test]
    fn calls_beyond_those_of_a_shorter_run() {
        let shorter = Calls([("accept4".to_owned(), 1), ("close".to_owned(), 1)].into());
        let calls = parse(REPORT).beyond(&shorter);
        assert_eq!(calls.describe(), "1 (1 accept4)");
    }
}
