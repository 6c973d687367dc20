//! The application: two single sources of frames.

use std::cell::RefCell;
use std::io::{self, Read};
use std::rc::Rc;

use miocene::mio::event::Source;
use miocene::net::UnixStream;
use miocene::sim::{Peer, Sim, Twin};
use miocene::{Context, Drain, Ended, Flow, Input, Next, Token, handlers};

use crate::walk::{LONG, MOMENT};

pub const SOURCES: [Token; 2] = [ONE, TWO];
pub const ONE: Token = Token(1);
pub const TWO: Token = Token(2);
pub const KEEPER: Token = Token(3);

/// A frame is a number.
pub const FRAME: usize = 2;

/// Yields frames, and leaves half a frame in the input.
pub struct Frames {
    pub stream: UnixStream,
    pub kept: Vec<u8>,
    pub known: Shared,
}

pub struct Reader {
    pub one: Frames,
    pub two: Frames,
    pub keeper: Twin<()>,
    pub wrong: Option<String>,
}

pub type Shared = Rc<RefCell<Known>>;

/// What the application and the test know of a source.
pub struct Known {
    pub peer: Peer,
    /// What its next item brings about.
    pub ask: Option<Ask>,
    pub attached: bool,
    pub paused: bool,
    /// Whether it may be at rest.
    pub rests: bool,
    pub sent: usize,
    pub handled: usize,
    pub ending: bool,
    /// What was sent may get lost from now on: it was reset, or attached as if it were
    /// another.
    pub lost: bool,
    pub reset: bool,
    pub ends: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Ask {
    Pause,
    Close,
    /// Another frame arrives while the handler runs.
    More,
    /// In place of an item the source rests.
    Rest,
}

fn frames(bytes: std::ops::Range<usize>) -> Vec<u8> {
    let byte = |at: usize| ((at / FRAME) as u16).to_be_bytes()[at % FRAME];
    bytes.map(byte).collect()
}

impl Drain for Frames {
    type Item<'b> = &'b [u8];

    fn source(&mut self) -> &mut dyn Source {
        &mut self.stream
    }

    fn next<'b>(&mut self, input: &'b mut Input) -> io::Result<Next<&'b [u8]>> {
        let known = &mut *self.known.borrow_mut();
        if known.ask == Some(Ask::Rest) {
            known.ask = None;
            known.rests = true;
            return Ok(Next::Rest(LONG / 10));
        }
        while input.unread().len() < FRAME {
            if input.fill(|buffer| self.stream.read(buffer))? == 0 {
                return Ok(Next::End);
            }
        }
        Ok(Next::Item(input.take(FRAME)))
    }

    fn kept(&mut self) -> Option<&mut Vec<u8>> {
        Some(&mut self.kept)
    }
}

#[handlers]
impl Reader {
    #[handler(token = KEEPER)]
    fn keeper(&mut self, _: ()) {}

    #[handler(token = ONE)]
    fn one(&mut self, bytes: &[u8]) -> Flow {
        let flow = self.one.known.borrow_mut().handles(bytes);
        flow.unwrap_or_else(|| self.is_wrong("ONE", bytes))
    }

    #[handler(token = TWO)]
    fn two(&mut self, bytes: &[u8]) -> Flow {
        let flow = self.two.known.borrow_mut().handles(bytes);
        flow.unwrap_or_else(|| self.is_wrong("TWO", bytes))
    }

    #[ended(token = ONE)]
    fn one_ended(&mut self, _: &mut Context<'_>, _: Ended) {
        self.one.known.borrow_mut().ends();
    }

    #[ended(token = TWO)]
    fn two_ended(&mut self, _: &mut Context<'_>, _: Ended) {
        self.two.known.borrow_mut().ends();
    }
}

impl Reader {
    fn is_wrong(&mut self, who: &str, bytes: &[u8]) -> Flow {
        self.wrong
            .get_or_insert(format!("{who}: {bytes:?} is not the next frame"));
        Flow::Continue
    }
}

impl Known {
    pub fn of(peer: Peer) -> Known {
        Known {
            peer,
            ask: None,
            attached: true,
            paused: false,
            rests: false,
            sent: 0,
            handled: 0,
            ending: false,
            lost: false,
            reset: false,
            ends: 0,
        }
    }

    /// What follows a frame; none if it is not the next one.
    fn handles(&mut self, bytes: &[u8]) -> Option<Flow> {
        let at = self.handled * FRAME;
        if !self.lost && bytes != frames(at..at + FRAME) {
            return None;
        }
        self.handled += 1;
        Some(match self.ask.take() {
            Some(Ask::Pause) => {
                self.paused = true;
                Flow::Pause
            }
            Some(Ask::Close) => {
                self.attached = false;
                Flow::Close
            }
            Some(Ask::More) => {
                self.send(FRAME);
                Flow::Continue
            }
            other => {
                self.ask = other;
                Flow::Continue
            }
        })
    }

    pub fn send(&mut self, count: usize) -> bool {
        if self.ending || self.reset {
            return false;
        }
        self.peer.send(frames(self.sent..self.sent + count));
        self.sent += count;
        Sim::pass(MOMENT);
        true
    }

    fn ends(&mut self) {
        self.ends += 1;
        self.attached = false;
        self.paused = false;
    }

    pub fn is_handled(&self) -> bool {
        self.handled == self.sent / FRAME
    }

    pub fn is_stalled(&self) -> bool {
        self.attached && !self.paused && !self.rests && !self.lost && !self.is_handled()
    }
}
