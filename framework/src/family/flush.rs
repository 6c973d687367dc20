//! Writing what members were sent, and the way out of those that are closed.

use std::io;
use std::time::Instant;

use mio::{Interest, Token};

use super::going::Step;
use super::place::Flag;
use super::settle::Case;
use super::{Family, Member};
use crate::planted::Bug;
use crate::state::{State, after, read_clock};
use crate::{Closed, Ended, Handlers, selector};

impl<A: Handlers, S: Member<K>, K> Case<'_, '_, A, S, K> {
    /// Writes what is unsent, unless the system has just refused it. Whether all
    /// of it has left.
    pub(super) fn flush(&mut self) -> Result<bool, Closed> {
        let limits = self.family().limits.output;
        let Some(out) = self.member.outbox() else {
            return Ok(true);
        };
        if out.is_unused() {
            // Perhaps it had been in the way, and was thrown away.
            self.mark(|place, tokens| place.clear(tokens, Flag::Blocked));
            let token = self.token;
            self.family().heed_marks(token, 0);
            return Ok(true);
        }
        if out.has_overflown() {
            return Err(Closed::Overflow);
        }
        let (fresh, before) = (out.is_fresh(), out.unsent().len());
        if fresh && (!Bug::TellsWritableOfEdgesOnly.is_planted() || self.has(Flag::Blocked)) {
            self.mark(|place, tokens| place.set(tokens, Flag::Sent));
        }
        let written = match self.has(Flag::Blocked) {
            true => Ok(false),
            false => self.member.write_out(),
        };
        let after = self.member.outbox().map_or(0, |out| out.know());
        if after < before {
            self.progress = true;
            self.mark(|place, tokens| {
                place.age = 0;
                place.set(tokens, Flag::SERVED);
            });
        }
        match written {
            Ok(true) => self.finish_writing()?,
            Ok(false) => {
                if let Some(out) = self.member.outbox() {
                    out.blocked(limits);
                }
                self.mark(|place, tokens| place.set(tokens, Flag::Blocked));
            }
            Err(error) => self.not_written(error)?,
        }
        let token = self.token;
        self.family().heed_marks(token, after);
        Ok(after == 0 && !self.has(Flag::Blocked))
    }

    fn not_written(&mut self, error: io::Error) -> Result<(), Closed> {
        if !is_exhausted(&error) {
            return Err(Closed::Write(error));
        }
        let token = self.token;
        let delay = self.cx.state.config.retry_delay;
        let family = (self.hooks.family)(self.app);
        if let Some(index) = family.find_any(token) {
            family.try_later(index, after(read_clock(), delay));
        }
        Ok(())
    }

    /// Ends our direction, if that was asked for.
    fn finish_writing(&mut self) -> Result<(), Closed> {
        let asked = self.member.outbox().is_some_and(|out| {
            out.flushed();
            out.finishes()
        });
        if asked {
            self.member.end_writing().map_err(Closed::Write)?;
        }
        Ok(())
    }

    /// Whether so little is unsent that more may be produced.
    pub(super) fn is_low(&mut self) -> bool {
        if Bug::TellsWritableAboveLow.is_planted() {
            return true;
        }
        let low = self.family().limits.output.low;
        let unsent = self.member.outbox().map_or(0, |out| out.unsent().len());
        unsent <= low
    }

    /// Whether something was sent of which no handler has been told.
    pub(super) fn takes_sent(&mut self) -> bool {
        let sent = self.has(Flag::Sent);
        self.mark(|place, tokens| place.clear(tokens, Flag::Sent));
        sent
    }

    /// A member that is closed: sends what is unsent first.
    pub(super) fn flush_and_leave(&mut self, why: Closed) -> Result<(), Closed> {
        match self.flush() {
            Ok(true) => self.leave(why),
            Ok(false) => {
                self.put_step(Step::Flush(why));
                Ok(())
            }
            Err(Closed::Overflow) => Err(Closed::Overflow),
            // The first reason counts.
            Err(_) => Err(why),
        }
    }

    /// All was sent. The peer is told so, and given time to read it.
    fn leave(&mut self, why: Closed) -> Result<(), Closed> {
        if Bug::ForgetsToLinger.is_planted() {
            return Err(why);
        }
        let limits = &self.family().limits;
        let (time, bytes) = (limits.linger, limits.linger_bytes);
        let gone = matches!(why, Closed::Ended(Ended::Eof | Ended::Io(_)));
        if !S::COLLECTS || gone || time.is_zero() || self.member.end_writing().is_err() {
            return Err(why);
        }
        let now = read_clock();
        let until = after(now, time);
        // Who was sent nothing lately, and sends nothing, need not be waited for. A
        // stop waits only for those who are sending.
        let idle = matches!(why, Closed::Ended(Ended::Idle));
        let lately = self.progress || !idle && self.was_busy_within(time);
        let waits = lately && !matches!(why, Closed::Stopped);
        self.linger(why, until, bytes, waits)
    }

