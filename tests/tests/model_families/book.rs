//! The model: what is known of each member and of each connection.

use std::collections::BTreeMap;

use miocene::Token;

use crate::app::BELLS;
use crate::wire;

/// What is known of the member with a token.
#[derive(Debug, Clone, Default)]
pub struct Stage {
    pub family: usize,
    pub opened: bool,
    pub paused: bool,
    pub ended: bool,
    /// Told to go, by a call or by an answer.
    pub going: bool,
    /// It need not be flushed: hurried, or the loop ends.
    pub hurried: bool,
    /// Its family was replaced.
    pub dropped: bool,
    pub closed: bool,
}

/// What is known of a connection, whichever place it is in.
#[derive(Debug, Clone, Default)]
pub struct Bytes {
    /// Lines of its peer's that came.
    pub came: u32,
    pub came_bytes: usize,
    /// Lines that it was sent, and their bytes.
    pub sent: u32,
    pub taken: usize,
    /// In which family it is.
    pub family: usize,
    /// Some of its input may have been dropped.
    pub lossy: bool,
    /// It is out of all families for good, with so much unsent.
    pub over: Option<usize>,
    /// Nobody knows what was unsent when it was dropped.
    pub unknown: bool,
    /// Its direction was ended.
    pub finished: bool,
    /// The end of its input was told.
    pub eof: bool,
    /// What came last was no whole line.
    pub cut: bool,
}

#[derive(Default)]
pub struct Book {
    pub large: bool,
    /// In the order in which they were given: their numbers depend on other seeds.
    pub tokens: Vec<Token>,
    pub stages: BTreeMap<usize, Stage>,
    pub bytes: BTreeMap<u32, Bytes>,
    pub complaints: Vec<String>,
    /// Calls of handlers.
    pub calls: usize,
    pub stopped: bool,
    pub log: Vec<String>,
}

impl Book {
    pub fn complain(&mut self, what: String) {
        self.complaints.push(what);
    }

    pub fn note(&mut self, what: impl FnOnce() -> String) {
        if std::env::var_os("MIOCENE_SEED").is_some() {
            self.log.push(what());
        }
    }

    pub fn stage(&mut self, token: Token) -> &mut Stage {
        self.stages.entry(token.0).or_default()
    }

    pub fn of(&mut self, id: u32) -> &mut Bytes {
        self.bytes.entry(id).or_default()
    }

    /// A handler or hook is called for a member.
    pub fn called(&mut self, hook: &str, token: Token, id: u32) {
        self.calls += 1;
        self.note(|| format!("{hook} of {id} at {:x}", token.0));
        let Some(stage) = self.stages.get(&token.0).cloned() else {
            return self.complain(format!("{hook} of a stranger, {id} at {token:?}"));
        };
        let reads = hook == "item";
        let wrong = if stage.closed || stage.dropped && hook != "closed" {
            "after it had left"
        } else if hook == "closed" {
            return;
        } else if stage.going {
            "on its way out"
        } else if reads && !stage.opened || hook == "opened" && stage.opened {
            "opened not once"
        } else if reads && (stage.paused || stage.ended) {
            "not to be read"
        } else if hook == "ended" && stage.ended {
            "ended twice"
        } else if reads && self.stopped {
            "after a stop"
        } else {
            return;
        };
        self.complain(format!("{hook} of {id} at {token:?}: {wrong}: {stage:?}"));
    }

    /// A line has come on a connection.
    pub fn came(&mut self, id: u32, item: &[u8], shut: bool) {
        let large = self.large && id != BELLS;
        let bytes = self.of(id);
        let wanted = wire::line(true, id, bytes.came, large);
        let number = bytes.came;
        if item != wanted {
            let last = shut && wanted.starts_with(item) && !bytes.cut;
            bytes.cut = true;
            bytes.came_bytes += item.len();
            if !last {
                let got = String::from_utf8_lossy(&item[..item.len().min(30)]).into_owned();
                self.complain(format!("{id} got {got:?} for line {number}"));
            }
            return;
        }
        bytes.came += 1;
        bytes.came_bytes += item.len() + 1;
    }
}
