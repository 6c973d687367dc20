//! What the loop does with all families of an application.

use std::any::Any;
use std::mem;
use std::panic::{self, AssertUnwindSafe};
use std::time::{Duration, Instant};

use mio::Interest;

use super::depart::see_off;
use super::exchange::take_along;
use super::going::Step;
use super::place::Flag;
use super::settle::{case_of, settle as settle_member};
use super::sweep::most_ages;
use super::{Family, Hooks, Member, Visitor};
use crate::planted::Bug;
use crate::state::{BUSY_PACE, State, read_clock};
use crate::{Budget, Closed, Context, Error, Handlers, Input, table};

/// Settles the members that were noted, and finds out what is next. What is
/// noted meanwhile waits for the next turn.
pub(crate) fn settle<A: Handlers>(app: &mut A, cx: &mut Context<'_>, input: &mut Input) {
    app.families(&mut Prepare {
        state: cx.state,
        input,
    });
    app.families(&mut Settle { cx, input });
    let mut outlook = Outlook {
        stopping: cx.state.stopping,
        ..Outlook::default()
    };
    app.families(&mut outlook);
    cx.state.look_ahead(outlook);
}

/// What was noted late is taken up with the rest.
pub(crate) fn take_up<A: Handlers>(app: &mut A) {
    app.families(&mut TakeUp);
}

/// Lets members grow older.
pub(crate) fn sweep<A: Handlers>(app: &mut A, now: Instant, each_turn_looked: bool) {
    let most = most_ages(each_turn_looked);
    app.families(&mut Sweep { now, most });
}

/// Notes those whose time has come.
pub(crate) fn expire<A: Handlers>(app: &mut A, now: Instant) {
    app.families(&mut Expire { now });
}

/// Sends every member on its way out.
pub(crate) fn stop_all<A: Handlers>(app: &mut A) {
    app.families(&mut Stop);
}

/// After a panic nobody knows what was left undone: each member is looked at.
/// Whether it was for a member that a handler panicked.
pub(crate) fn recover<A: Handlers>(app: &mut A) -> bool {
    let mut recover = Recover { member: false };
    app.families(&mut recover);
    recover.member
}

/// Every member leaves at once, whatever the hooks do. A panic of theirs goes on
/// when all have left.
pub(crate) fn close_all<A: Handlers>(app: &mut A, cx: &mut Context<'_>, input: &mut Input) {
    cx.state.closing = true;
    let mut close = Close {
        cx,
        input,
        panic: None,
    };
    app.families(&mut close);
    if let Some(panic) = close.panic {
        if !std::thread::panicking() {
            panic::resume_unwind(panic);
        }
    }
}

/// What the loop is to know of the families between two settlements.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Outlook {
    /// The loop stops.
    stopping: bool,
    /// Members, with those on their way out; while the loop stops, those only.
    pub(crate) members: usize,
    /// Members that are paused, with nothing to be sent to them.
    pub(crate) asleep: usize,
    /// Members have left, or are about to: there may be room for others.
    pub(crate) room: bool,
    /// Something was noted for the next turn.
    pub(crate) later: bool,
    /// When the next deadline is.
    pub(crate) due: Option<Instant>,
    /// How long the poll may sleep with nothing due but sweeps.
    pub(crate) pace: Option<Duration>,
    /// Whether that is [`BUSY_PACE`] or more.
    pub(crate) slow: bool,
    /// There are deadlines that are to be on time.
    pub(crate) on_time: bool,
}

struct Prepare<'a> {
    state: &'a mut State,
    input: &'a mut Input,
}

impl<A: Handlers> Visitor<A> for Prepare<'_> {
    fn visit<S: Member<K>, K>(&mut self, app: &mut A, hooks: Hooks<A, S, K>) {
        let family = (hooks.family)(app);
        if family.interest.is_none() {
            family.interest = Some(interest::<A, S, K>(&hooks));
            family.tells_writable = hooks.writable.is_some();
            family.room_made = true;
            family.is_fresh = true;
        }
        if family.tokens != hooks.tokens {
            let other = other_tokens::<A>(family.tokens, hooks.tokens.number());
            self.state.fail(other);
        }
        mem::swap(&mut family.due, &mut family.noted);
        let due = family.are_exchanged(|family| &family.due);
        if due || family.are_exchanged(|family| &family.later) {
            take_along(app, self.input);
        }
    }
}

