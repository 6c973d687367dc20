use std::collections::VecDeque;
use std::time::{Duration, Instant};

use mio::Token;

use crate::deadlines::Deadlines;
use crate::family::Outlook;
use crate::mailbox::Remotes;
use crate::planted::Bug;
use crate::slot::{Flag, SlotState, Slots};
use crate::stopping::Stopping;
use crate::table::{self, Entry, Kind};
use crate::waiting::Waiting;
use crate::wake::Wake;
use crate::{Config, Counters, Error, Handlers, Tokens, system};

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
    /// Members have grown older, and those who are late are to be found.
    pub(crate) grown: bool,
    /// For how many turns that has been put off.
    put_off: u8,
    /// The next turn goes over the events of the last one again.
    pub(crate) events_again: bool,
    /// How many of the sources in `ready` are dispatched in this turn.
    pub(crate) due: usize,
    /// What is being dispatched comes from `ready`, not from an event.
    pub(crate) queued: bool,
    /// What is to be done with sources, in the order in which it was asked for.
    pub(crate) commands: Vec<Command>,
    pub(crate) stopping: bool,
    pub(crate) stop: Stopping,
    /// The run is over: members leave whatever they are at.
    pub(crate) closing: bool,
    pub(crate) failure: Option<Error>,
    /// Sources that are attached, and those of them for which a handler may
    /// still be called.
    attached: usize,
    live: usize,
    /// What is known of the members of families.
    pub(crate) outlook: Outlook,
    pub(crate) waiting: Waiting,
    /// The application that is driven has families.
    pub(crate) has_families: bool,
    pub(crate) remotes: Remotes,
    pub(crate) counters: Counters,
    /// What wakes the loop, once a source has asked for it.
    pub(crate) wake: Option<Wake>,
    /// It was used, and sources may have been filled.
    pub(crate) woken: bool,
    /// Turns until the next look at the clock, and from one to the next, while
    /// nothing but sweeps is due; and until when the next look is soon after the
    /// last one.
    turns_to_look: u8,
    turns_a_look: u8,
    close_until: Option<Instant>,
    /// No turn has passed without a look since the last one.
    pub(crate) each_turn_looked: bool,
    /// The time of this turn, once somebody has asked.
    now: Option<Instant>,
}

