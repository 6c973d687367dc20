//! A client that runs, and who types.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::SocketAddr;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;

use miocene_tests::process::Process;
use miocene_tests::program::Program;
use miocene_tests::server::PATIENCE;
use miocene_tests::trouble::{Attacked, Trouble};
use miocene_tests::wait_until;

/// A client that runs; killed when this is dropped.
pub struct Running {
    child: Child,
    input: Option<ChildStdin>,
    output: Receiver<String>,
    notices: Receiver<String>,
}

impl Running {
    pub fn start(address: SocketAddr, input: impl Into<Stdio>) -> Attacked<Running> {
        let mut child = Command::new(Program::example("client")?.path)
            .arg(address.to_string())
            .stdin(input)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        Ok(Running {
            input: child.stdin.take(),
            output: lines_of(child.stdout.take().expect("it is piped")),
            notices: lines_of(child.stderr.take().expect("it is piped")),
            child,
        })
    }

    pub fn types(&mut self, text: &str) -> Attacked {
        let input = self.input.as_mut().expect("it has not been ended");
        Ok(input.write_all(text.as_bytes())?)
    }

    pub fn ends_input(&mut self) {
        self.input = None;
    }

    pub fn prints(&self, line: &str) -> Attacked {
        expect(&self.output, |printed| printed == line, line)
    }

    pub fn tells(&self, words: &str) -> Attacked {
        expect(&self.notices, |told| told.contains(words), words)
    }

    pub fn process(&self) -> Process {
        Process::of(&self.child)
    }

    /// It must exit, with this code.
    pub fn exits(&mut self, code: i32) -> Attacked {
        let mut status = None;
        wait_until(PATIENCE, || {
            status = self.child.try_wait().ok().flatten();
            status.is_some()
        });
        match status.and_then(|status| status.code()) == Some(code) {
            true => Ok(()),
            false => Err(Trouble::broke(format!("exit code {code}: {status:?}"))),
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have exited by itself; then there is nothing to kill.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn lines_of(source: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, lines) = mpsc::channel();
    thread::spawn(move || {
        let lines = BufReader::new(source).lines().map_while(Result::ok);
        // Until nobody is interested any more.
        lines.map(|line| sender.send(line)).all(|sent| sent.is_ok())
    });
    lines
}

/// The next line must be it.
fn expect(lines: &Receiver<String>, is_it: impl Fn(&str) -> bool, what: &str) -> Attacked {
    match lines.recv_timeout(PATIENCE) {
        Ok(line) if is_it(&line) => Ok(()),
        other => Err(Trouble::broke(format!("`{what}` expected: {other:?}"))),
    }
}