fn interest<A: Handlers, S: Member<K>, K>(hooks: &Hooks<A, S, K>) -> Interest {
    let asked = table::interest_of_family(A::TABLE, hooks.tokens);
    match asked {
        Some(interest) if S::DRAINED => interest | Interest::READABLE,
        Some(interest) => interest,
        None => Interest::READABLE,
    }
}

fn other_tokens<A: Handlers>(built: crate::Tokens, number: u8) -> Error {
    let row = A::TABLE
        .iter()
        .find(|row| row.tokens.is_some_and(|tokens| tokens.number() == number));
    Error::OtherTokens {
        field: row.map_or("", |row| row.source),
        token_name: row.map_or("", |row| row.token_name),
        handler: row.map_or("", |row| row.handler),
        number,
        built: built.number(),
    }
}

struct Settle<'a, 'c> {
    cx: &'a mut Context<'c>,
    input: &'a mut Input,
}

impl<A: Handlers> Visitor<A> for Settle<'_, '_> {
    fn visit<S: Member<K>, K>(&mut self, app: &mut A, hooks: Hooks<A, S, K>) {
        let mut due = mem::take(&mut (hooks.family)(app).due);
        for index in due.drain(..) {
            if (hooks.family)(app).interest.is_none() {
                // A hook has put another family here, which nobody has prepared.
                break;
            }
            settle_member(app, self.cx, self.input, &hooks, index);
        }
        let family = (hooks.family)(app);
        if family.due.capacity() == 0 {
            family.due = due;
        }
        while let Some((token, orphan)) = (hooks.family)(app).orphans.pop() {
            see_off(app, self.cx, self.input, &hooks, token, orphan);
        }
        let family = (hooks.family)(app);
        if mem::take(&mut family.is_fresh) {
            // Those of the family that was here before are not.
            let gone = |token| hooks.tokens.contains(token) && family.find_any(token).is_none();
            self.input.forget(gone);
            self.cx.state.waiting.forget(gone);
            self.cx.state.remotes.forget_all(gone);
        }
    }
}

impl<A> Visitor<A> for Outlook {
    fn visit<S: Member<K>, K>(&mut self, app: &mut A, hooks: Hooks<A, S, K>) {
        let family = (hooks.family)(app);
        family.have_memory::<K>();
        family.connecting.are_by_hooks(&family.noted);
        family.later.append(&mut family.noted);
        self.later |= !family.later.is_empty();
        self.room |= mem::take(&mut family.room_made);
        self.members += match self.stopping {
            true => family.leaving(),
            false => family.used(),
        };
        // Only whether all of them are asleep matters.
        let all_paused = family.paused > 0 && family.paused >= family.used();
        if !self.stopping && (all_paused || S::BUDGET == Budget::Accepts) {
            self.asleep += family.asleep();
        }
        let due = family.plan(read_clock);
        self.due = self.due.into_iter().chain(due).min();
        self.pace = self.pace.into_iter().chain(family.pace()).min();
        self.slow = self.pace.is_some_and(|pace| pace >= BUSY_PACE);
        self.on_time |= family.is_on_time();
    }
}

impl<S> Family<S> {
    /// Members that are not left to wait for the end of a stop.
    fn leaving(&self) -> usize {
        let all = self.all_places().into_iter();
        all.filter(|index| !self.waits_for_the_end(*index)).count()
    }

    /// While the loop stops, one that is inserted waits for the end, whatever becomes
    /// of it: or those that hooks insert again and again would never end. Those that
    /// were there before have been told to go.
    pub(super) fn waits_for_the_end(&self, index: u32) -> bool {
        self.places[index as usize].has(Flag::New) && !self.going.is_stopped(index)
    }

