//! An application in a loop: registered, turned, and deregistered whatever
//! happens.

use std::any::type_name;
use std::mem;
use std::panic::{self, AssertUnwindSafe};
use std::time::Duration;

use mio::Token;

use crate::attend::attend;
use crate::driven::Driven;
use crate::family;
use crate::planted::Bug;
use crate::registration::{attach_all, detach};
use crate::state::{BUSY_PACE, read_clock};
use crate::system::{Events, holds_events, is_asleep, note_turned};
use crate::table;
use crate::{Context, Error, EventLoop, Handlers, Input, Panics, Readiness, Result, Turn};

/// Deregisters everything when it is dropped, unless it is to be kept.
pub(crate) struct Session<'a, A: Handlers> {
    event_loop: &'a mut EventLoop,
    app: &'a mut A,
    kept: bool,
}

impl<'a, A: Handlers> Session<'a, A> {
    /// A new session, with every source registered.
    pub(crate) fn open(event_loop: &'a mut EventLoop, app: &'a mut A) -> Result<Self> {
        if let Some(driven) = event_loop.driven {
            if !Driven::is::<A>(Some(driven)) {
                return Err(Error::OtherApplication {
                    driven: driven.name,
                    other: type_name::<A>(),
                });
            }
            // An error that was noted between turns is not to be forgotten.
            let failure = event_loop.state.failure.take();
            drop(Session::of(event_loop, app));
            if let Some(error) = failure {
                return Err(error);
            }
        }
        const { table::check::<A>() };
        let session = Session::of(event_loop, app);
        session.event_loop.driven = Some(Driven::by::<A>());
        session.event_loop.state.has_families = A::FAMILIES;
        attach_all(session.app, session.event_loop)?;
        session.event_loop.state.attention |= A::FAMILIES || session.app.is_noted();
        Ok(session)
    }

    /// The session that an earlier turn kept, or a new one.
    pub(crate) fn resume(event_loop: &'a mut EventLoop, app: &'a mut A) -> Result<Self> {
        if Driven::is::<A>(event_loop.driven) {
            // What the host has done to families since.
            if app.is_noted() {
                event_loop.state.attention = true;
                event_loop.state.unsettled = true;
            }
            return Ok(Session::of(event_loop, app));
        }
        Session::open(event_loop, app)
    }

    pub(crate) fn of(event_loop: &'a mut EventLoop, app: &'a mut A) -> Self {
        note_turned(&event_loop.poll);
        if let Some(wake) = &event_loop.state.wake {
            wake.note_thread();
        }
        Session {
            event_loop,
            app,
            kept: false,
        }
    }

    pub(crate) fn keep(mut self) {
        self.kept = true;
    }

    /// Turns until the application is stopped, or nothing is left that could
    /// ever happen.
    ///
    /// A function of its own: with what comes before and after, it would be too
    /// large to be optimised well.
    #[inline(never)]
    pub(crate) fn run(&mut self) -> Result<()> {
        let mut events = self.event_loop.take_events();
        let all = |session: &mut Self, events: &mut Events| -> Result<()> {
            while session.turn(None, events)? {}
            Ok(())
        };
        if self.survives() {
            self.survive(&mut events, all)?;
        } else {
            all(self, &mut events)?;
        }
        self.event_loop.events = events;
        Ok(())
    }

    /// Whether a panic for a member ends nobody else.
    fn survives(&self) -> bool {
        A::FAMILIES && self.event_loop.state.config.panics == Panics::CloseMember
    }

    /// Does something that may call handlers, and goes on with it when one of
    /// them has panicked for a member, which leaves.
    #[cold]
    #[inline(never)]
    fn survive<T>(
        &mut self,
        events: &mut Events,
        does: impl Fn(&mut Self, &mut Events) -> Result<T>,
    ) -> Result<T> {
        loop {
            let done = panic::catch_unwind(AssertUnwindSafe(|| does(self, events)));
            let panic = match done {
                Ok(result) => return result,
                Err(panic) => panic,
            };
            if !family::recover(self.app) {
                panic::resume_unwind(panic);
            }
            self.event_loop.state.go_over_events_again();
        }
    }

    /// One turn for a host, and what it is to know.
    pub(crate) fn turn_once(&mut self, limit: Option<Duration>) -> Result<Turn> {
        self.only_turn(limit)?;
        Ok(self.answer(limit.is_none()))
    }

