//! Sources and loops that several tests need.
#![allow(dead_code, reason = "each test file uses some of it")]

use std::io::{self, Read};
use std::os::unix::net::{UnixDatagram, UnixStream};
use std::time::Duration;

use miocene::mio::event::Source;
use miocene::mio::{Interest, Registry};
use miocene::{Config, Drain, EventLoop, Fd, Handlers, Input, Next, Token, Turn};

/// Longer than anything here takes: for what must not hang.
pub const LONG: Option<Duration> = Some(Duration::from_secs(5));
/// For what must already be there.
pub const AT_ONCE: Option<Duration> = Some(Duration::ZERO);

/// Datagrams of a socket pair, whose other end the test holds. Counts what is
/// asked of the poll on its behalf.
pub struct Datagrams {
    socket: Fd<UnixDatagram>,
    pub registrations: usize,
    /// From here on it cannot be registered.
    pub refused: bool,
}

impl Datagrams {
    pub fn pair() -> (Datagrams, UnixDatagram) {
        let (ours, theirs) = UnixDatagram::pair().unwrap();
        let socket = Fd::new(ours).unwrap();
        let datagrams = Datagrams {
            socket,
            registrations: 0,
            refused: false,
        };
        (datagrams, theirs)
    }

    pub fn receive(&self, buffer: &mut [u8]) -> io::Result<usize> {
        self.socket.get_ref().recv(buffer)
    }
}

impl Drain for Datagrams {
    type Item<'b> = &'b [u8];

    fn source(&mut self) -> &mut dyn Source {
        self
    }

    fn next<'b>(&mut self, input: &'b mut Input) -> io::Result<Next<&'b [u8]>> {
        let count = input.fill(|buffer| self.socket.get_ref().recv(buffer))?;
        Ok(Next::Item(input.take(count)))
    }
}

impl Source for Datagrams {
    fn register(
        &mut self,
        registry: &Registry,
        token: Token,
        interest: Interest,
    ) -> io::Result<()> {
        self.registrations += 1;
        if self.refused {
            return Err(io::Error::other("refused"));
        }
        self.socket.register(registry, token, interest)
    }

    fn reregister(
        &mut self,
        registry: &Registry,
        token: Token,
        interest: Interest,
    ) -> io::Result<()> {
        self.registrations += 1;
        self.socket.reregister(registry, token, interest)
    }

    fn deregister(&mut self, registry: &Registry) -> io::Result<()> {
        self.registrations += 1;
        self.socket.deregister(registry)
    }
}

/// The lines of a stream, whose other end the test holds. Bytes that no loop
/// holds for it are kept.
pub struct Lines {
    stream: Fd<UnixStream>,
    pub kept: Vec<u8>,
}

impl Lines {
    pub fn pair() -> (Lines, UnixStream) {
        let (ours, theirs) = UnixStream::pair().unwrap();
        let stream = Fd::new(ours).unwrap();
        let kept = Vec::new();
        (Lines { stream, kept }, theirs)
    }
}

impl Drain for Lines {
    type Item<'b> = &'b [u8];

    fn source(&mut self) -> &mut dyn Source {
        &mut self.stream
    }

    fn kept(&mut self) -> Option<&mut Vec<u8>> {
        Some(&mut self.kept)
    }

    fn next<'b>(&mut self, input: &'b mut Input) -> io::Result<Next<&'b [u8]>> {
        loop {
            if let Some(end) = input.unread().iter().position(|&byte| byte == b'\n') {
                return Ok(Next::Item(input.take(end + 1)));
            }
            if input.fill(|buffer| self.stream.read(buffer))? == 0 {
                // The last line may have no end; after it comes the end.
                let rest = input.unread().len();
                return Ok(match rest {
                    0 => Next::End,
                    _ => Next::Item(input.take(rest)),
                });
            }
        }
    }
}

/// A source that answers what the test has written down, and otherwise that it
/// would block. It is woken by its peer.
pub struct Script {
    pub socket: Fd<UnixDatagram>,
    pub answers: std::collections::VecDeque<io::Result<Next<u32>>>,
}

impl Script {
    pub fn new(answers: impl IntoIterator<Item = io::Result<Next<u32>>>) -> (Script, UnixDatagram) {
        let (ours, theirs) = UnixDatagram::pair().unwrap();
        theirs.send(b"begin").unwrap();
        let script = Script {
            socket: Fd::new(ours).unwrap(),
            answers: answers.into_iter().collect(),
        };
        (script, theirs)
    }
}

impl Drain for Script {
    type Item<'b> = u32;

    fn source(&mut self) -> &mut dyn Source {
        &mut self.socket
    }

    fn next(&mut self, _: &mut Input) -> io::Result<Next<u32>> {
        match self.answers.pop_front() {
            Some(answer) => answer,
            None => {
                let mut buffer = [0; 64];
                while self.socket.get_ref().recv(&mut buffer).is_ok() {}
                Ok(Next::Dry)
            }
        }
    }
}

/// A source that never runs dry.
pub struct Endless {
    socket: Fd<UnixDatagram>,
}

impl Endless {
    pub fn new() -> (Endless, UnixDatagram) {
        let (ours, theirs) = UnixDatagram::pair().unwrap();
        theirs.send(b"begin").unwrap();
        let socket = Fd::new(ours).unwrap();
        (Endless { socket }, theirs)
    }
}

impl Drain for Endless {
    type Item<'b> = ();

    fn source(&mut self) -> &mut dyn Source {
        &mut self.socket
    }

    fn next(&mut self, _: &mut Input) -> io::Result<Next<()>> {
        Ok(Next::Item(()))
    }
}

/// A loop whose drains end after one item.
pub fn loop_with_a_budget_of_one() -> EventLoop {
    let mut config = Config::default();
    config.budget = 1;
    config.accepts = 1;
    EventLoop::with_config(config).unwrap()
}

/// Turns until `done`. What has stalled is told at once: a turn that slept for
/// [`LONG`], or a loop that is busy with nothing.
pub fn until<A: Handlers>(event_loop: &mut EventLoop, app: &mut A, done: impl Fn(&A) -> bool) {
    for _ in 0..10_000 {
        if done(app) {
            return;
        }
        let begin = std::time::Instant::now();
        let turn = event_loop.turn(app, LONG).unwrap();
        assert!(
            !turn.finished,
            "the loop says that nothing can happen any more"
        );
        // A turn in which it has happened may have taken as long.
        let slept = Some(begin.elapsed()) >= LONG;
        assert!(!slept || done(app), "nothing has happened");
    }
    assert!(done(app), "many turns, and nothing came of them");
}

/// Whether nothing wakes the loop: it sleeps as long as it may. No deadline may
/// come meanwhile.
pub fn sleeps<A: Handlers>(event_loop: &mut EventLoop, app: &mut A) -> bool {
    let limit = Duration::from_millis(20);
    let begin = std::time::Instant::now();
    let _ = event_loop.turn(app, Some(limit)).unwrap();
    begin.elapsed() >= limit
}

pub fn turn<A: Handlers>(event_loop: &mut EventLoop, app: &mut A) -> Turn {
    event_loop.turn(app, AT_ONCE).unwrap()
}
