//! What is done with a member when the handler has returned that changed it, or
//! when something has become due: all of it is rare.

use std::io;
use std::panic::{self, AssertUnwindSafe};
use std::time::Duration;

use mio::Token;

use super::after::after_call;
use super::exchange::{take_along, take_along_of};
use super::going::Step;
use super::hooks::Hooks;
use super::leave::is_at_home;
use super::place::{Flag, Place};
use super::{Family, Member};
use crate::planted::Bug;
use crate::table::Kind;
use crate::tokens::index_of;
use crate::{BoxError, Closed, Context, Ended, Flow, Handlers, Input, Waking};

/// A member, taken out to be settled.
pub(super) struct Case<'a, 'c, A, S, K> {
    pub(super) app: &'a mut A,
    pub(super) cx: &'a mut Context<'c>,
    pub(super) input: &'a mut Input,
    pub(super) hooks: &'a Hooks<A, S, K>,
    pub(super) token: Token,
    pub(super) member: Box<S>,
    /// The poll knows it.
    pub(super) registered: bool,
    /// Something could be sent.
    pub(super) progress: bool,
}

/// Settles the member of a place, if one is there.
pub(super) fn settle<A: Handlers, S: Member<K>, K>(
    app: &mut A,
    cx: &mut Context<'_>,
    input: &mut Input,
    hooks: &Hooks<A, S, K>,
    index: u32,
) {
    let Some(mut case) = case_of(app, cx, input, hooks, index) else {
        return;
    };
    match panic::catch_unwind(AssertUnwindSafe(|| case.advance())) {
        Ok(Ok(())) => case.stay(),
        Ok(Err(why)) => case.depart(why),
        // A hook panicked. The member goes back, to leave from its place.
        Err(panic) => {
            let family = (hooks.family)(case.app);
            family.put_back_after_panic(case.token, case.member);
            panic::resume_unwind(panic)
        }
    }
}

/// Takes out the member of a place, if one is there.
pub(super) fn case_of<'a, 'c, A, S, K>(
    app: &'a mut A,
    cx: &'a mut Context<'c>,
    input: &'a mut Input,
    hooks: &'a Hooks<A, S, K>,
    index: u32,
) -> Option<Case<'a, 'c, A, S, K>> {
    let family = (hooks.family)(app);
    let place = family.places.get_mut(index as usize)?;
    place.clear(family.tokens, Flag::Noted);
    if cx.state.stopping && !cx.state.closing && family.waits_for_the_end(index) {
        return None;
    }
    let place = family.places.get_mut(index as usize)?;
    let member = place.member.take()?;
    let registered = !place.has(Flag::New);
    let token = family.token_of(index);
    Some(Case {
        app,
        cx,
        input,
        hooks,
        token,
        member,
        registered,
        progress: false,
    })
}

impl<A: Handlers, S: Member<K>, K> Case<'_, '_, A, S, K> {
    /// Takes the member as far as it comes now. The error is why it leaves.
    fn advance(&mut self) -> Result<(), Closed> {
        let at_home = is_at_home(&mut *self.member, self.token);
        let connecting = self.is_connecting();
        if connecting && at_home {
            if !self.connect()? {
                return Ok(());
            }
        } else if !self.registered {
            self.begin()?;
        } else if !at_home {
            self.register().map_err(Closed::Register)?;
            if connecting {
                // Nobody has been told of it yet.
                self.tell_opened();
            }
        }
        loop {
            match self.take_step() {
                Some(Step::Tell(why)) => self.tell(why),
                Some(Step::Now(why)) => return Err(why),
                Some(Step::Flush(why)) => return self.flush_and_leave(why),
                Some(Step::Linger { why, until, bytes }) => {
                    return self.linger(why, until, bytes, true);
                }
                None => {
                    self.flush()?;
                    self.tell_writable()?;
                    if !self.is_going() {
                        return self.stay_unless_over();
                    }
                }
            }
        }
    }

    /// A member that is new: registers it, and has `#[opened]` told.
    fn begin(&mut self) -> Result<(), Closed> {
        let index = index_of(self.token);
        self.family().connecting.forget(index);
        if let Some(step) = self.take_step() {
            let why = step.into_why();
            if !matches!(why, Closed::Left | Closed::Aborted) {
                // What was sent is tried once: a refusal can be a polite one.
                let _ = self.member.write_out();
            }
            return Err(why);
        }
        self.take_in()?;
        self.tell_opened();
        Ok(())
    }