    /// One turn of a loop that runs. Whether it goes on.
    pub(crate) fn only_turn(&mut self, limit: Option<Duration>) -> Result<bool> {
        let mut events = self.event_loop.take_events();
        let goes_on = if self.survives() {
            self.survive(&mut events, |session, events| {
                session.one_turn(limit, events)
            })
        } else {
            self.one_turn(limit, &mut events)
        };
        self.event_loop.events = events;
        goes_on
    }

    #[inline(never)]
    fn one_turn(&mut self, limit: Option<Duration>, events: &mut Events) -> Result<bool> {
        self.turn(limit, events)
    }

    /// A turn with one event of somebody's making in place of the poll's.
    pub(crate) fn deliver(&mut self, token: Token, ready: Readiness) -> Result<Turn> {
        let mut events = self.event_loop.take_events();
        let delivered = if self.survives() {
            self.survive(&mut events, |session, _| session.deliver_once(token, ready))
        } else {
            self.deliver_once(token, ready)
        };
        self.event_loop.events = events;
        delivered?;
        Ok(self.answer(false))
    }

    fn deliver_once(&mut self, token: Token, ready: Readiness) -> Result<()> {
        if self.do_what_was_noted()? {
            let event_loop = &mut *self.event_loop;
            let mut cx = Context::new(&mut event_loop.state, event_loop.poll.registry());
            cx.token = token;
            self.app
                .dispatch(&mut cx, &mut event_loop.input, token, ready);
        }
        self.settle()
    }

    /// Does what was noted between turns. Whether the loop goes on.
    fn do_what_was_noted(&mut self) -> Result<bool> {
        let event_loop = &mut *self.event_loop;
        let mut goes_on = true;
        if event_loop.state.attention || event_loop.state.outlook.later {
            if A::FAMILIES {
                family::take_up(self.app);
            }
            let mut cx = Context::new(&mut event_loop.state, event_loop.poll.registry());
            goes_on = attend(self.app, &mut cx, &mut event_loop.input)?;
            cx.state.slots.settle();
        }
        event_loop.state.forget_now();
        event_loop.input.begin_turn(None);
        Ok(goes_on)
    }

    /// One turn: waits, and dispatches the events, then the sources that had
    /// been left when the turn began. `false` if nothing is left to wait for.
    ///
    /// The only place on the hot way that calls `dispatch`, so that all of it can
    /// be inlined; see also `dispatch_apart`.
    #[inline(always)]
    fn turn(&mut self, limit: Option<Duration>, events: &mut Events) -> Result<bool> {
        if !self.event_loop.state.unsettled {
            self.wait(limit, events)?;
            if is_asleep(&self.event_loop.poll) {
                return Ok(true);
            }
            self.event_loop.input.begin_turn(None);
            if A::FAMILIES && self.event_loop.state.members_seem_due(events.is_empty()) {
                self.grow_older();
            }
        } else if !self.begin(limit, events)? {
            return Ok(false);
        } else if is_asleep(&self.event_loop.poll) {
            return Ok(true);
        }
        let event_loop = &mut *self.event_loop;
        let mut cx = Context::new(&mut event_loop.state, event_loop.poll.registry());
        let mut rest = events.iter();
        loop {
            let (token, ready) = match rest.next() {
                Some(event) if A::FAMILIES => (event.token(), Readiness::from(event)),
                Some(event) => (event.token(), Readiness::bit_by_bit(event)),
                None if !cx.state.unsettled && !is_full(events) => return Ok(true),
                None => match cx.state.next_due() {
                    Some(token) => (token, Readiness::NONE),
                    None => break,
                },
            };
            let input = &mut event_loop.input;
            cx.token = token;
            if A::FAMILIES && !ready.is_plainly_readable() {
                cx.aside(|cx| dispatch_apart(self.app, cx, input, token, ready));
            } else {
                self.app.dispatch(&mut cx, input, token, ready);
            }
            let noted = cx.state.attention || self.app.is_noted();
            if noted && !cx.aside(|cx| attend(self.app, cx, input))? {
                break;
            }
        }
        self.event_loop.state.overfull = is_full(events);
        if is_full(events) {
            self.event_loop.grow(events);
        }
        self.settle()?;
        Ok(true)
    }

