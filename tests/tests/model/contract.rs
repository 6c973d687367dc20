//! The model: what may happen to a source, after all that was asked for.

use miocene::{Flow, Token};

/// The sources of the application.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    Items,
    Bytes,
    Datagrams,
    Stream,
    Lines,
}

pub const ALL: [Which; 5] = [
    Which::Items,
    Which::Bytes,
    Which::Datagrams,
    Which::Stream,
    Which::Lines,
];

impl Which {
    pub const fn token(self) -> Token {
        match self {
            Which::Stream => Token((1 << 24) - 1),
            which => Token(which as usize),
        }
    }

    pub fn of(token: Token) -> Which {
        let found = ALL.into_iter().find(|which| which.token() == token);
        found.expect("a token of the application's")
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Attached,
    /// To be attached; the poll had been told of it so many times before.
    Attaching(usize),
    Detached,
}

#[derive(Debug, Clone, Copy)]
struct Status {
    place: Place,
    paused: bool,
}

/// What is known of all sources, and what was seen that should not have been.
pub struct Contract {
    sources: [Status; ALL.len()],
    pub stopped: bool,
    /// Stopped by an error, which the turn returns.
    pub failed: bool,
    /// Of handlers, whatever they are.
    pub calls: u64,
    pub complaint: Option<String>,
}

impl Contract {
    /// At the beginning of a session everything is attached.
    pub fn new() -> Contract {
        let status = Status {
            place: Place::Attached,
            paused: false,
        };
        Contract {
            sources: [status; ALL.len()],
            stopped: false,
            failed: false,
            calls: 0,
            complaint: None,
        }
    }

    /// The session is over, and the next turn begins another.
    pub fn begin_anew(&mut self) {
        self.sources = Contract::new().sources;
        (self.stopped, self.failed) = (false, false);
    }

    /// A handler is called; `to_read` says that it is one that reads, or is told
    /// to. The poll has been told so many times of the source.
    pub fn called(&mut self, which: Which, told: Token, to_read: bool, registrations: usize) {
        self.calls += 1;
        let status = &mut self.sources[which as usize];
        let problem = match status.place {
            _ if self.stopped => Some("after a stop"),
            Place::Detached => Some("while detached"),
            Place::Attaching(before) if before == registrations => Some("before it was attached"),
            _ if to_read && status.paused => Some("to read while paused"),
            _ if told != which.token() => Some("under the token of another"),
            _ => None,
        };
        status.place = Place::Attached;
        self.complain(problem.map(|problem| format!("{which:?} called {problem}")));
    }

    /// `#[ended]` is told. Whatever the source was, it is detached.
    pub fn ended(&mut self, which: Which) {
        self.calls += 1;
        let detached = self.is_detached(which);
        let problem = match detached {
            _ if self.stopped => Some("ended after a stop"),
            true => Some("ended while detached"),
            false => None,
        };
        self.complain(problem.map(|problem| format!("{which:?} {problem}")));
        self.close(which);
    }

    pub fn complain(&mut self, complaint: Option<String>) {
        if self.complaint.is_none() {
            self.complaint = complaint;
        }
    }

    pub fn is_detached(&self, which: Which) -> bool {
        self.sources[which as usize].place == Place::Detached
    }

    pub fn is_attaching(&self, which: Which) -> bool {
        matches!(self.sources[which as usize].place, Place::Attaching(_))
    }

    /// A pause of what is detached is none.
    pub fn pause(&mut self, which: Which) {
        self.sources[which as usize].paused |= !self.is_detached(which);
    }

    pub fn resume(&mut self, which: Which) {
        self.sources[which as usize].paused = false;
    }

    /// From here on it is detached, and attached after the handler has returned.
    pub fn attach(&mut self, which: Which, registrations: usize) {
        let status = &mut self.sources[which as usize];
        status.paused = false;
        status.place = match status.place {
            Place::Attaching(before) if before == registrations => Place::Attaching(before),
            _ => Place::Attaching(registrations),
        };
    }

    /// Wins over an attach.
    pub fn close(&mut self, which: Which) {
        self.sources[which as usize] = Status {
            place: Place::Detached,
            paused: false,
        };
    }

    /// What a handler answers for its source.
    pub fn answered(&mut self, which: Which, flow: Flow) {
        match flow {
            Flow::Continue => {}
            Flow::Pause => self.pause(which),
            Flow::Close | Flow::Leave => self.close(which),
            Flow::Stop => self.stopped = true,
        }
    }
}