    /// Registers a member that is new.
    pub(super) fn take_in(&mut self) -> Result<(), Closed> {
        if let Err(error) = self.register() {
            let _ = self.member.write_out();
            return Err(Closed::Register(error));
        }
        self.registered = true;
        self.mark(|place, tokens| place.clear(tokens, Flag::New));
        Ok(())
    }

    /// Tells `#[opened]` that the member can be used.
    pub(super) fn tell_opened(&mut self) {
        self.cx.state.counters.opened += 1;
        if let Some(opened) = self.hooks.opened {
            let result = self.call(opened);
            self.after(Kind::Opened, result);
        }
    }

    /// Asks the poll for a member's events, under the token of the place that it
    /// is in, and gives it what it has read elsewhere.
    fn register(&mut self) -> io::Result<()> {
        let token = self.token;
        self.take_along();
        if self.registered {
            // What is known is of the one who was here.
            self.family().forget_circumstances(token);
        }
        let interest = self.family().interest_of::<K>(token);
        let interest = interest.ok_or(io::ErrorKind::NotFound)?;
        let registry = self.cx.registry();
        let source = self.member.source();
        match registry.register(source, token, interest) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                if registry.reregister(source, token, interest).is_err() {
                    // The selector has dropped it by itself.
                    let _ = registry.deregister(source);
                    registry.register(source, token, interest)?;
                }
            }
            result => result?,
        }
        if let Some(home) = self.member.home() {
            *home = token;
            self.input.take_left(token.0);
        }
        let (state, registry) = self.cx.split();
        if let Err(error) = self.member.woken_by(&mut Waking::new(state, registry)) {
            let _ = registry.deregister(self.member.source());
            return Err(error);
        }
        let kept = self.member.take_kept();
        if !kept.is_empty() {
            self.input.bring(token.0, kept);
            self.mark(|place, tokens| place.set(tokens, Flag::Latched));
        }
        Ok(())
    }

    /// Tells `#[ended]` that reading is over. Without it, the member leaves.
    fn tell(&mut self, why: Ended) {
        if !Bug::TellsTheEndTwice.is_planted() {
            self.mark(|place, tokens| place.set(tokens, Flag::Ended));
        }
        let token = self.token;
        // Somebody else's hook may have stopped the loop meanwhile.
        let stopping = self.cx.state.stopping;
        let Some(ended) = self.hooks.ended.filter(|_| !stopping) else {
            if Bug::ClosesTheHalfClosed.is_planted() {
                let step = Step::Now(Closed::Ended(why));
                return self.family().apply_step(token, step);
            }
            let step = Step::Flush(Closed::Ended(why));
            return self.family().apply_step(token, step);
        };
        self.family().forget_step(token);
        // The error itself is for who can still answer it.
        let again = why.again();
        let (told, why) = (why, again);
        match self.call(|app, cx, member| ended(app, cx, member, told)) {
            Ok(Flow::Close) => {
                let step = Step::Flush(Closed::Ended(why));
                return self.family().apply_step(token, step);
            }
            // There is nothing left to pause.
            Ok(Flow::Pause) => self.after(Kind::Ended, Ok(Flow::Continue)),
            result => self.after(Kind::Ended, result),
        }
        if !self.is_going() && is_at_home(&mut *self.member, token) {
            // Half-open: nobody will look at what is left.
            self.input.take_left(token.0);
            let family = self.family();
            if let Some(index) = family.find_any(token) {
                family.going.stays_after(index, why);
            }
        }
    }

    /// Has a handler told of room to write, once for every send.
    pub(super) fn tell_writable(&mut self) -> Result<(), Closed> {
        let Some(writable) = self.hooks.writable.filter(|_| S::COLLECTS) else {
            return Ok(());
        };
        let mut left = self.cx.state.config.budget;
        loop {
            // Nobody is called after a stop.
            if self.cx.state.stopping {
                return Ok(());
            }
            if left == 0 || self.is_going() || !self.is_low() || !self.takes_sent() {
                break;
            }
            left -= 1;
            let result = self.call(writable);
            self.after(Kind::Writable, result);
            self.flush()?;
        }
        if self.has(Flag::Sent) && self.is_low() {
            // The rest in the next turn.
            let token = self.token;
            self.family().note_token(token);
        }
        Ok(())
    }

    /// With both directions over, there is nothing to stay for.
    fn stay_unless_over(&mut self) -> Result<(), Closed> {
        let finished = self.member.outbox().is_some_and(|out| out.has_finished());
        if !finished || !self.has(Flag::Ended) {
            return Ok(());
        }
        let token = self.token;
        let family = self.family();
        let index = family.find_any(token);
        let why = index.map_or(Ended::Eof, |index| family.going.end(index));
        let step = Step::Flush(Closed::Ended(why));
        self.family().apply_step(token, step);
        match self.take_step() {
            Some(Step::Flush(why)) => self.flush_and_leave(why),
            _ => Ok(()),
        }
    }

    /// Puts the member back where it was.
    fn stay(mut self) {
        let family = (self.hooks.family)(self.app);
        if let Some(out) = self.member.outbox() {
            out.give_back_to(&mut family.spare, family.limits.output);
        }
        self.watch();
        let (token, reframed) = (self.token, self.member.take_reframed());
        let news = self.member.has_news();
        let has_left = reframed && self.input.forget_seen(token.0);
        let family = (self.hooks.family)(self.app);
        let state = &mut *self.cx.state;
        if !is_at_home(&mut *self.member, token) {
            // A hook has put another here.
            family.put_back_noted(token, self.member);
            return;
        }
        let Some(index) = family.put_back(token, self.member) else {
            return;
        };
        if news {
            family.hear_of(index);
        }
        if has_left || news {
            family.latch(index, false);
        }
        family.queue_if_ready(state, index);
    }

    /// A member that was exchanged takes along what was read from it, and so do
    /// all others, before it is taken for that of somebody else.
    pub(super) fn take_along(&mut self) {
        if self.member.home().is_none_or(|home| *home == self.token) {
            return;
        }
        take_along_of(self.app, self.input, &mut *self.member, self.token);
        take_along(self.app, self.input);
    }

    pub(super) fn call<T>(
        &mut self,
        hook: impl FnOnce(&mut A, &mut Context<'_>, &mut S) -> T,
    ) -> T {
        self.cx.token = self.token;
        hook(self.app, self.cx, &mut self.member)
    }

    /// Does what a hook has asked for.
    pub(super) fn after(&mut self, kind: Kind, result: Result<Flow, BoxError>) {
        let family = &self.hooks.family;
        after_call(self.app, self.cx, family, self.token, kind, result);
    }

    /// What is next for the member, taken out.
    pub(super) fn take_step(&mut self) -> Option<Step> {
        let token = self.token;
        let family = self.family();
        let index = family.find_any(token)?;
        family.going.take(index)
    }

    pub(super) fn put_step(&mut self, step: Step) {
        let token = self.token;
        let family = self.family();
        if let Some(index) = family.find_any(token) {
            family.going.put(index, step);
        }
    }

    pub(super) fn was_busy_within(&mut self, time: Duration) -> bool {
        let token = self.token;
        let family = self.family();
        let index = family.find_any(token);
        index.is_some_and(|index| family.was_busy::<K>(index, time))
    }

    pub(super) fn is_going(&mut self) -> bool {
        let token = self.token;
        let family = self.family();
        let index = family.find_any(token);
        index.is_some_and(|index| family.going.has(index))
    }

    pub(super) fn family(&mut self) -> &mut Family<S> {
        (self.hooks.family)(self.app)
    }

    /// Changes what is known of the member, while its place is its own.
    pub(super) fn mark(&mut self, change: impl FnOnce(&mut Place<S>, crate::Tokens)) {
        let token = self.token;
        let family = self.family();
        if let Some(index) = family.find_any(token) {
            let tokens = family.tokens;
            change(&mut family.places[index as usize], tokens);
        }
    }

    pub(super) fn has(&mut self, flag: Flag) -> bool {
        let token = self.token;
        let family = self.family();
        let index = family.find_any(token);
        index.is_some_and(|index| family.places[index as usize].has(flag))
    }
}
