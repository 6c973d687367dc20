//! Lending a member to its handler, and putting it back.

use mio::Token;

use super::flush::is_exhausted;
use super::going::Step;
use super::place::{Flag, Place};
use super::{Family, Member};
use crate::planted::Bug;
use crate::state::State;
use crate::tokens::{index_of, word_of};
use crate::{Closed, Readiness};

/// A member that is lent, beside the application. If a handler panics, it is put
/// back: it leaves through `#[closed]` like any other.
pub(super) struct Lent<'a, A, S, F: Fn(&mut A) -> &mut Family<S>> {
    pub(super) app: &'a mut A,
    /// None once it is back.
    pub(super) member: Option<Box<S>>,
    pub(super) family: F,
    pub(super) token: Token,
}

impl<'a, A, S, F: Fn(&mut A) -> &mut Family<S>> Lent<'a, A, S, F> {
    #[inline(always)]
    pub(super) fn new(app: &'a mut A, member: Box<S>, family: F, token: Token) -> Self {
        Lent {
            app,
            member: Some(member),
            family,
            token,
        }
    }

    /// The member, and its family without it.
    #[inline(always)]
    pub(super) fn beside_family(&mut self) -> Option<(&mut S, &mut Family<S>)> {
        let member = self.member.as_deref_mut()?;
        Some((member, (self.family)(self.app)))
    }
}

impl<A, S, F: Fn(&mut A) -> &mut Family<S>> Drop for Lent<'_, A, S, F> {
    #[inline(always)]
    fn drop(&mut self) {
        if let Some(member) = self.member.take() {
            (self.family)(self.app).put_back_after_panic(self.token, member);
        }
    }
}

/// What is known of a member that is about to be read.
#[derive(Clone, Copy)]
pub(super) struct Reading {
    /// Nothing was out of the ordinary.
    pub(super) plain: bool,
    /// The event was about the end, an error or urgent data as well: a short
    /// read does not say that the source is dry.
    pub(super) hinted: bool,
}

impl Reading {
    pub(super) const PLAIN: Reading = Reading {
        plain: true,
        hinted: false,
    };
}

impl<S> Family<S> {
    /// Takes a member with which nothing is out of the ordinary.
    #[inline(always)]
    pub(super) fn take_plain(&mut self, token: Token) -> Option<Box<S>> {
        let place = self.places.get_mut(index_of(token) as usize)?;
        if !place.is_plain(word_of(token)) {
            return None;
        }
        let member = place.member.take();
        self.lent = token;
        member
    }

    #[inline(always)]
    pub(super) fn is_plain(&self, token: Token) -> bool {
        let place = self.places.get(index_of(token) as usize);
        place.is_some_and(|place| place.is_plain(word_of(token)))
    }

    /// Takes a member whose handler may be told of room to write.
    pub(super) fn take_to_write(&mut self, token: Token) -> Option<Box<S>> {
        let index = self.find(token)?;
        let place = &mut self.places[index as usize];
        if place.has(Flag::New) {
            return None;
        }
        place.age = 0;
        place.member.take()
    }

    /// Takes a member that may be read all the same. What may not is latched.
    #[cold]
    #[inline(never)]
    pub(super) fn take_special<K>(
        &mut self,
        state: &mut State,
        token: Token,
        ready: Readiness,
    ) -> Option<(Box<S>, Reading)>
    where
        S: Member<K>,
    {
        let Some(index) = self.find_any(token) else {
            state.counters.stale_events += u64::from(!state.queued);
            if !self.tokens.contains(token) {
                // Two families were exchanged: to be found by who settles this one.
                self.noted.push(u32::MAX);
            }
            return None;
        };
        if self.connecting.has(index) {
            // Any event may mean that it is connected, or will never be.
            self.clear(index, Flag::Blocked);
            self.note(index);
        } else {
            self.hear_of_room::<K>(index, ready);
        }
        if self.places[index as usize].has(Flag::Going) {
            self.note(index);
            let gone = ready.is_error() || ready.is_read_closed() && ready.is_write_closed();
            // Of others the next read tells, and a hint may be wrong.
            if gone && self.going.lingers_unread(index) {
                self.hurry(index);
            }
            return None;
        }
        if !self.may_read(state, index, ready) {
            return None;
        }
        let hinted = self.places[index as usize].has(Flag::Hinted) || ready.is_hinted();
        for flag in [Flag::Latched, Flag::Hinted] {
            self.clear(index, flag);
        }
        let place = &mut self.places[index as usize];
        place.age = 0;
        let member = place.member.take()?;
        let plain = false;
        Some((member, Reading { plain, hinted }))
    }

