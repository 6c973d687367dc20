//! Instructions in user space, counted by callgrind.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{self, Child, Command, Stdio};

use crate::cargo::Profile;
use crate::measured::Measured;
use crate::server::Server;

/// The instructions of a whole run of a server, which is led through what
/// `drive` does. The same run gives the same count, to an instruction or so for
/// each item, on any machine with the same compiler and C library.
pub(crate) fn instructions<T>(
    profile: Profile,
    program: &str,
    arguments: &[&str],
    drive: impl FnOnce(&Server) -> Measured<T>,
) -> Measured<u64> {
    let name = format!("miocene-{}-{program}.callgrind", process::id());
    let report = env::temp_dir().join(name);
    let mut callgrind = Command::new("valgrind");
    callgrind
        .args(["--quiet", "--tool=callgrind"])
        .arg(format!("--callgrind-out-file={}", report.display()))
        .arg(profile.program(program)?)
        .args(arguments);
    let server = Server::start(callgrind)?;
    // What the clients hold must not end before the server does.
    let held = drive(&server);
    let _held =
        held.map_err(|error| format!("{program} in profile {}: {error}", profile.name()))?;
    server.end()?;
    read(&report, program)
}

/// A program that ends by itself, and is counted until then.
#[derive(Debug)]
pub(crate) struct Counting {
    program: String,
    child: Child,
    report: PathBuf,
}

impl Counting {
    /// Starts a program. Several may run at once: the count is of instructions.
    pub(crate) fn start(
        profile: Profile,
        program: &str,
        arguments: &[String],
    ) -> Measured<Counting> {
        let report = |process: &str| {
            let name = format!("miocene-{process}-{program}.callgrind");
            env::temp_dir().join(name)
        };
        let child = Command::new("valgrind")
            .args(["--quiet", "--tool=callgrind"])
            .arg(format!("--callgrind-out-file={}", report("%p").display()))
            .arg(profile.program(program)?)
            .args(arguments)
            .stdout(Stdio::null())
            .spawn()?;
        Ok(Counting {
            program: format!("{program} {} ({})", arguments.join(" "), profile.name()),
            report: report(&child.id().to_string()),
            child,
        })
    }

    /// The instructions of the whole run.
    pub(crate) fn finish(mut self) -> Measured<u64> {
        let status = self.child.wait()?;
        if !status.success() {
            return Err(format!("{}: {status}", self.program).into());
        }
        read(&self.report, &self.program)
    }
}

fn read(report: &Path, program: &str) -> Measured<u64> {
    let text = fs::read_to_string(report)?;
    fs::remove_file(report)?;
    total(&text).ok_or_else(|| format!("no total in the report of {program}").into())
}

/// The total in a report of callgrind.
fn total(report: &str) -> Option<u64> {
    let line = report
        .lines()
        .find_map(|line| line.strip_prefix("totals:"))?;
    line.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn total_of_a_report() {
        let report = "version: 1\nevents: Ir\nfn=(1) main\n3 14\n\ntotals: 1414\n";
        assert_eq!(total(report), Some(1414));
        assert_eq!(total("events: Ir\n"), None);
    }
}
