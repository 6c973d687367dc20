//! A server under strace, which makes its system calls fail and counts them.

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::{env, fs, process};

use crate::program::Program;
use crate::server::{PATIENCE, Server};
use crate::trouble::{Attacked, Trouble};

/// The system call that takes a connection.
pub const ACCEPT: &str = "accept4";

/// The system calls that an event loop sleeps in, whatever the machine and the
/// selector; strace skips those with a question mark where it lacks them.
pub const WAIT: &str = "?epoll_wait,?epoll_pwait,?poll,?ppoll";

/// Calls that fail with `error`. `when` counts them from 1, from the start of the
/// program: `3`, `3..6`, `3+` for all from there on, `3+3` for every third.
#[derive(Clone, Copy, Debug)]
pub struct Faults<'a> {
    /// The error by name.
    pub error: &'a str,
    /// Which of the calls.
    pub when: &'a str,
}

/// What it says when it may not trace, or knows less than we ask.
fn not_traced(trouble: Trouble) -> Trouble {
    match trouble {
        Trouble::Broke(how) if how.contains("strace: ") => Trouble::NotRun(how),
        other => other,
    }
}

/// What strace does to a server.
#[derive(Debug)]
pub struct Trace {
    log: PathBuf,
}

impl Trace {
    /// Starts a server whose `calls` (one name or several, separated by commas)
    /// fail with `error`, as [`Faults`] says, and waits until it listens.
    ///
    /// A call that is made to fail does not reach the kernel: the client whose
    /// accept fails stays in the queue.
    ///
    /// strace starts the server rather than attach to it later, since to attach
    /// interrupts the call that the server sleeps in.
    pub fn start(
        program: &Program,
        calls: &str,
        error: &str,
        when: &str,
    ) -> Attacked<(Server, Self)> {
        let faults = Faults { error, when };
        let (mut server, trace) = Self::launch(program, calls, Some(faults), Stdio::null())?;
        server.listens().map_err(not_traced)?;
        Ok((server, trace))
    }

    /// Starts a server that has `input` as its standard input, and waits for
    /// nothing. Without faults its calls are only written down.
    pub fn launch(
        program: &Program,
        calls: &str,
        faults: Option<Faults<'_>>,
        input: impl Into<Stdio>,
    ) -> Attacked<(Server, Self)> {
        Command::new("strace")
            .arg("-V")
            .output()
            .map_err(|error| Trouble::tool("strace", &error))?;

        static TRACES: AtomicUsize = AtomicUsize::new(0);
        let number = TRACES.fetch_add(1, Ordering::Relaxed);
        let log = format!("miocene-attack-{}-{number}.strace", process::id());
        let trace = Self {
            log: env::temp_dir().join(log),
        };
        let mut strace = Command::new("strace");
        strace
            // The server is our child, strace its child; without `-I2` it would
            // ignore the request to leave.
            .args(["-D", "-I2", "-qq", "-o"])
            .arg(&trace.log)
            .arg("-e")
            .arg(format!("trace={ACCEPT},{WAIT},{calls}"));
        if let Some(Faults { error, when }) = faults {
            strace
                .arg("-e")
                .arg(format!("inject={calls}:error={error}:when={when}"));
        }
        strace.arg(&program.path);
        let server = Server::launch_by(strace, program, input)?;
        Ok((server, trace))
    }

    /// Ends the faults, and the tracing: strace leaves the server to itself.
    pub fn end(&self, server: &mut Server) -> Attacked {
        if let Some(strace) = server.process().tracer()? {
            strace.terminate()?;
        }
        server.wait_for(PATIENCE, |server| {
            matches!(server.process().tracer(), Ok(None))
        })
    }

    /// How many calls were made to fail so far.
    pub fn failed(&self) -> usize {
        self.count(|line| line.ends_with("(INJECTED)"))
    }

    /// How many of the calls that are watched were made so far.
    pub fn calls(&self) -> usize {
        self.count(|line| line.contains(" = "))
    }

    /// How many of the calls of one name were made so far.
    pub fn calls_of(&self, name: &str) -> usize {
        self.count(|line| {
            line.strip_prefix(name)
                .is_some_and(|it| it.starts_with('('))
        })
    }

    /// How many of the calls that were made so far are `wanted`, as strace writes
    /// them.
    pub fn count(&self, wanted: impl Fn(&str) -> bool) -> usize {
        let log = fs::read_to_string(&self.log).unwrap_or_default();
        log.lines().filter(|line| wanted(line)).count()
    }
}

impl Drop for Trace {
    fn drop(&mut self) {
        // A log that is left behind hurts nobody.
        let _ = fs::remove_file(&self.log);
    }
}