    /// Waits for events, with nothing due but sweeps of families.
    ///
    /// After a turn with events for a constant time, if that is not too long: to
    /// convert another for the system costs a good part of what a message does.
    #[inline(always)]
    fn wait(&mut self, limit: Option<Duration>, events: &mut Events) -> Result<()> {
        if !A::FAMILIES {
            return self.event_loop.wait(limit, events);
        }
        if limit.is_none() && self.event_loop.state.outlook.slow && !events.is_empty() {
            return self.event_loop.wait(Some(BUSY_PACE), events);
        }
        self.wait_quietly(limit, events)
    }

    #[inline(never)]
    fn wait_quietly(&mut self, limit: Option<Duration>, events: &mut Events) -> Result<()> {
        let timeout = self.event_loop.state.quiet_timeout(limit);
        self.event_loop.wait(timeout, events)
    }

    /// The beginning of a turn that is more than events: does what was noted
    /// between turns, and waits no longer than until something is due. `false`
    /// if nothing is left to wait for.
    #[inline(never)]
    fn begin(&mut self, limit: Option<Duration>, events: &mut Events) -> Result<bool> {
        self.do_what_was_noted()?;
        let event_loop = &mut *self.event_loop;
        if event_loop.state.is_finished(limit.is_none()) {
            return Ok(false);
        }
        if !mem::take(&mut event_loop.state.events_again) {
            let timeout = event_loop.state.timeout(limit);
            event_loop.wait(timeout, events)?;
            if is_asleep(&event_loop.poll) {
                return Ok(true);
            }
        }
        event_loop.state.begin_turn();
        event_loop.input.begin_turn(event_loop.state.known_now());
        if A::FAMILIES && event_loop.state.members_are_due() {
            self.grow_older();
        }
        Ok(true)
    }

    /// The members of families grow older before the events of the turn, and
    /// are late, if they still are, after them: who has sent something in time is
    /// not to be closed because the process was stopped.
    #[cold]
    #[inline(never)]
    fn grow_older(&mut self) {
        let each_turn_looked = self.event_loop.state.each_turn_looked;
        family::sweep(self.app, read_clock(), each_turn_looked);
        if Bug::ExpiresBeforeReading.is_planted() {
            family::expire(self.app, read_clock());
        }
        self.event_loop.state.grown = true;
        self.event_loop.state.unsettled = true;
    }

    /// The end of a turn that was more than events.
    #[inline(never)]
    fn settle(&mut self) -> Result<()> {
        let event_loop = &mut *self.event_loop;
        if A::FAMILIES && event_loop.state.may_be_late() {
            family::expire(self.app, read_clock());
            event_loop.state.attention = true;
        }
        if event_loop.state.attention || self.app.is_noted() {
            let mut cx = Context::new(&mut event_loop.state, event_loop.poll.registry());
            attend(self.app, &mut cx, &mut event_loop.input)?;
        }
        event_loop.state.settle();
        Ok(())
    }

    fn answer(&mut self, waits_for_ever: bool) -> Turn {
        let state = &mut self.event_loop.state;
        let finished = state.is_finished(waits_for_ever);
        let again = if finished {
            None
        } else if holds_events(&self.event_loop.poll) {
            Some(Duration::ZERO)
        } else {
            state.timeout(None)
        };
        Turn { again, finished }
    }
}

impl<A: Handlers> Drop for Session<'_, A> {
    fn drop(&mut self) {
        if self.kept {
            return;
        }
        let EventLoop {
            poll,
            state,
            input,
            driven,
            ..
        } = &mut *self.event_loop;
        *driven = None;
        for (slot, source) in state.slots.iter_mut().enumerate() {
            if source.used {
                detach(self.app, poll.registry(), input, slot, source);
            }
        }
        if A::FAMILIES {
            let mut cx = Context::new(state, poll.registry());
            family::close_all(self.app, &mut cx, input);
        }
        state.clear();
    }
}

/// Whether the poll reported as many events as there is room for: there may be
/// more.
#[inline(always)]
fn is_full(events: &Events) -> bool {
    events.iter().size_hint().0 == events.capacity()
}

/// Dispatches what says anything but that there is something to read. The other
/// copy of the code of `dispatch`, which is hot for members, is better without
/// it.
#[inline(never)]
fn dispatch_apart<A: Handlers>(
    app: &mut A,
    cx: &mut Context<'_>,
    input: &mut Input,
    token: Token,
    ready: Readiness,
) {
    app.dispatch(cx, input, token, ready);
}
