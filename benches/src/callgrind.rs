//! Instructions in user space, counted by callgrind.

use std::env;
use std::fs;
use std::process::{self, Command};

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
    let text = fs::read_to_string(&report)?;
    fs::remove_file(&report)?;
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
