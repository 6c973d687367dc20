//! A server that runs, with all that it prints.

use std::collections::HashSet;
use std::net::SocketAddr;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use socket2::SockAddr;

use crate::lines::Lines;
use crate::place;
use crate::process::Process;
use crate::program::{Network, Program};
use crate::trouble::{Attacked, Trouble};
use crate::wait_until;

/// The limit for what has no limit of its own, on a machine that is busy.
pub const PATIENCE: Duration = Duration::from_secs(10);

/// The share of one processor that a server may take while it cannot accept.
const MOST_CPU: f64 = 0.10;

/// A server that runs, and is killed when this is dropped.
#[derive(Debug)]
pub struct Server {
    child: Child,
    process: Process,
    place: SockAddr,
    network: Network,
    survives_stop: bool,
    output: Lines,
    errors: Lines,
}

impl Server {
    /// Starts a program on a free address and waits until it listens.
    pub fn start(program: &Program) -> Attacked<Self> {
        Self::start_by(Command::new(&program.path), program)
    }

    /// Starts a program that has `input` as its standard input.
    pub fn start_reading(program: &Program, input: impl Into<Stdio>) -> Attacked<Self> {
        let mut server = Self::launch_by(Command::new(&program.path), program, input)?;
        server.listens()?;
        Ok(server)
    }

    /// Starts a program whose source is `input`, and waits until it says that it
    /// serves it.
    pub fn start_sharing(program: &Program, input: impl Into<Stdio>) -> Attacked<Self> {
        let mut server = Self::launch_by(Command::new(&program.path), program, input)?;
        server.wait_for(PATIENCE, |server| !server.printed().is_empty())?;
        Ok(server)
    }

    /// Starts a program, and closes its standard output once it listens.
    pub fn start_unheard(program: &Program) -> Attacked<Self> {
        let command = Command::new(&program.path);
        let address = place::free_address(program.network)?;
        let mut server = Self::launch(command, program, &address, Stdio::null(), 1)?;
        server.listens()?;
        server.wait_for(PATIENCE, |server| server.output.are_complete())?;
        Ok(server)
    }

    /// Starts a program at an address and waits for nothing.
    pub fn start_at(program: &Program, address: &str) -> Attacked<Self> {
        let command = Command::new(&program.path);
        Self::launch(command, program, address, Stdio::null(), usize::MAX)
    }

    /// Starts a program by a command that lacks only its arguments, or the last of
    /// them. The server is reached at the first address of the program's network.
    pub fn start_by(command: Command, program: &Program) -> Attacked<Self> {
        let mut server = Self::launch_by(command, program, Stdio::null())?;
        server.listens()?;
        Ok(server)
    }

    /// As [`start_by`](Self::start_by), and waits for nothing.
    pub fn launch_by(
        command: Command,
        program: &Program,
        input: impl Into<Stdio>,
    ) -> Attacked<Self> {
        let address = place::free_address(program.network)?;
        Self::launch(command, program, &address, input.into(), usize::MAX)
    }

    fn launch(
        mut command: Command,
        program: &Program,
        address: &str,
        input: Stdio,
        lines: usize,
    ) -> Attacked<Self> {
        let mut child = command
            .args(&program.arguments)
            .arg(address)
            // A panic is told in two lines.
            .env("RUST_BACKTRACE", "0")
            .stdin(input)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        let stdout = child.stdout.take().expect("it is piped");
        let stderr = child.stderr.take().expect("it is piped");
        Ok(Self {
            process: Process::of(&child),
            child,
            place: place::parse(address, program.network).unwrap_or_else(place::nowhere),
            network: program.network,
            survives_stop: program.survives_stop,
            output: Lines::collect(stdout, lines),
            errors: Lines::collect(stderr, usize::MAX),
        })
    }

    /// Waits until the server says where it listens.
    pub fn listens(&mut self) -> Attacked {
        let mut place = None;
        self.wait_for(PATIENCE, |server| {
            place = server.listening_on();
            place.is_some()
        })?;
        if let Some(place) = place {
            self.place = place;
        }
        Ok(())
    }

    /// Where the server listens.
    pub fn place(&self) -> SockAddr {
        self.place.clone()
    }

    /// Where the server listens, if that is TCP.
    pub fn address(&self) -> SocketAddr {
        let nowhere = SocketAddr::from(([0, 0, 0, 0], 0));
        self.place.as_socket().unwrap_or(nowhere)
    }

    /// What the server listens on.
    pub fn network(&self) -> Network {
        self.network
    }

    /// The server as a process.
    pub fn process(&self) -> Process {
        self.process
    }

    /// Whether the server goes on after [`stop`](Self::stop) and
    /// [`resume`](Self::resume).
    pub fn survives_stop(&self) -> bool {
        self.survives_stop
    }

