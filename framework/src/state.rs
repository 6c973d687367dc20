use std::collections::VecDeque;
use std::time::{Duration, Instant};

use mio::Token;

use crate::deadlines::Deadlines;
use crate::slot::{Flag, SlotState, Slots};
use crate::table::Entry;
use crate::{Config, Counters, Error};

/// What a handler, a drain or the loop changes; everything of the loop but the
/// poll, its events and the input buffer.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) config: Config,
    /// One for each row of the table; those of further rows of a token idle.
    pub(crate) slots: Slots,
    /// Sources that were left before they were dry.
    pub(crate) ready: VecDeque<Token>,
    pub(crate) deadlines: Deadlines,
    /// Something was noted that the loop must look at before it goes on.
    pub(crate) attention: bool,
    /// There is more to do than to wait for events and to dispatch them:
    /// something is left, due, noted or over, or the clock was read. What says
    /// `true` for nothing costs a few instructions and no more.
    pub(crate) unsettled: bool,
    /// The poll may have more events than it had room to report.
    pub(crate) overfull: bool,
    /// How many of the sources in `ready` are dispatched in this turn.
    due: usize,
    /// What is being dispatched comes from `ready`, not from an event.
    pub(crate) queued: bool,
    /// What is to be done with sources, in the order in which it was asked for.
    pub(crate) commands: Vec<Command>,
    pub(crate) stopping: bool,
    pub(crate) failure: Option<Error>,
    /// Sources that are attached, and those of them for which a handler may
    /// still be called.
    attached: usize,
    live: usize,
    pub(crate) counters: Counters,
    /// The time of this turn, once somebody has asked.
    now: Option<Instant>,
}

/// A change that needs the application, which whoever asks for it does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Command {
    Attach(usize),
    Detach(usize),
    TakeOff(usize),
    PutBack(usize),
}

impl State {
    pub(crate) fn new(config: Config) -> State {
        State {
            config,
            slots: Slots::default(),
            ready: VecDeque::new(),
            deadlines: Deadlines::default(),
            attention: false,
            unsettled: true,
            overfull: false,
            due: 0,
            queued: false,
            commands: Vec::new(),
            stopping: false,
            failure: None,
            attached: 0,
            live: 0,
            counters: Counters::default(),
            now: None,
        }
    }

    /// Back to a loop without an application.
    pub(crate) fn clear(&mut self) {
        self.slots = Slots::default();
        self.ready.clear();
        self.deadlines.clear();
        self.commands.clear();
        self.attention = false;
        self.unsettled = true;
        self.overfull = false;
        self.due = 0;
        self.queued = false;
        self.stopping = false;
        self.failure = None;
        self.attached = 0;
        self.live = 0;
    }

    /// The time, read at most once a turn.
    #[inline(never)]
    pub(crate) fn now(&mut self) -> Instant {
        self.unsettled = true;
        *self.now.get_or_insert_with(read_clock)
    }

    #[inline(always)]
    pub(crate) fn forget_now(&mut self) {
        self.now = None;
    }

    /// Whether it was stopped, or nothing is left that could ever happen. What
    /// is paused could be resumed between turns, by whoever does not wait for
    /// ever.
    pub(crate) fn is_finished(&self, waits_for_ever: bool) -> bool {
        let left = if waits_for_ever {
            self.live
        } else {
            self.attached
        };
        self.stopping || (left == 0 && self.commands.is_empty())
    }

    /// After a wait: what has become due.
    pub(crate) fn begin_turn(&mut self) {
        self.overfull = false;
        self.forget_now();
        if !self.deadlines.is_empty() {
            self.end_rests();
        }
        self.due = self.ready.len();
    }

    /// At the end of a turn: whether the next one has more to do than to wait
    /// for events.
    pub(crate) fn settle(&mut self) {
        self.forget_now();
        self.slots.settle();
        self.queued = false;
        self.unsettled = self.overfull
            || self.attention
            || !self.ready.is_empty()
            || !self.deadlines.is_empty()
            || self.is_finished(true);
    }

    /// The next of the sources that are due. Those that are left now wait for
    /// the next turn.
    #[inline(never)]
    pub(crate) fn next_due(&mut self) -> Option<Token> {
        self.queued = self.due > 0 && !self.stopping;
        if !self.queued {
            return None;
        }
        self.due -= 1;
        self.ready.pop_front()
    }

    /// How long the poll may sleep.
    #[inline(always)]
    pub(crate) fn timeout(&mut self, limit: Option<Duration>) -> Option<Duration> {
        if self.overfull || self.attention || !self.ready.is_empty() {
            Some(Duration::ZERO)
        } else if self.deadlines.is_empty() {
            limit
        } else {
            self.until_deadline(limit)
        }
    }

    #[cold]
    #[inline(never)]
    fn until_deadline(&mut self, limit: Option<Duration>) -> Option<Duration> {
        let now = self.now();
        let deadline = self.deadlines.earliest()?;
        let wait = deadline.saturating_duration_since(now);
        match limit {
            Some(limit) if limit < wait => Some(limit),
            _ => Some(wait),
        }
    }

    /// Ends the rests whose time has come.
    #[cold]
    #[inline(never)]
    pub(crate) fn end_rests(&mut self) {
        let now = self.now();
        while let Some(slot) = self.deadlines.pop_due(now) {
            self.slots[slot].clear(Flag::Resting);
            self.go_on(slot);
        }
    }

    /// From here on no handler is called for what a source is ready for.
    pub(crate) fn stop(&mut self) {
        for source in self.slots.iter_mut() {
            source.set(Flag::Stopped);
        }
        self.stopping = true;
        self.attention = true;
        self.unsettled = true;
    }

    /// Ends the loop with an error; the first one counts.
    pub(crate) fn fail(&mut self, error: Error) {
        self.failure.get_or_insert(error);
        self.stop();
    }

    /// Names the handler that has just ended the loop.
    pub(crate) fn name_failure(&mut self, entry: &Entry) {
        match &mut self.failure {
            Some(Error::Failed {
                handler,
                token_name,
                ..
            }) if *handler == Error::HOST => {
                (*handler, *token_name) = (entry.handler, entry.token_name);
            }
            Some(Error::UnknownToken { handler, .. }) if *handler == Error::HOST => {
                *handler = entry.handler;
            }
            _ => {}
        }
    }

    /// Notes what is to be done; what is noted already is not done twice.
    #[cold]
    #[inline(never)]
    pub(crate) fn command(&mut self, command: Command) {
        if !self.commands.contains(&command) {
            self.commands.push(command);
        }
        self.attention = true;
        self.unsettled = true;
    }

    #[cold]
    #[inline(never)]
    pub(crate) fn recount(&mut self) {
        (self.attached, self.live) = (0, 0);
        for slot in self.slots.iter() {
            self.attached += usize::from(slot.is_attached());
            self.live += usize::from(slot.is_live());
        }
        self.unsettled = true;
    }

    /// The slot of a token, or the end of the loop with an error.
    pub(crate) fn find(&mut self, verb: &'static str, token: Token) -> Option<usize> {
        let of_token = |slot: &SlotState| slot.used && slot.token == token;
        let slot = self.slots.iter().position(of_token);
        if slot.is_none() {
            self.fail(Error::UnknownToken {
                verb,
                token,
                handler: Error::HOST,
            });
        }
        slot
    }
}

/// The only place where the clock is read.
pub(crate) fn read_clock() -> Instant {
    Instant::now()
}
