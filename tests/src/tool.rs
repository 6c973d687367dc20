//! Clients that are programs of others: nc, socat.

use std::io::{ErrorKind, Write};
use std::process::{Child, ChildStdin, Command, Stdio};

use crate::lines::Lines;
use crate::server::PATIENCE;
use crate::trouble::{Attacked, Trouble};
use crate::wait_until;

/// A program that talks to a server for us; killed when this is dropped.
#[derive(Debug)]
pub struct Tool {
    child: Child,
    input: Option<ChildStdin>,
    output: Lines,
}

impl Tool {
    /// Starts a program. Where it is missing the check is not run.
    pub fn start(name: &str, arguments: &[&str]) -> Attacked<Self> {
        let mut child = Command::new(name)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| Trouble::tool(name, &error))?;
        let input = child.stdin.take();
        let output = child.stdout.take().expect("it is piped");
        Ok(Self {
            child,
            input,
            output: Lines::collect(output, usize::MAX),
        })
    }

    /// Has it send text. One that has gone meanwhile sends nothing, which shows in
    /// what is heard.
    pub fn say(&mut self, text: &str) -> Attacked {
        let Some(input) = &mut self.input else {
            return Err(Trouble::broke("its input has been ended"));
        };
        match input.write_all(text.as_bytes()) {
            Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(error.into()),
            _ => Ok(()),
        }
    }

    /// Ends what it sends.
    pub fn end_input(&mut self) {
        self.input = None;
    }

    /// The lines that it has received so far.
    pub fn heard(&self) -> Vec<String> {
        self.output.look(<[String]>::to_vec)
    }

    /// It must receive this line.
    pub fn hears(&self, line: &str) -> Attacked {
        self.hears_all(line, 1)
    }

    /// It must receive `count` lines of these words.
    pub fn hears_all(&self, line: &str, count: usize) -> Attacked {
        let is_it = |heard: &&String| *heard == line;
        let number = || self.output.look(|lines| lines.iter().filter(is_it).count());
        if wait_until(PATIENCE, || number() >= count) {
            return Ok(());
        }
        let heard = self.heard();
        let last = &heard[heard.len().saturating_sub(5)..];
        Err(Trouble::broke(format!(
            "`{line}` was not heard, but {last:?}"
        )))
    }

    /// It must exit by itself, and what it has received is complete then.
    pub fn leaves(&mut self) -> Attacked<Vec<String>> {
        let left = wait_until(PATIENCE, || {
            matches!(self.child.try_wait(), Ok(Some(_))) && self.output.are_complete()
        });
        match left {
            true => Ok(self.heard()),
            false => Err(Trouble::broke("the client is still there")),
        }
    }
}

impl Drop for Tool {
    fn drop(&mut self) {
        // It may have exited by itself; then there is nothing to kill.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
