//! Members on their way out.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use mio::Token;

use super::Family;
use super::place::Flag;
use crate::planted::Bug;
use crate::{Closed, Ended, Flow};

/// What is known of the members that are on their way out, by their places; and
/// of those that rest. There are few of both.
#[derive(Debug, Default)]
pub(super) struct Going {
    steps: BTreeMap<u32, Step>,
    /// Those of them that will not stay, and do not count any more.
    out: BTreeSet<u32>,
    /// Why reading is over, of those that stay all the same.
    ends: BTreeMap<u32, Ended>,
    /// When those that rest go on.
    rests: BTreeMap<u32, Instant>,
    /// Not later than the next of those that rest or linger is due.
    next: Option<Instant>,
    /// Events since a member is held; see `Config::wakes_while_paused`.
    wakes: BTreeMap<u32, u32>,
}

/// How far a member is on its way out.
#[derive(Debug)]
pub(super) enum Step {
    /// It is to be told that reading is over, and may stay.
    Tell(Ended),
    /// What is unsent is being sent; nobody is told anything more.
    Flush(Closed),
    /// All was sent; the peer may still be sending.
    Linger {
        why: Closed,
        until: Instant,
        /// How many bytes may still be read and dropped.
        bytes: usize,
    },
    /// It leaves when it is settled.
    Now(Closed),
}

impl Step {
    /// Why the member leaves.
    pub(super) fn into_why(self) -> Closed {
        match self {
            Step::Tell(why) => Closed::Ended(why),
            Step::Flush(why) | Step::Linger { why, .. } | Step::Now(why) => why,
        }
    }

    fn rank(&self) -> u8 {
        match self {
            Step::Tell(_) => 0,
            Step::Flush(_) => 1,
            Step::Linger { .. } => 2,
            Step::Now(_) => 3,
        }
    }
}

impl Going {
    pub(super) fn rest(&mut self, index: u32, until: Instant) {
        self.rests.insert(index, until);
        self.next = self.next.into_iter().chain([until]).min();
    }

    /// Forgets what was known of the one who had a place.
    pub(super) fn forget(&mut self, index: u32) {
        self.steps.remove(&index);
        self.forget_circumstances(index);
    }

    fn forget_circumstances(&mut self, index: u32) {
        self.ends.remove(&index);
        self.rests.remove(&index);
        self.wakes.remove(&index);
    }

    /// Whether a member rests until a time, which it does not any more.
    pub(super) fn ends_rest(&mut self, index: u32) -> bool {
        self.rests.remove(&index).is_some()
    }

    pub(super) fn stays_after(&mut self, index: u32, why: Ended) {
        self.ends.insert(index, why);
    }

    /// Why reading is over, of one that has stayed.
    pub(super) fn end(&mut self, index: u32) -> Ended {
        self.ends.remove(&index).unwrap_or(Ended::Eof)
    }

    pub(super) fn take(&mut self, index: u32) -> Option<Step> {
        self.steps.remove(&index)
    }

    pub(super) fn put(&mut self, index: u32, step: Step) {
        if let Step::Linger { until, .. } = &step {
            self.next = self.next.into_iter().chain([*until]).min();
        }
        self.steps.insert(index, step);
    }

    /// Counts an event for a member that is held.
    pub(super) fn woke(&mut self, index: u32) -> u32 {
        let wakes = self.wakes.entry(index).or_default();
        *wakes = wakes.saturating_add(1);
        *wakes
    }

    pub(super) fn has(&self, index: u32) -> bool {
        self.steps.contains_key(&index)
    }

    /// Whether a member leaves because the loop stops.
    pub(super) fn is_stopped(&self, index: u32) -> bool {
        let step = self.steps.get(&index);
        matches!(step, Some(Step::Flush(Closed::Stopped)))
    }

    /// Whether a member lingers from whom nothing more is read.
    pub(super) fn lingers_unread(&self, index: u32) -> bool {
        let step = self.steps.get(&index);
        matches!(step, Some(Step::Linger { bytes: 0, .. }))
    }

    pub(super) fn rests(&self, index: u32) -> bool {
        self.rests.contains_key(&index)
    }

    /// Whether the poll is still to be told that a member is taken off.
    pub(super) fn takes_off(&mut self, index: u32) -> bool {
        const TOLD: u32 = u32::MAX;
        self.wakes.insert(index, TOLD) != Some(TOLD)
    }

    pub(super) fn goes_on(&mut self, index: u32) {
        self.wakes.remove(&index);
    }

    /// Those whose rest is over, and those who have lingered for long enough.
    pub(super) fn due(&mut self, now: Instant) -> (Vec<u32>, Vec<u32>) {
        if self.next.is_none_or(|next| now < next) {
            return (Vec::new(), Vec::new());
        }
        let rested = due_of(self.rests.iter().map(|(index, until)| (index, *until)), now);
        for index in &rested {
            self.rests.remove(index);
        }
        let lingered = due_of(self.lingering(), now);
        let rest = self.rests.values().copied();
        let linger = self.lingering().map(|(_, until)| until);
        self.next = rest.chain(linger.filter(|until| now < *until)).min();
        if Bug::ForgetsOtherRests.is_planted() {
            self.next = None;
        }
        (rested, lingered)
    }

