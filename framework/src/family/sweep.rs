//! Deadlines of members: those that are idle, take too long for a message, rest,
//! or linger.
//!
//! To touch a deadline is one store and needs no clock: what a place holds is an
//! age, in sweeps. A sweep goes over all places and adds one.

use std::time::{Duration, Instant};

use super::going::Step;
use super::place::{Flag, Place};
use super::{Family, Member};
use crate::planted::Bug;
use crate::state::after;
use crate::{Closed, Ended};

/// When the next sweeps are due, and who was found late by the last. None while
/// there is nothing to sweep.
#[derive(Debug, Default)]
pub(super) struct Sweeps {
    idle: Option<Instant>,
    message: Option<Instant>,
    /// Some message may be incomplete.
    pub(super) messages: bool,
    late: Vec<(u32, Ended)>,
}

/// Sweeps in the time that a limit allows.
const SWEEPS: u8 = 96;

/// Sweeps that a member is given beyond them. Three may have passed unseen
/// before it was touched, in turns that did not look at the clock; they are added
/// to its age. With the one that was under way when its time began, and the one
/// for which the poll slept, it is late by no more than six, a sixteenth.
const GIVEN: u8 = 3;

/// Ages that one sweep may add at the most, if it is late itself: more than that
/// has passed only if the process was stopped, and nobody grows old by that.
/// Fewer if not every turn looks at the clock, since who was touched meanwhile is
/// not to be given them all.
pub(crate) const fn most_ages(each_turn_looked: bool) -> u32 {
    if each_turn_looked {
        8
    } else {
        1 + GIVEN as u32
    }
}

impl<S> Place<S> {
    /// So many sweeps have passed. Whether that is too many.
    fn grow_idle(&mut self, ages: u8) -> bool {
        if Bug::NobodyIsIdle.is_planted() {
            return false;
        }
        self.age = self.age.saturating_add(ages);
        self.age > SWEEPS + GIVEN
    }

    /// As `grow_idle`; the age of a message begins with one.
    fn grow_late(&mut self, ages: u8) -> bool {
        if self.message_age > 0 {
            self.message_age = self.message_age.saturating_add(ages);
        }
        self.message_age > SWEEPS + GIVEN + 1
    }
}

impl<S> Family<S> {
    /// Begins or ends the sweeping. When the next deadline is.
    pub(super) fn plan<K>(&mut self, now: impl Fn() -> Instant) -> Option<Instant>
    where
        S: Member<K>,
    {
        let here = self.used() > 0;
        let idle = tick(self.idle_limit::<K>()).filter(|_| here);
        let message = tick(self.limits.message).filter(|_| here && S::COLLECTS);
        begin(&mut self.sweeps.idle, idle, &now);
        begin(&mut self.sweeps.message, message, &now);
        let sweeps = [self.sweeps.idle, self.sweeps.message];
        sweeps.into_iter().flatten().chain(self.going.next()).min()
    }

    /// How long the poll may sleep at the most with nothing due but sweeps; none
    /// if something is to be on time.
    pub(super) fn pace<K>(&self) -> Option<Duration>
    where
        S: Member<K>,
    {
        let idle = self.sweeps.idle.and(tick(self.idle_limit::<K>()));
        let message = self.sweeps.message.and(tick(self.limits.message));
        idle.into_iter().chain(message).min()
    }

    pub(super) fn is_on_time(&mut self) -> bool {
        self.going.next().is_some()
    }

    /// Only for connections unless it was set: a listener may wait for ever.
    fn idle_limit<K>(&self) -> Duration
    where
        S: Member<K>,
    {
        let otherwise = if S::COLLECTS { IDLE } else { Duration::MAX };
        self.limits.idle.unwrap_or(otherwise)
    }

    /// Lets the members grow older.
    pub(super) fn sweep<K>(&mut self, now: Instant, most: u32)
    where
        S: Member<K>,
    {
        let places = 0..self.places.len() as u32;
        let idle = self.idle_limit::<K>();
        if let Some(ages) = pass(&mut self.sweeps.idle, now, idle, most) {
            for index in places.clone() {
                if self.places[index as usize].grow_idle(ages) {
                    self.sweeps.late.push((index, Ended::Idle));
                }
            }
        }
        let message = pass(&mut self.sweeps.message, now, self.limits.message, most);
        if let Some(ages) = message.filter(|_| self.sweeps.messages) {
            self.sweeps.messages = false;
            for index in places {
                let place = &mut self.places[index as usize];
                self.sweeps.messages |= place.message_age > 0;
                if place.grow_late(ages) {
                    self.sweeps.late.push((index, Ended::Deadline));
                }
            }
        }
    }