/// A change that needs the application, which whoever asks for it does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
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
            grown: false,
            put_off: 0,
            events_again: false,
            due: 0,
            queued: false,
            commands: Vec::new(),
            stopping: false,
            stop: Stopping::default(),
            closing: false,
            failure: None,
            attached: 0,
            live: 0,
            outlook: Outlook::default(),
            waiting: Waiting::default(),
            has_families: false,
            remotes: Remotes::default(),
            counters: Counters::default(),
            wake: None,
            woken: false,
            turns_to_look: 1,
            turns_a_look: 1,
            close_until: None,
            each_turn_looked: false,
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
        self.grown = false;
        self.events_again = false;
        self.due = 0;
        self.queued = false;
        self.stopping = false;
        self.stop = Stopping::default();
        self.closing = false;
        self.failure = None;
        self.attached = 0;
        self.live = 0;
        self.outlook = Outlook::default();
        self.waiting = Waiting::default();
        self.remotes.forget_all(|_| true);
        // An event of the waker may have been among those that nobody looked at.
        self.heed_wakes();
    }

    /// The time, read at most once a turn.
    #[inline(never)]
    pub(crate) fn now(&mut self) -> Instant {
        self.unsettled = true;
        *self.now.get_or_insert_with(read_clock)
    }

    /// The time of this turn, if the clock was read.
    pub(crate) fn known_now(&self) -> Option<Instant> {
        self.now
    }

    #[inline(always)]
    pub(crate) fn forget_now(&mut self) {
        self.now = None;
    }

    /// Whether it was stopped, or nothing is left that could ever happen. What
    /// is paused could be resumed between turns, by whoever does not wait for
    /// ever.
    pub(crate) fn is_finished(&self, waits_for_ever: bool) -> bool {
        let outlook = &self.outlook;
        let left = if waits_for_ever {
            self.live + outlook.members - outlook.asleep
        } else {
            self.attached + outlook.members
        };
        // Whoever has waited for room and may go on is in the ready queue.
        let idle = self.commands.is_empty() && !outlook.later && self.ready.is_empty();
        let over = left == 0 && idle && !(waits_for_ever && self.remotes.are_held());
        self.is_over() || over
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

    /// Whether those who are late are to be told now. While the poll has more
    /// events than it could report, who seems late may not be; but those who are
    /// do not wait for ever.
    pub(crate) fn may_be_late(&mut self) -> bool {
        const TURNS: u8 = 16;
        if self.overfull && self.put_off < TURNS {
            self.put_off += u8::from(self.grown);
            return false;
        }
        self.put_off = 0;
        std::mem::take(&mut self.grown)
    }

    /// A panic has ended a turn: what it had not come to is done in the next. An
    /// event that is dispatched twice does no harm.
    pub(crate) fn go_over_events_again(&mut self) {
        if !Bug::DropsEventsAfterPanic.is_planted() {
            self.events_again = true;
        }
        self.attention = true;
        self.unsettled = true;
        self.queued = false;
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
            || self.grown
            || self.outlook.on_time
            || self.outlook.later
            || self.stopping
            || self.is_finished(true);
    }

    /// The next of the sources that are due. Those that are left now wait for
    /// the next turn.
    #[inline(never)]
    pub(crate) fn next_due(&mut self) -> Option<Token> {
        self.queued = self.due > 0 && !self.is_over();
        if !self.queued {
            return None;
        }
        self.due -= 1;
        self.ready.pop_front()
    }

    /// How long the poll may sleep.
    #[inline(always)]
    pub(crate) fn timeout(&mut self, limit: Option<Duration>) -> Option<Duration> {
        if Bug::SleepsOnReadyQueue.is_planted() && !self.ready.is_empty() {
            return self.until_deadline(limit);
        }
        if self.overfull || self.attention || self.outlook.later || !self.ready.is_empty() {
            Some(Duration::ZERO)
        } else if self.deadlines.is_empty() && self.outlook.due.is_none() && !self.stopping {
            limit
        } else {
            self.until_deadline(limit)
        }
    }

    #[cold]
    #[inline(never)]
    fn until_deadline(&mut self, limit: Option<Duration>) -> Option<Duration> {
        let now = self.now();
        let mut wait = limit;
        if Bug::SleepsThroughDeadlines.is_planted() {
            return wait;
        }
        let deadlines = [
            self.deadlines.earliest(),
            self.outlook.due,
            self.stop.until(),
        ];
        for deadline in deadlines.into_iter().flatten() {
            let left = deadline.saturating_duration_since(now);
            wait = Some(wait.map_or(left, |wait| wait.min(left)));
        }
        wait
    }

    /// How long the poll may sleep while nothing is due but sweeps of families.
    pub(crate) fn quiet_timeout(&self, limit: Option<Duration>) -> Option<Duration> {
        limit.into_iter().chain(self.outlook.pace).min()
    }

    /// Whether deadlines of members have come.
    pub(crate) fn members_are_due(&mut self) -> bool {
        // A turn with nothing but events may have passed without a look.
        self.each_turn_looked = self.turns_to_look == self.turns_a_look;
        self.outlook.due.is_some_and(|due| read_clock() >= due)
    }

    /// The same, in a turn with nothing but events: there a deadline is one of
    /// those that need not be on time. While turns follow each other closely,
    /// not each of them looks at the clock.
    #[inline(always)]
    pub(crate) fn members_seem_due(&mut self, nothing_came: bool) -> bool {
        // Never 0 before: each look sets it anew.
        self.turns_to_look = self.turns_to_look.wrapping_sub(1);
        (self.turns_to_look == 0 || nothing_came) && self.look_at_the_clock()
    }

    fn look_at_the_clock(&mut self) -> bool {
        self.turns_to_look = 1;
        let (Some(due), Some(pace)) = (self.outlook.due, self.outlook.pace) else {
            return false;
        };
        let now = read_clock();
        // Instants are compared, since to subtract them costs more.
        self.each_turn_looked = self.turns_a_look == 1;
        let close = self.close_until.is_some_and(|until| now < until);
        self.close_until = now.checked_add(pace / 4);
        self.turns_a_look = match close {
            true => (self.turns_a_look * 2).min(TURNS_A_LOOK),
            false => 1,
        };
        self.turns_to_look = self.turns_a_look;
        now >= due
    }

    /// The families have been settled.
    pub(crate) fn look_ahead(&mut self, outlook: Outlook) {
        self.outlook = outlook;
        self.unsettled |= outlook.later || outlook.on_time;
        if self.is_finished(true) {
            self.unsettled = true;
        }
        if outlook.room && !Bug::TellsNobodyOfRoom.is_planted() {
            self.there_may_be_room();
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

    /// Ends the loop with an error; the first one counts.
    pub(crate) fn fail(&mut self, error: Error) {
        self.failure.get_or_insert(error);
        self.stop_at_once();
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

    /// Names the handler of a family that has just ended the loop.
    pub(crate) fn name_failure_of<A: Handlers>(&mut self, tokens: Tokens, kind: Kind) {
        if self.failure.is_some() {
            if let Some(row) = table::family_row(A::TABLE, tokens, kind) {
                self.name_failure(row);
            }
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

/// Turns from one look at the clock to the next, at the most. Four of them are
/// then shorter than the time between two sweeps.
const TURNS_A_LOOK: u8 = 4;

/// How long the poll sleeps at the most after a turn with events. Less than the
/// time between two sweeps for the default limits.
pub(crate) const BUSY_PACE: Duration = Duration::from_millis(250);

/// So much later, or later than any program runs.
pub(crate) fn after(now: Instant, length: Duration) -> Instant {
    const FAR_FUTURE: Duration = Duration::from_secs(60 * 60 * 24 * 365 * 100);
    now.checked_add(length).unwrap_or(now + FAR_FUTURE)
}

/// The only place where the clock is read.
pub(crate) fn read_clock() -> Instant {
    system::now()
}
