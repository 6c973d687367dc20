//! A running process seen from outside, through `/proc`.

use std::fs;
use std::thread::sleep;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::measured::Measured;

/// Longer than any step takes, under valgrind and on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);

/// A process by its number.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Process(pub(crate) u32);

impl Process {
    /// Sends a signal.
    pub(crate) fn signal(self, signal: Signal) -> Measured {
        Ok(kill_process(self.pid()?, signal)?)
    }

    fn pid(self) -> Measured<Pid> {
        let pid = i32::try_from(self.0).ok().and_then(Pid::from_raw);
        pid.ok_or_else(|| format!("{} is no process", self.0).into())
    }

    /// Memory in use that is not in a file, in bytes.
    pub(crate) fn memory(self) -> Measured<u64> {
        Ok(self.status()?.memory)
    }

    /// How often the process has gone to sleep. An event loop does so when it
    /// has nothing left to do, and only then.
    pub(crate) fn sleeps(self) -> Measured<u64> {
        Ok(self.status()?.sleeps)
    }

    /// Waits until the process sleeps, having gone to sleep more than `sleeps` times.
    pub(crate) fn wait_until_asleep(self, sleeps: u64) -> Measured {
        self.wait_until("asleep", |status| {
            status.state == "S" && status.sleeps > sleeps
        })
    }

    /// Waits until the process has stopped, traced or not.
    pub(crate) fn wait_until_stopped(self) -> Measured {
        self.wait_until("stopped", |status| matches!(&*status.state, "T" | "t"))
    }

    fn wait_until(self, what: &str, reached: impl Fn(&Status) -> bool) -> Measured {
        let start = Instant::now();
        while !reached(&self.status()?) {
            if start.elapsed() > PATIENCE {
                return Err(format!("process {} is not {what} after {PATIENCE:?}", self.0).into());
            }
            sleep(Duration::from_micros(50));
        }
        Ok(())
    }

    fn status(self) -> Measured<Status> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.0))?;
        Status::parse(&status).ok_or_else(|| format!("not understood: {status}").into())
    }
}

/// What is of use in `/proc/PID/status`.
#[derive(Debug, PartialEq, Eq)]
struct Status {
    state: String,
    sleeps: u64,
    /// In bytes.
    memory: u64,
}

impl Status {
    fn parse(text: &str) -> Option<Status> {
        let value = |name: &str| {
            let line = text.lines().find_map(|line| line.strip_prefix(name))?;
            line.split_whitespace().next()
        };
        Some(Status {
            state: value("State:")?.to_owned(),
            sleeps: value("voluntary_ctxt_switches:")?.parse().ok()?,
            // A process that is about to end has none any more.
            memory: 1024 * value("RssAnon:").map_or(Ok(0), str::parse).ok()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn status_of_a_sleeper() {
        let text = "Name:\tsleep\nState:\tS (sleeping)\nRssAnon:\t     104 kB\n\
                    voluntary_ctxt_switches:\t3\nnonvoluntary_ctxt_switches:\t7\n";
        let expected = Status {
            state: "S".to_owned(),
            sleeps: 3,
            memory: 104 * 1024,
        };
        assert_eq!(Status::parse(text), Some(expected));
    }
}