    /// How many members nothing can happen to but by somebody else's doing.
    fn asleep<K>(&mut self) -> usize
    where
        S: Member<K>,
    {
        let mut asleep = 0;
        for index in self.all_places() {
            let waits_for_room = !self.going.rests(index);
            let place = &mut self.places[index as usize];
            let waits = place.has(Flag::Resting) && waits_for_room;
            let held = place.has(Flag::Paused) || waits;
            let member = place.member.as_deref_mut();
            let out = member.and_then(|member| member.outbox());
            let silent = out.is_none_or(|out| out.unsent().is_empty());
            let waits = place.has(Flag::Going) || self.connecting.has(index);
            asleep += usize::from(held && silent && !waits);
        }
        asleep
    }
}

struct TakeUp;

impl<A> Visitor<A> for TakeUp {
    fn visit<S: Member<K>, K>(&mut self, app: &mut A, hooks: Hooks<A, S, K>) {
        let family = (hooks.family)(app);
        family.noted.append(&mut family.later);
    }
}

struct Sweep {
    now: Instant,
    most: u32,
}

impl<A> Visitor<A> for Sweep {
    fn visit<S: Member<K>, K>(&mut self, app: &mut A, hooks: Hooks<A, S, K>) {
        (hooks.family)(app).sweep(self.now, self.most);
    }
}

struct Expire {
    now: Instant,
}

impl<A> Visitor<A> for Expire {
    fn visit<S: Member<K>, K>(&mut self, app: &mut A, hooks: Hooks<A, S, K>) {
        (hooks.family)(app).expire(self.now);
    }
}

struct Recover {
    member: bool,
}

impl<A> Visitor<A> for Recover {
    fn visit<S: Member<K>, K>(&mut self, app: &mut A, hooks: Hooks<A, S, K>) {
        let family = (hooks.family)(app);
        self.member |= mem::take(&mut family.panicked);
        // Perhaps a hook has panicked that had connected before.
        family.connecting.are_by_hooks(&family.noted);
        family.note_all();
    }
}

struct Stop;

impl<A> Visitor<A> for Stop {
    fn visit<S: Member<K>, K>(&mut self, app: &mut A, hooks: Hooks<A, S, K>) {
        let family = (hooks.family)(app);
        for index in family.all_places() {
            if Bug::StopDropsUnsent.is_planted() {
                family.set_out(index, Step::Now(Closed::Stopped));
            }
            family.set_out(index, Step::Flush(Closed::Stopped));
        }
    }
}

struct Close<'a, 'c> {
    cx: &'a mut Context<'c>,
    input: &'a mut Input,
    panic: Option<Box<dyn Any + Send>>,
}

impl<A: Handlers> Visitor<A> for Close<'_, '_> {
    fn visit<S: Member<K>, K>(&mut self, app: &mut A, hooks: Hooks<A, S, K>) {
        for index in (hooks.family)(app).all_places() {
            let leaves = AssertUnwindSafe(|| {
                if let Some(case) = case_of(app, self.cx, self.input, &hooks, index) {
                    case.leave_at_once();
                }
            });
            if let Err(panic) = panic::catch_unwind(leaves) {
                self.panic.get_or_insert(panic);
            }
        }
        (hooks.family)(app).forget_the_loop();
        while let Some((token, orphan)) = (hooks.family)(app).orphans.pop() {
            let leaves =
                AssertUnwindSafe(|| see_off(app, self.cx, self.input, &hooks, token, orphan));
            if let Err(panic) = panic::catch_unwind(leaves) {
                self.panic.get_or_insert(panic);
            }
        }
    }
}

impl<S> Family<S> {
    pub(super) fn all_places(&self) -> Vec<u32> {
        let places = self.places.iter().zip(0..);
        let used = places.filter(|(place, _)| !place.has(Flag::Free));
        used.map(|(_, index)| index).collect()
    }

    /// Back to a family without a loop. Those that were inserted while the
    /// others left are for the next one.
    fn forget_the_loop(&mut self) {
        self.interest = None;
        self.panicked = false;
        self.sweeps = super::Sweeps::default();
        self.note_all();
    }

    fn note_all(&mut self) {
        self.due.clear();
        self.later.clear();
        self.noted.clear();
        for index in self.all_places() {
            self.clear(index, Flag::Noted);
            self.note(index);
        }
    }
}