    /// Notes those that are late, if they still are, and those that are due.
    pub(super) fn expire<K>(&mut self, now: Instant)
    where
        S: Member<K>,
    {
        for (index, why) in std::mem::take(&mut self.sweeps.late) {
            let place = &mut self.places[index as usize];
            let (late, runs) = match why {
                Ended::Idle => (place.grow_idle(0), self.idles_on::<K>(index)),
                _ => (place.grow_late(0), self.waits_on(index)),
            };
            if late {
                self.places[index as usize].begin_anew();
            }
            if late && runs {
                self.tell_late(index, why);
            }
        }
        let (rested, lingered) = self.going.due(now);
        for index in rested {
            self.clear(index, Flag::Resting);
            self.clear(index, Flag::Blocked);
            self.note(index);
        }
        for index in lingered {
            if !Bug::LingersForEver.is_planted() {
                self.hurry(index);
            }
        }
    }

    /// Whether the time of a member runs that it may be idle.
    fn idles_on<K>(&mut self, index: u32) -> bool
    where
        S: Member<K>,
    {
        let place = &mut self.places[index as usize];
        let waits = place.has(Flag::New) || place.has(Flag::Latched) && !place.is_held();
        if waits || place.has(Flag::Free) || self.connecting.has(index) {
            return false;
        }
        // While we have paused it, it need not speak; only take what it is sent.
        let paused = place.has(Flag::Paused);
        let member = place.member.as_deref_mut();
        let unsent = member
            .and_then(|member| member.outbox())
            .is_some_and(|out| !out.unsent().is_empty());
        !paused || unsent
    }

    /// Whether the time of a member runs in which to complete a message.
    fn waits_on(&self, index: u32) -> bool {
        let place = &self.places[index as usize];
        place.message_age > 0 && !place.is_held() && !place.has(Flag::Latched) && place.is_here()
    }

    fn tell_late(&mut self, index: u32, why: Ended) {
        let place = &self.places[index as usize];
        if place.has(Flag::Going) {
            self.hurry(index);
        } else if place.has(Flag::Ended) {
            self.set_out(index, Step::Now(Closed::Ended(why)));
        } else {
            self.set_out(index, Step::Tell(why));
        }
    }

    /// A member on its way out has had its time.
    pub(super) fn hurry(&mut self, index: u32) {
        if let Some(step) = self.going.take(index) {
            self.going.put(index, Step::Now(step.into_why()));
            self.note(index);
        }
    }

    /// A member is not read for some time.
    pub(super) fn rest(&mut self, index: u32, now: Instant, length: Duration) {
        self.set(index, Flag::Resting);
        self.going.rest(index, after(now, length));
    }

    /// A member was changed that rests until a time: it is asked again.
    pub(super) fn hear_of(&mut self, index: u32) {
        if self.going.ends_rest(index) {
            self.clear(index, Flag::Resting);
        }
    }

    /// Whether a member may have been sent something in the last time.
    pub(super) fn was_busy<K>(&self, index: u32, time: Duration) -> bool
    where
        S: Member<K>,
    {
        let place = &self.places[index as usize];
        let age = u32::from(place.age);
        place.has(Flag::SERVED)
            && tick(self.idle_limit::<K>()).is_none_or(|tick| tick * age <= time)
    }

    pub(super) fn rests(&self, index: u32) -> bool {
        self.going.rests(index)
    }
}

/// How long a connection may be idle unless its family says so.
const IDLE: Duration = Duration::from_secs(75);

/// The time between two sweeps, if there is a limit at all.
fn tick(limit: Duration) -> Option<Duration> {
    (limit != Duration::MAX).then(|| (limit / u32::from(SWEEPS)).max(Duration::from_millis(1)))
}

fn begin(next: &mut Option<Instant>, tick: Option<Duration>, now: impl Fn() -> Instant) {
    match tick {
        None => *next = None,
        Some(tick) if next.is_none() => *next = now().checked_add(tick),
        Some(_) => {}
    }
}

/// The ages that have passed since the last sweep, but no more than so many, if a
/// sweep is due.
fn pass(next: &mut Option<Instant>, now: Instant, limit: Duration, most: u32) -> Option<u8> {
    let (due, tick) = (next.filter(|next| now >= *next)?, tick(limit)?);
    let missed = now.saturating_duration_since(due).as_nanos() / tick.as_nanos();
    let ages = u32::try_from(missed).unwrap_or(u32::MAX).saturating_add(1);
    *next = match ages <= most {
        true => due.checked_add(tick * ages),
        false => now.checked_add(tick),
    };
    Some(ages.min(most) as u8)
}
