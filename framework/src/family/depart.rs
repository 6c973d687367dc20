//! A member leaves: its place is free, and `#[closed]` is told.

use std::panic::{self, AssertUnwindSafe};

use mio::Token;

use super::Member;
use super::going::Step;
use super::hooks::Hooks;
use super::leave::is_at_home;
use super::settle::Case;
use crate::connection::NOWHERE;
use crate::planted::Bug;
use crate::table::Kind;
use crate::telling::member_failed;
use crate::{Closed, Context, Flow, Handlers, Input};

/// Sees off a member that has no place any more.
pub(super) fn see_off<A: Handlers, S: Member<K>, K>(
    app: &mut A,
    cx: &mut Context<'_>,
    input: &mut Input,
    hooks: &Hooks<A, S, K>,
    token: Token,
    member: Box<S>,
) {
    let case = Case {
        app,
        cx,
        input,
        hooks,
        token,
        member,
        registered: true,
        progress: false,
    };
    case.depart(Closed::Replaced);
}

impl<A: Handlers, S: Member<K>, K> Case<'_, '_, A, S, K> {
    /// The loop ends: what can be sent at once is sent.
    pub(super) fn leave_at_once(mut self) {
        let why = self.take_step().map_or(Closed::Stopped, Step::into_why);
        if !matches!(why, Closed::Left | Closed::Aborted) {
            let _ = self.member.write_out();
        }
        self.depart(why);
    }

    /// The member leaves. Its place is free before anybody is told.
    pub(super) fn depart(mut self, why: Closed) {
        if Bug::DropsTheUnregistered.is_planted() && matches!(why, Closed::Register(_)) {
            return;
        }
        let token = self.token;
        let at_home = is_at_home(&mut *self.member, token);
        self.take_along();
        if self.registered {
            let _ = self.cx.registry().deregister(self.member.source());
        }
        // Of one who is not at home it is not.
        let left = self.input.take_left(token.0);
        if at_home && !left.is_empty() && !Bug::LeavesUnreadBehind.is_planted() {
            self.member.keep(left);
        }
        if let Some(home) = self.member.home() {
            *home = NOWHERE;
        }
        self.family().vacate(token);
        let unsent = self
            .member
            .outbox()
            .is_some_and(|out| !out.unsent().is_empty());
        let kept = matches!(why, Closed::Left | Closed::Aborted);
        self.cx.state.counters.cut += u64::from(unsent && !kept);
        self.cx.state.counters.count(&why);
        self.cx.token = token;
        self.cx.state.remotes.forget(token);
        if S::STRANGERS {
            self.cx.state.waiting.forget(|waiting| waiting == token);
        }
        let hooks = self.hooks;
        let (app, cx, member) = (&mut *self.app, &mut *self.cx, *self.member);
        let told = AssertUnwindSafe(|| tell_closed(app, cx, hooks, token, member, why));
        if let Err(panic) = panic::catch_unwind(told) {
            (hooks.family)(self.app).panicked = true;
            panic::resume_unwind(panic)
        }
    }
}

/// Tells `#[closed]`, or else `#[failed]` if it was an error.
fn tell_closed<A: Handlers, S, K>(
    app: &mut A,
    cx: &mut Context<'_>,
    hooks: &Hooks<A, S, K>,
    token: Token,
    member: S,
    why: Closed,
) {
    let error = match hooks.closed {
        None => why.into_error(),
        Some(closed) => {
            let result = closed(app, cx, member, why);
            cx.state.name_failure_of::<A>(hooks.tokens, Kind::Closed);
            if let Ok(Flow::Stop) = result {
                cx.state.stop();
            }
            result.err()
        }
    };
    if let Some(error) = error {
        if let Flow::Stop = member_failed(app, cx, hooks.tokens, Kind::Closed, token, error) {
            cx.state.stop();
        }
    }
}