    /// The clients whose connections the server says it got.
    pub fn greeted(&self) -> HashSet<String> {
        let client = |line: &String| Some(line.strip_prefix("Got a connection from: ")?.to_owned());
        self.output
            .look(|lines| lines.iter().filter_map(client).collect())
    }

    /// The lines that the server has printed so far.
    pub fn printed(&self) -> Vec<String> {
        self.output.look(<[String]>::to_vec)
    }

    /// Stops the server and waits until it stands still.
    pub fn stop(&mut self) -> Attacked {
        self.runs()?;
        self.process.stop()?;
        self.wait_for(PATIENCE, |server| {
            server.process.is_stopped().unwrap_or(false)
        })
    }

    /// Lets the server go on after a stop.
    pub fn resume(&mut self) -> Attacked {
        self.runs()?;
        Ok(self.process.resume()?)
    }

    /// Waits until `condition` holds, for at most `limit`. A server that exits
    /// meanwhile has broken.
    pub fn wait_for(
        &mut self,
        limit: Duration,
        mut condition: impl FnMut(&Self) -> bool,
    ) -> Attacked {
        let mut holds = false;
        let ended = wait_until(limit, || {
            holds = condition(self);
            holds || self.status().is_some()
        });
        match (holds, ended) {
            (true, _) => Ok(()),
            (false, true) => Err(self.exited()),
            (false, false) => Err(Trouble::broke(format!("not within {limit:?}"))),
        }
    }

    /// Watches a server that cannot do its work for `window`: it must neither
    /// exit nor spin. Returns its share of one processor.
    pub fn rests(&mut self, window: Duration) -> Attacked<f64> {
        let (start, before) = (Instant::now(), self.process.cpu_time()?);
        if wait_until(window, || self.status().is_some()) {
            return Err(self.exited());
        }
        let spent = self.process.cpu_time()?.saturating_sub(before);
        let share = spent.as_secs_f64() / start.elapsed().as_secs_f64();
        if share > MOST_CPU {
            return Err(Trouble::broke(format!("spins: {:.0} % CPU", share * 100.0)));
        }
        Ok(share)
    }

    /// Kills the server, which can do nothing about it.
    pub fn kill(&mut self) -> Attacked {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    /// The server must be running still.
    pub fn runs(&mut self) -> Attacked {
        match self.status() {
            None => Ok(()),
            Some(_) => Err(self.exited()),
        }
    }

    /// The server must end by itself, with an error that is reported and an exit
    /// code that says so.
    pub fn gives_up(&mut self, limit: Duration) -> Attacked {
        if !wait_until(limit, || self.status().is_some()) {
            return Err(Trouble::broke(format!("still runs after {limit:?}")));
        }
        let exited = self.exited();
        let has_code = |status: ExitStatus| status.code().is_some_and(|code| code != 0);
        if self.status().is_some_and(has_code) && !self.complaint().is_empty() {
            return Ok(());
        }
        Err(exited)
    }

    /// What the server has printed to its standard error, in one line.
    pub fn complaint(&self) -> String {
        self.errors.look(|lines| lines.join(" "))
    }

    /// The server must end by itself, and say that all is well. Returns how long
    /// that took.
    pub fn ends(&mut self, limit: Duration) -> Attacked<Duration> {
        let begin = Instant::now();
        if !wait_until(limit, || self.status().is_some()) {
            return Err(Trouble::broke(format!("still runs after {limit:?}")));
        }
        let took = begin.elapsed();
        match self.status().is_some_and(|status| status.success()) {
            true => {
                // The pipe may hold what it printed last.
                wait_until(PATIENCE, || self.output.are_complete());
                Ok(took)
            }
            false => Err(self.exited()),
        }
    }

    /// The exit code of a server that has ended.
    pub fn code(&mut self) -> Option<i32> {
        self.status()?.code()
    }

    /// Whether the server has ended.
    pub fn has_ended(&mut self) -> bool {
        self.status().is_some()
    }

    fn status(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().ok().flatten()
    }

    fn exited(&mut self) -> Trouble {
        // The pipes may hold what the process printed last.
        wait_until(PATIENCE, || {
            self.errors.are_complete() && self.output.are_complete()
        });
        let status = self.status().map(|status| status.to_string());
        let status = status.unwrap_or_default();
        Trouble::broke(format!("exited, {status}: {}", self.complaint()))
    }

    fn listening_on(&self) -> Option<SockAddr> {
        let address =
            |line: &String| place::parse(line.strip_prefix("listening on ")?, self.network);
        self.output.look(|lines| lines.iter().find_map(address))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have exited by itself; then there is nothing to kill.
        let _ = self.child.kill();
        let _ = self.child.wait();
        place::remove(&self.place);
    }
}
