//! The cores that server and load run on: not the same, where there are two.

use std::io;
use std::process::{Child, Command};

use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

/// The cores that a thread may use. When this is dropped it may use them again.
#[derive(Debug)]
pub(crate) struct Cores(CpuSet);

impl Cores {
    /// Those of the thread that calls.
    pub(crate) fn of_this_thread() -> io::Result<Cores> {
        Ok(Cores(sched_getaffinity(None)?))
    }

    /// Starts a command on the first of these cores, and keeps the calling
    /// thread away from it until this is dropped.
    pub(crate) fn spawn_apart(&self, command: &mut Command) -> io::Result<Child> {
        let mut mine = self.0;
        let first = (0..CpuSet::MAX_CPU).find(|&core| mine.is_set(core));
        let Some(first) = first.filter(|_| mine.count() > 1) else {
            return command.spawn();
        };
        let mut its = CpuSet::new();
        its.set(first);
        mine.unset(first);
        // A child begins where its parent is.
        sched_setaffinity(None, &its)?;
        let child = command.spawn();
        sched_setaffinity(None, &mine)?;
        child
    }
}

impl Drop for Cores {
    fn drop(&mut self) {
        // At worst the load stays on fewer cores.
        let _ = sched_setaffinity(None, &self.0);
    }
}