    fn lingering(&self) -> impl Iterator<Item = (&u32, Instant)> {
        self.steps.iter().filter_map(|(index, step)| match step {
            Step::Linger { until, .. } => Some((index, *until)),
            _ => None,
        })
    }

    /// Not later than the next of them is due.
    pub(super) fn next(&mut self) -> Option<Instant> {
        if self.steps.is_empty() && self.rests.is_empty() {
            self.next = None;
        }
        self.next
    }
}

/// For tests that look into a loop.
#[cfg(feature = "sim")]
impl Going {
    pub(super) fn step(&self, index: u32) -> Option<&Step> {
        self.steps.get(&index)
    }

    pub(super) fn rest_until(&self, index: u32) -> Option<Instant> {
        self.rests.get(&index).copied()
    }

    pub(super) fn wakes_of(&self, index: u32) -> Option<u32> {
        self.wakes.get(&index).copied()
    }

    pub(super) fn has_ended(&self, index: u32) -> bool {
        self.ends.contains_key(&index)
    }

    pub(super) fn next_known(&self) -> Option<Instant> {
        self.next
    }
}

fn due_of<'a>(all: impl Iterator<Item = (&'a u32, Instant)>, now: Instant) -> Vec<u32> {
    all.filter(|(_, until)| now >= *until)
        .map(|(index, _)| *index)
        .collect()
}

impl<S> Family<S> {
    /// Sends a member away that somebody names.
    pub(super) fn send_away(&mut self, token: Token, step: Step) -> bool {
        let Some(index) = self.find_any(token) else {
            return false;
        };
        // Who is being closed can only be told to hurry.
        let here = self.places[index as usize].is_here() || self.is_told(index);
        if here || matches!(step, Step::Now(Closed::Aborted)) {
            self.set_out(index, step);
            return true;
        }
        false
    }

    /// Whether a member is only to be told of its end.
    pub(super) fn is_told(&self, index: u32) -> bool {
        matches!(self.going.steps.get(&index), Some(Step::Tell(_)))
    }

    /// Sends a member on its way, unless it is further already. The first
    /// reason counts.
    pub(super) fn set_out(&mut self, index: u32, step: Step) {
        let known = self.going.steps.get(&index);
        if known.is_some_and(|known| known.rank() >= step.rank()) {
            return;
        }
        if step.rank() > 0 && self.going.out.insert(index) {
            self.staying -= 1;
            self.room_made = true;
        }
        let step = match (self.going.steps.remove(&index), step) {
            (Some(Step::Flush(why) | Step::Linger { why, .. }), Step::Now(Closed::Aborted)) => {
                Step::Now(why)
            }
            (_, step) => step,
        };
        self.going.steps.insert(index, step);
        self.set(index, Flag::Going);
        self.note(index);
    }

    /// Does to a member what its handler returned: it wins over what was called.
    pub(super) fn apply(&mut self, token: Token, flow: Flow) {
        match flow {
            Flow::Continue | Flow::Stop => {}
            Flow::Pause => {
                if let Some(index) = self.find_any(token) {
                    self.hold(index);
                }
            }
            Flow::Close => self.apply_step(token, Step::Flush(Closed::Asked)),
            Flow::Leave => self.apply_step(token, Step::Now(Closed::Left)),
        }
    }

    /// Sends a member on its way, in place of what was asked for before.
    pub(super) fn apply_step(&mut self, token: Token, step: Step) {
        self.forget_step(token);
        if let Some(index) = self.find_any(token) {
            self.set_out(index, step);
        }
    }

    /// Another member is in the place: only a pause of the user's stays.
    pub(super) fn forget_circumstances(&mut self, token: Token) {
        let Some(index) = self.find_any(token) else {
            return;
        };
        let place = &mut self.places[index as usize];
        for flag in [
            Flag::Latched,
            Flag::Hinted,
            Flag::Full,
            Flag::Resting,
            Flag::Ended,
            Flag::Asked,
            Flag::Blocked,
            Flag::Sent,
            Flag::Away,
        ] {
            place.clear(self.tokens, flag);
        }
        (place.age, place.message_age) = (0, 0);
        self.connecting.forget(index);
        self.going.forget_circumstances(index);
    }

    /// A member is not on its way out any more.
    pub(super) fn forget_step(&mut self, token: Token) {
        let Some(index) = self.find_any(token) else {
            return;
        };
        self.going.take(index);
        self.staying += usize::from(self.going.out.remove(&index));
        self.clear(index, Flag::Going);
    }

    /// The place of a member that has gone is free.
    pub(super) fn vacate(&mut self, token: Token) {
        let Some(index) = self.find_any(token) else {
            return;
        };
        let place = &mut self.places[index as usize];
        if place.has(Flag::Paused) {
            self.paused -= 1;
        }
        place.vacate();
        self.staying -= usize::from(!self.going.out.remove(&index));
        if Bug::CountsTheGone.is_planted() {
            self.staying += 1;
        }
        self.room_made = true;
        self.going.forget(index);
        self.connecting.forget(index);
        self.free.push(index);
    }
}
