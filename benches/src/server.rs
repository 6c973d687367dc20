//! A measured program while it runs, and the steps that it is led through.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};

use rustix::process::Signal;

use crate::cores::Cores;
use crate::measured::Measured;
use crate::process::Process;

/// A server that was started, killed when it is dropped.
#[derive(Debug)]
pub(crate) struct Server {
    child: Child,
    addresses: Vec<SocketAddr>,
    /// Apart from the load while the server is there.
    _cores: Cores,
}

impl Server {
    /// Starts a server, under a tool or by itself, and waits until it sleeps in
    /// its event loop.
    pub(crate) fn start(mut command: Command) -> Measured<Server> {
        let cores = Cores::of_this_thread()?;
        let mut child = cores.spawn_apart(command.stdout(Stdio::piped()))?;
        let mut line = String::new();
        if let Some(output) = child.stdout.as_mut() {
            BufReader::new(output).read_line(&mut line)?;
        }
        // Killed also if what follows goes wrong.
        let mut server = Server {
            child,
            addresses: Vec::new(),
            _cores: cores,
        };
        server.addresses = addresses(&line)?;
        server.process().wait_until_asleep(0)?;
        Ok(server)
    }

    /// Where it listens.
    pub(crate) fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// Lets the server meet what `cause` does, as it comes, and waits until it
    /// is done with it.
    pub(crate) fn step<T>(&self, cause: impl FnOnce() -> Measured<T>) -> Measured<T> {
        let process = self.process();
        let sleeps = process.sleeps()?;
        let caused = cause()?;
        process.wait_until_asleep(sleeps)?;
        Ok(caused)
    }

    /// Lets the server meet all that `cause` does at once: it is stopped in its
    /// sleep meanwhile. The stop interrupts the poll, which sees no events;
    /// the next one sees them all.
    pub(crate) fn step_at_once<T>(&self, cause: impl FnOnce() -> Measured<T>) -> Measured<T> {
        let process = self.process();
        process.signal(Signal::STOP)?;
        process.wait_until_stopped()?;
        let caused = cause()?;
        // No longer stopped when `signal` returns: the next sleep is the end.
        self.step(|| process.signal(Signal::CONT))?;
        Ok(caused)
    }

    /// Ends the server, so that the tool it runs under reports.
    pub(crate) fn end(mut self) -> Measured {
        self.process().signal(Signal::TERM)?;
        self.child.wait()?;
        Ok(())
    }

    pub(crate) fn process(&self) -> Process {
        Process(self.child.id())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Either works, or the server has ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The addresses in the line that a server prints when it is ready.
fn addresses(line: &str) -> Measured<Vec<SocketAddr>> {
    let Some(addresses) = line.strip_prefix("listening on ") else {
        return Err(format!("a server began with {line:?}").into());
    };
    let addresses = addresses.split_whitespace().map(str::parse);
    Ok(addresses.collect::<Result<_, _>>()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_a_server() {
        let line = "listening on 127.0.0.1:80 [::1]:81\n";
        let ports = addresses(line).map(|found| found.iter().map(SocketAddr::port).collect());
        assert_eq!(ports.ok(), Some(vec![80, 81]));
        assert!(addresses("thread 'main' panicked").is_err());
    }
}
