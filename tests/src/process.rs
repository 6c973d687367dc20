//! A running process seen from outside.

use std::fs;
use std::io;
use std::process::Child;
use std::time::Duration;

use rustix::param::clock_ticks_per_second;
use rustix::process::{Pid, Resource, Rlimit, Signal, getrlimit, kill_process, prlimit, setrlimit};

/// A running process.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Process(Pid);

impl Process {
    /// The process of a child.
    pub fn of(child: &Child) -> Self {
        Self(Pid::from_child(child))
    }

    /// Stops the process as Ctrl-Z does.
    pub fn stop(self) -> io::Result<()> {
        Ok(kill_process(self.0, Signal::STOP)?)
    }

    /// Continues the process after a stop.
    pub fn resume(self) -> io::Result<()> {
        Ok(kill_process(self.0, Signal::CONT)?)
    }

    /// Asks the process to end.
    pub fn terminate(self) -> io::Result<()> {
        Ok(kill_process(self.0, Signal::TERM)?)
    }

    /// Whether a stop has taken effect, traced or not.
    pub fn is_stopped(self) -> io::Result<bool> {
        Ok(matches!(self.stat()?.state.as_str(), "T" | "t"))
    }

    /// Whether the process waits for something to happen.
    pub fn is_asleep(self) -> io::Result<bool> {
        Ok(self.stat()?.state == "S")
    }

    /// The time that the process has spent on a processor.
    pub fn cpu_time(self) -> io::Result<Duration> {
        let ticks = self.stat()?.cpu_ticks;
        Ok(Duration::from_secs(ticks) / u32::try_from(clock_ticks_per_second()).unwrap_or(100))
    }

    /// The process that traces this one.
    pub fn tracer(self) -> io::Result<Option<Self>> {
        let tracer = self.status("TracerPid:")?.parse().ok();
        Ok(tracer.and_then(Pid::from_raw).map(Self))
    }

    /// The memory of the process that is resident, in KiB.
    pub fn resident(self) -> io::Result<u64> {
        let resident = self.status("VmRSS:")?;
        let size = resident.split_whitespace().next();
        size.and_then(|size| size.parse().ok())
            .ok_or_else(|| io::Error::other(format!("unreadable: {resident}")))
    }

    /// How many descriptors the process has.
    pub fn descriptors(self) -> io::Result<usize> {
        Ok(fs::read_dir(format!("/proc/{}/fd", self.0))?.count())
    }

    /// A field of `/proc/PID/status`.
    fn status(self, field: &str) -> io::Result<String> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.0))?;
        let mut values = status.lines().filter_map(|line| line.strip_prefix(field));
        values
            .next()
            .map(|value| value.trim().to_owned())
            .ok_or_else(|| io::Error::other(format!("there is no {field}")))
    }

    /// Allows descriptors below `limit` only, as `prlimit --nofile` does; those
    /// that are open stay open. Returns the limit that was in force.
    pub fn limit_descriptors(self, limit: u64) -> io::Result<u64> {
        let new = Rlimit {
            current: Some(limit),
            // A child has the hard limit that its parent has.
            maximum: getrlimit(Resource::Nofile).maximum,
        };
        let old = prlimit(Some(self.0), Resource::Nofile, new)?;
        Ok(old.current.unwrap_or(u64::MAX))
    }

    /// The lowest descriptor that is not in use: the next one that is given out.
    pub fn lowest_free_descriptor(self) -> io::Result<u64> {
        let mut used: Vec<u64> = fs::read_dir(format!("/proc/{}/fd", self.0))?
            .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
            .collect();
        used.sort_unstable();
        Ok((0..)
            .zip(&used)
            .find(|(expected, used)| expected != *used)
            .map_or(used.len() as u64, |(free, _)| free))
    }

    fn stat(self) -> io::Result<Stat> {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.0))?;
        Stat::parse(&stat).ok_or_else(|| io::Error::other(format!("unreadable: {stat}")))
    }
}

/// What is of use in `/proc/PID/stat`.
#[derive(Debug, Eq, PartialEq)]
struct Stat {
    state: String,
    cpu_ticks: u64,
}

impl Stat {
    /// The name of the program, in parentheses, may hold spaces and parentheses.
    fn parse(stat: &str) -> Option<Self> {
        let (_, after_name) = stat.rsplit_once(')')?;
        let fields: Vec<&str> = after_name.split_whitespace().collect();
        let (user, system) = (fields.get(11)?, fields.get(12)?);
        Some(Self {
            state: (*fields.first()?).to_owned(),
            cpu_ticks: user.parse::<u64>().ok()? + system.parse::<u64>().ok()?,
        })
    }
}

/// Allows this process, and those that it starts, all the descriptors that it may
/// have; returns how many.
pub fn raise_descriptor_limit() -> io::Result<u64> {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    let allowed = limit.maximum.unwrap_or(u64::MAX);
    setrlimit(Resource::Nofile, limit)?;
    Ok(allowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stat_of_a_program_with_an_odd_name() {
        let stat = "42 (a) R (b)) T 1 42 42 0 -1 0 1 2 3 4 17 25 0 0 20 0 1 0 9";
        let expected = Stat {
            state: "T".to_owned(),
            cpu_ticks: 42,
        };
        assert_eq!(Stat::parse(stat), Some(expected));
    }

    #[test]
    fn the_lowest_free_descriptor_is_the_next_one() {
        let process = Process(rustix::process::getpid());
        let free = process.lowest_free_descriptor().expect("/proc is readable");
        assert!(free > 2, "{free}: standard streams are open");
    }
}