    /// Reads and drops what still comes: to close with something unread would
    /// make the system throw away what the peer has not read yet. After so many
    /// bytes nothing more is read, but the peer still has its time.
    pub(super) fn linger(
        &mut self,
        why: Closed,
        until: Instant,
        mut bytes: usize,
        waits: bool,
    ) -> Result<(), Closed> {
        let mut buffer = [0; 4096];
        let mut read = false;
        while bytes > 0 {
            let most = bytes.min(buffer.len());
            match self.member.discard(&mut buffer[..most]) {
                Ok(0) => return Err(why),
                Ok(count) => {
                    bytes -= count;
                    read = true;
                }
                Err(error) if selector::would_block(&error) => break,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => return Err(why),
            }
        }
        if !waits && !read {
            return Err(why);
        }
        self.put_step(Step::Linger { why, until, bytes });
        Ok(())
    }

    /// Asks the poll for what is now to be known of the member.
    pub(super) fn watch(&mut self) {
        let token = self.token;
        let family = (self.hooks.family)(self.app);
        let Some(index) = family.find_any(token) else {
            return;
        };
        let away = family.places[index as usize].has(Flag::Away);
        // Who is on the way out is to be told of the peer's end, paused or not.
        let place = &family.places[index as usize];
        let held = place.is_held() && place.is_here();
        if Bug::LeavesTheResumedAway.is_planted() && away && !held {
            return;
        }
        let blocked = family.places[index as usize].has(Flag::Blocked);
        let asked = family.places[index as usize].has(Flag::Asked);
        let asks = blocked && S::COLLECTS && !asked;
        let stops_asking = selector::REARMS && asked && !blocked;
        if asks {
            family.set(index, Flag::Asked);
        } else if stops_asking {
            family.clear(index, Flag::Asked);
        }
        let returns = away && !held;
        if returns {
            family.clear(index, Flag::Away);
            family.going.goes_on(index);
        }
        if asks || stops_asking || returns || (away && held && family.going.takes_off(index)) {
            self.watch_anew();
        }
    }

    /// Asks the poll once more for what it was asked for.
    pub(super) fn watch_anew(&mut self) {
        let token = self.token;
        let interest = self.family().interest_of::<K>(token);
        self.watch_for(interest);
    }

    fn watch_for(&mut self, interest: Option<Interest>) {
        let (registry, source) = (self.cx.registry(), self.member.source());
        let Some(interest) = interest else {
            let _ = registry.deregister(source);
            return;
        };
        if registry.reregister(source, self.token, interest).is_ok() {
            return;
        }
        // It had been taken off, or the selector has dropped it.
        let _ = registry.deregister(source);
        if let Err(error) = registry.register(source, self.token, interest) {
            let token = self.token;
            let step = Step::Now(Closed::Register(error));
            self.family().apply_step(token, step);
        }
    }
}

impl<S> Family<S> {
    /// What the poll is asked for on behalf of a member, if anything.
    pub(super) fn interest_of<K>(&self, token: Token) -> Option<Interest>
    where
        S: Member<K>,
    {
        let place = &self.places[self.find_any(token)? as usize];
        let mut interest = self.interest?;
        if let Some(also) = S::ALSO {
            interest |= also;
        }
        if S::COLLECTS && !place.has(Flag::Asked) {
            interest = interest.remove(Interest::WRITABLE)?;
        }
        if S::COLLECTS && place.has(Flag::Asked) && !Bug::NeverAsksForRoom.is_planted() {
            interest |= Interest::WRITABLE;
        }
        if place.has(Flag::Away) {
            interest = interest.remove(Interest::READABLE)?;
            if let Some(also) = S::ALSO {
                interest = interest.remove(also)?;
            }
        }
        Some(interest)
    }

    /// Reading stops above the high watermark, and goes on at the low one.
    fn heed_marks(&mut self, token: Token, unsent: usize) {
        let limits = self.limits.output;
        if let Some(index) = self.find_any(token) {
            if Bug::NeverResumesBelowLow.is_planted() && unsent <= limits.low {
                return;
            }
            if unsent > limits.high && !Bug::HasNoHighWatermark.is_planted() {
                self.set(index, Flag::Full);
            } else if unsent <= limits.low && self.places[index as usize].has(Flag::Full) {
                self.clear(index, Flag::Full);
                self.places[index as usize].begin_anew();
                self.forget_wakes(index);
            }
        }
    }

    /// A drain could not write what was sent.
    pub(super) fn not_written(&mut self, state: &State, index: u32, error: io::Error) {
        if is_exhausted(&error) {
            self.try_later(index, after(read_clock(), state.config.retry_delay));
        } else {
            self.set_out(index, Step::Now(Closed::Write(error)));
        }
    }

    /// The system has run out of memory for it. No event will tell when it is
    /// better.
    fn try_later(&mut self, index: u32, until: Instant) {
        self.set(index, Flag::Blocked);
        if !Bug::NeverWritesAgain.is_planted() {
            self.going.rest(index, until);
        }
    }
}

/// Nothing is wrong with the connection; the system is out of buffers.
/// WSAENOBUFS is 10055.
pub(super) fn is_exhausted(error: &io::Error) -> bool {
    if Bug::TakesNoBuffersForFailed.is_planted() {
        return false;
    }
    #[cfg(unix)]
    let no_buffers = libc::ENOBUFS;
    #[cfg(not(unix))]
    let no_buffers = 10055;
    error.kind() == io::ErrorKind::OutOfMemory || error.raw_os_error() == Some(no_buffers)
}