    /// There may be room to write again.
    fn hear_of_room<K>(&mut self, index: u32, ready: Readiness)
    where
        S: Member<K>,
    {
        let place = &mut self.places[index as usize];
        if ready.is_writable() && place.has(Flag::Blocked) && !Bug::IgnoresRoom.is_planted() {
            self.clear(index, Flag::Blocked);
            self.note(index);
        } else if ready.is_write_closed() && place.has(Flag::Ended) && place.is_here() {
            // Half-open, and now it may be that it cannot be written to either.
            let probed = place.member.as_deref_mut().map(Member::probe);
            match probed {
                Some(Err(gone)) if !is_exhausted(&gone) => {
                    self.set_out(index, Step::Now(Closed::Write(gone)));
                }
                _ => {}
            }
        }
    }

    /// Whether a member may be read now; if not, what came is latched.
    fn may_read(&mut self, state: &mut State, index: u32, ready: Readiness) -> bool {
        let waits_for_room = self.places[index as usize].has(Flag::Resting) && !self.rests(index);
        if state.queued {
            self.clear(index, Flag::Queued);
            if waits_for_room {
                self.clear(index, Flag::Resting);
            }
        }
        let place = &self.places[index as usize];
        let held = place.is_held();
        if !held && !place.has(Flag::Queued) {
            return ready.is_readable() || place.has(Flag::Latched);
        }
        if ready.is_readable() && !Bug::LosesEdgeWhileHeld.is_planted() {
            self.latch(index, ready.is_hinted());
            if held && !self.connecting.has(index) {
                self.wakes(state, index);
            }
        }
        false
    }

    pub(super) fn latch(&mut self, index: u32, hinted: bool) {
        self.set(index, Flag::Latched);
        if hinted {
            self.set(index, Flag::Hinted);
        }
    }

    /// A member is read again: its wakes are counted anew, if it is not off the
    /// kernel by them.
    pub(super) fn forget_wakes(&mut self, index: u32) {
        if !self.places[index as usize].has(Flag::Away) {
            self.going.goes_on(index);
        }
    }

    /// A member that is held wakes the loop. If it goes on doing so, it is taken
    /// off the kernel.
    pub(super) fn wakes(&mut self, state: &mut State, index: u32) {
        let often = self.going.woke(index) > state.config.wakes_while_paused;
        if often && !self.places[index as usize].has(Flag::Away) {
            state.counters.taken_off += 1;
            self.set(index, Flag::Away);
            self.note(index);
        }
    }

    /// The place of the member that is lent, if it is as it was then.
    #[inline(always)]
    pub(super) fn plain_place(&mut self) -> Option<&mut Place<S>> {
        let token = self.lent;
        let place = self.places.get_mut(index_of(token) as usize)?;
        (place.is_plain(word_of(token)) && place.member.is_none()).then_some(place)
    }

    /// Puts a member back, to be settled. If its family has been replaced, it is
    /// an orphan: the one that is here now sees it off.
    #[cold]
    #[inline(never)]
    pub(super) fn put_back_noted(&mut self, token: Token, member: Box<S>) -> Option<u32> {
        let place = self.find_any(token).filter(|index| {
            let place = &self.places[*index as usize];
            place.member.is_none()
        });
        match place {
            Some(index) => {
                self.places[index as usize].member = Some(member);
                self.note(index);
            }
            None => {
                self.orphans.push((token, member));
                self.noted.push(u32::MAX);
            }
        }
        place
    }

    /// Puts a member back that was settled; see `put_back_noted`.
    pub(super) fn put_back(&mut self, token: Token, member: Box<S>) -> Option<u32> {
        match self.find_any(token) {
            Some(index) if self.places[index as usize].member.is_none() => {
                self.places[index as usize].member = Some(member);
                Some(index)
            }
            _ => self.put_back_noted(token, member),
        }
    }

    /// Gives a member its turn in the ready queue if something is latched.
    pub(super) fn queue_if_ready(&mut self, state: &mut State, index: u32) {
        let place = &self.places[index as usize];
        let waits = place.has(Flag::Latched) && !place.has(Flag::Queued);
        if waits && !place.is_held() && place.is_here() {
            let token = self.token_of(index);
            self.set(index, Flag::Queued);
            state.ready.push_back(token);
            state.unsettled = true;
        }
    }

    #[cold]
    #[inline(never)]
    pub(super) fn put_back_after_panic(&mut self, token: Token, member: Box<S>) {
        self.panicked = true;
        if let Some(index) = self.put_back_noted(token, member) {
            self.set_out(index, Step::Now(Closed::Panicked));
        }
    }
}

/// For the stage of tests, which lends as the loop does.
#[cfg(feature = "sim")]
impl<S> Family<S> {
    pub(crate) fn lend_to_test(&mut self, token: Token) -> Option<Box<S>> {
        let index = self.find(token)?;
        self.lent = token;
        self.places[index as usize].member.take()
    }

    pub(crate) fn give_back_of_test(&mut self, token: Token, member: Box<S>) {
        self.put_back(token, member);
    }
}
