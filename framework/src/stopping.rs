//! How a loop stops.

use std::time::{Duration, Instant};

use crate::planted::Bug;
use crate::slot::Flag;
use crate::state::{State, after, read_clock};

/// How far a stop has come.
#[derive(Debug, Default)]
pub(crate) struct Stopping {
    /// Until when members may send what is unsent.
    until: Option<Instant>,
    /// Nothing is waited for any more.
    over: bool,
    /// The members of families have been told.
    pub(crate) told: bool,
}

impl Stopping {
    pub(crate) fn until(&self) -> Option<Instant> {
        self.until
    }
}

impl State {
    /// From here on no handler is called for what a source is ready for. Members
    /// are given time to send what is unsent. The second stop is at once.
    pub(crate) fn stop(&mut self) {
        self.stop_within(self.config.grace);
    }

    pub(crate) fn stop_within(&mut self, grace: Duration) {
        if self.stopping {
            self.stop.over = true;
        }
        self.begin_to_stop();
        if self.outlook.members > 0 || self.stop.until.is_none() {
            self.stop.until = Some(after(read_clock(), grace));
        }
        self.stop.over |= grace.is_zero();
    }

    pub(crate) fn stop_at_once(&mut self) {
        self.begin_to_stop();
        self.stop.over = true;
    }

    fn begin_to_stop(&mut self) {
        for source in self.slots.iter_mut() {
            source.set(Flag::Stopped);
        }
        self.stopping = true;
        self.attention = true;
        self.unsettled = true;
    }

    /// Whether a stop has nothing to wait for any more.
    pub(crate) fn is_over(&self) -> bool {
        if Bug::StopsWithoutGrace.is_planted() && !self.stop.over {
            return self.stopping && self.outlook.members == 0;
        }
        let late = || self.stop.until.is_some_and(|until| read_clock() >= until);
        self.stopping && (self.stop.over || self.outlook.members == 0 || late())
    }
}
