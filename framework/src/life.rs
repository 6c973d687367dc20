//! The life of a source in a loop: attached, read, paused, at rest, detached.
//!
//! Everything here is rare: a source that is plain is drained without a word.

use std::time::{Duration, Instant};

use crate::planted::Bug;
use crate::slot::Flag;
use crate::state::{Command, State, after, read_clock};
use crate::{Flow, Readiness};

impl State {
    /// Whether a source may be read now that is not plain. What may not is
    /// latched.
    #[inline(never)]
    pub(crate) fn may_read(&mut self, slot: usize, readable: bool) -> bool {
        let ready = match readable {
            true => Readiness::READABLE,
            false => Readiness::NONE,
        };
        if self.is_stale(slot) || self.awaits_its_turn(slot, ready) || self.holds_back(slot, ready)
        {
            return false;
        }
        let source = &mut self.slots[slot];
        let readable = (source.latch() | ready).is_readable();
        source.set_latch(source.latch().without(Readiness::READ_SIDE));
        readable
    }

    /// Whether an event is for a source that is not there any more. What comes
    /// from the ready queue is out of it now.
    pub(crate) fn is_stale(&mut self, slot: usize) -> bool {
        let source = &mut self.slots[slot];
        if self.queued {
            source.clear(Flag::Queued);
            return source.has(Flag::Detached);
        }
        if Bug::DispatchesToTheDetached.is_planted() {
            return false;
        }
        let stale = source.has(Flag::Detached) || source.has(Flag::Fresh);
        self.counters.stale_events += u64::from(stale);
        stale
    }

    /// Latches what came if the source is in the ready queue, which gives it
    /// its turn: an event is not to give it a second one.
    pub(crate) fn awaits_its_turn(&mut self, slot: usize, ready: Readiness) -> bool {
        let source = &mut self.slots[slot];
        let waits = source.has(Flag::Queued);
        if waits {
            source.set_latch(source.latch() | ready);
        }
        waits
    }

    /// Latches what came if reading is held, and takes a source that keeps
    /// waking the loop off the kernel.
    pub(crate) fn holds_back(&mut self, slot: usize, ready: Readiness) -> bool {
        let source = &mut self.slots[slot];
        if !source.is_held() {
            return false;
        }
        source.set_latch(source.latch() | ready.only(Readiness::READ_SIDE));
        if ready.is_readable() && !source.has(Flag::Away) {
            source.wakes = source.wakes.saturating_add(1);
            if source.wakes > self.config.wakes_while_paused {
                source.set(Flag::Away);
                self.counters.taken_off += 1;
                self.command(Command::TakeOff(slot));
            }
        }
        true
    }

    /// Whether the drain of a source may go on after a handler.
    pub(crate) fn goes_on(&self, slot: usize) -> bool {
        let source = &self.slots[slot];
        if Bug::GoesOnThoughPaused.is_planted() {
            return !source.has(Flag::Detached);
        }
        !source.is_held() && !source.has(Flag::Detached)
    }

    /// Does to a source what its handler asked for.
    pub(crate) fn apply(&mut self, slot: usize, flow: Flow) {
        match flow {
            Flow::Continue => {}
            Flow::Pause => self.pause(slot),
            Flow::Close | Flow::Leave => self.detach(slot),
            Flow::Stop => self.stop(),
        }
    }

    /// A drain leaves a source that may have more.
    #[cold]
    #[inline(never)]
    pub(crate) fn leave_latched(&mut self, slot: usize) {
        let source = &mut self.slots[slot];
        if source.has(Flag::Detached) {
            return;
        }
        source.set_latch(source.latch() | Readiness::READABLE);
        if !source.is_held() {
            self.queue(slot);
        }
    }

    pub(crate) fn queue(&mut self, slot: usize) {
        if !self.slots[slot].has(Flag::Queued) {
            self.slots[slot].set(Flag::Queued);
            self.unsettled = true;
            self.ready.push_back(self.slots[slot].token);
        }
    }

    pub(crate) fn rest(&mut self, slot: usize, length: Duration) {
        self.counters.rests += 1;
        // Not that of the turn: handlers may have run for long since.
        let now = read_clock();
        let until = after(now, length);
        self.slots[slot].set(Flag::Resting);
        self.slots[slot].wakes = 0;
        self.deadlines.remove(slot);
        self.deadlines.insert(until, slot);
        self.unsettled = true;
    }

    /// A source has nothing before a time; without one, nothing at all unless it is
    /// changed.
    pub(crate) fn wait_until(&mut self, slot: usize, time: Option<Instant>) {
        self.slots[slot].set(Flag::Resting);
        self.deadlines.remove(slot);
        match time {
            Some(time) => self.deadlines.insert(time, slot),
            None => {
                self.slots[slot].set(Flag::Unset);
                self.recount();
            }
        }
        self.unsettled = true;
    }

    /// A source was changed, and is to be asked again.
    #[cold]
    #[inline(never)]
    pub(crate) fn hear_of(&mut self, slot: usize) {
        if self.slots[slot].has(Flag::Detached) {
            return;
        }
        if self.slots[slot].has(Flag::Resting) {
            self.deadlines.remove(slot);
            self.slots[slot].clear(Flag::Resting);
        }
        if self.slots[slot].has(Flag::Unset) {
            self.slots[slot].clear(Flag::Unset);
            self.recount();
        }
        if self.slots[slot].has(Flag::Away) && !self.slots[slot].is_held() {
            self.command(Command::PutBack(slot));
        }
        self.leave_latched(slot);
    }

    pub(crate) fn pause(&mut self, slot: usize) {
        let source = &self.slots[slot];
        if source.is_attached() || source.has(Flag::Attaching) {
            self.slots[slot].set(Flag::Paused);
            self.slots[slot].wakes = 0;
            self.recount();
        }
    }

    pub(crate) fn resume(&mut self, slot: usize) {
        if self.slots[slot].has(Flag::Paused) {
            self.slots[slot].clear(Flag::Paused);
            self.recount();
            self.go_on(slot);
        }
    }

    /// Reading goes on, unless something else holds it.
    #[cold]
    #[inline(never)]
    pub(crate) fn go_on(&mut self, slot: usize) {
        let source = &self.slots[slot];
        if source.is_held() || source.has(Flag::Detached) {
            return;
        }
        if source.has(Flag::Away) {
            self.command(Command::PutBack(slot));
        }
        if self.slots[slot].latch().is_readable() {
            self.queue(slot);
        }
    }

    /// The source in the field is to be attached: what was known is of another.
    pub(crate) fn attach(&mut self, slot: usize) {
        self.slots[slot].reset(Flag::Detached);
        self.slots[slot].set(Flag::Attaching);
        self.deadlines.remove(slot);
        self.recount();
        self.command(Command::Attach(slot));
    }

    /// The source in the field has been registered.
    pub(crate) fn begin(&mut self, slot: usize) {
        let source = &mut self.slots[slot];
        source.registered = true;
        source.clear(Flag::Detached);
        source.clear(Flag::Attaching);
        source.set(Flag::Fresh);
        self.recount();
    }

    #[cold]
    #[inline(never)]
    pub(crate) fn detach(&mut self, slot: usize) {
        // Closing wins over an `attach` of the same handler: it is not `Attaching`.
        self.slots[slot].reset(Flag::Detached);
        self.deadlines.remove(slot);
        self.recount();
        if self.slots[slot].registered {
            self.command(Command::Detach(slot));
        }
    }
}
