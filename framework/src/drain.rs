//! Sources of items, and the loop that drains them: the only one that knows
//! `WouldBlock`.

use std::io;
use std::num::NonZeroU32;
use std::time::{Duration, Instant};

use mio::event::Source;

use crate::planted::Bug;
pub use crate::raw::{raw, writable};
use crate::selector;
use crate::slot::Flag;
use crate::table::{self, Kind, Slot};
use crate::telling::{handler_failed, source_ended};
use crate::{BoxError, Config, Context, Ended, Flow, Handlers, Input, Readiness, Waking};

/// A source that yields items until it would block.
///
/// Implement it for a source of your own, and `#[handler(token = …)]` is called
/// with each item. On Unix anything with a file descriptor becomes an event
/// source in [`Fd`](crate::Fd).
///
/// # Examples
///
/// The output of a child process, in the chunks in which it comes. The item
/// borrows the loop's input buffer: nothing is copied or allocated.
///
/// ```
/// # #[cfg(unix)] mod unix {
/// use miocene::mio::event::Source;
/// use miocene::{Drain, Fd, Input, Next};
/// use std::io::{self, Read};
/// use std::process::ChildStdout;
///
/// struct Output(Fd<ChildStdout>);
///
/// impl Drain for Output {
///     type Item<'b> = &'b [u8];
///
///     fn source(&mut self) -> &mut dyn Source {
///         &mut self.0
///     }
///
///     fn next<'b>(&mut self, input: &'b mut Input) -> io::Result<Next<&'b [u8]>> {
///         match input.fill(|buffer| self.0.read(buffer))? {
///             0 => Ok(Next::End),
///             count => Ok(Next::Item(input.take(count))),
///         }
///     }
/// }
/// # }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a source of items",
    label = "cannot be drained",
    note = "a field that only some system call can read, such as a mio socket, is handled by `#[handler(token = …, interest = READABLE, raw)]`; a type of your own can implement `miocene::Drain`",
    note = "a `Connection` is a member of a `Family`, if need be of a family of one: `#[handler(tokens = …)]`",
    note = "the field must hold the source itself: not an `Option`, a collection or a reference of it. Many sources of one kind are a `Family`: `#[handler(tokens = …)]`. A source that comes and goes is detached by `Flow::Close` and attached by `cx.attach(TOKEN)`"
)]
pub trait Drain {
    /// What a handler is called with. It may borrow the loop's input buffer.
    type Item<'b>;

    /// Whether the items are strangers, as the connections of a listener or
    /// the datagrams of a socket are. The error of a handler then costs the
    /// item that caused it, and never ends the loop.
    const STRANGERS: bool = false;

    /// How many items one drain may take.
    const BUDGET: Budget = Budget::Items;

    /// The event source to be registered with the poll.
    fn source(&mut self) -> &mut dyn Source;

    /// The next item, or why there is none.
    ///
    /// # Errors
    ///
    /// [`WouldBlock`](io::ErrorKind::WouldBlock) means [`Next::Dry`], so that
    /// `?` after a non-blocking operation does the right thing.
    /// [`Interrupted`](io::ErrorKind::Interrupted) means [`Next::More`]. Any
    /// other error is the end of the source: it is detached, and `#[ended]` or
    /// else `#[failed]` is told, or else [`run`](crate::EventLoop::run) ends.
    fn next<'b>(&mut self, input: &'b mut Input) -> io::Result<Next<Self::Item<'b>>>;

    /// Where the source keeps what was read from it and not yielded, while no
    /// loop drives it: bytes that were left in [`Input`] when a run ended, or
    /// when a handler closed it. They are there again when it is attached.
    ///
    /// Provided: nowhere, and the bytes are dropped. A source that leaves
    /// bytes in `Input` and is to survive a stop without a loss has a `Vec`
    /// for them and returns it here.
    ///
    /// They are at most [`Input::CAPACITY`] bytes, and more than that cannot be
    /// attached. They are given to the source that is in the field when the handler has
    /// returned. One that puts another source there does not return
    /// [`Flow::Close`]: it calls [`cx.attach`](Context::attach).
    fn kept(&mut self) -> Option<&mut Vec<u8>> {
        None
    }

    /// Told when it is attached to a loop: a source that is filled by something else
    /// than the system gets here what wakes the loop. Provided: does nothing.
    ///
    /// # Errors
    ///
    /// When it cannot be woken; it is not attached then.
    #[inline(always)]
    fn woken_by(&mut self, waking: &mut Waking<'_>) -> io::Result<()> {
        let _ = waking;
        Ok(())
    }

    /// Whether the source is to be asked for an item though no event has come and
    /// the time is not over that it has answered: somebody has changed it.
    ///
    /// The loop looks after each handler; the answer is to cost no more than a
    /// look at a field. Each member of a family is asked when the loop was woken, and one
    /// that was inserted, or lent by `get_mut` and `iter_mut`, after that. Provided: no.
    #[inline(always)]
    fn has_news(&self) -> bool {
        false
    }
}

impl<D: Drain> Drain for Box<D> {
    type Item<'b> = D::Item<'b>;
    const STRANGERS: bool = D::STRANGERS;
    const BUDGET: Budget = D::BUDGET;

    fn source(&mut self) -> &mut dyn Source {
        (**self).source()
    }

    #[inline(always)]
    fn next<'b>(&mut self, input: &'b mut Input) -> io::Result<Next<Self::Item<'b>>> {
        (**self).next(input)
    }

    fn kept(&mut self) -> Option<&mut Vec<u8>> {
        (**self).kept()
    }

    #[inline(always)]
    fn woken_by(&mut self, waking: &mut Waking<'_>) -> io::Result<()> {
        (**self).woken_by(waking)
    }

    #[inline(always)]
    fn has_news(&self) -> bool {
        (**self).has_news()
    }
}

/// How many items one drain may take from a source, before the others have
/// their turn: [`Drain::BUDGET`].
///
/// A source that wants less at some times answers
/// [`Next::Rest`] with no time at all.
///
/// # Examples
///
/// ```
/// use miocene::net::TcpListener;
/// use miocene::{Budget, Drain};
///
/// assert_eq!(TcpListener::BUDGET, Budget::Accepts);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Budget {
    /// [`Config::budget`], as most sources.
    Items,
    /// [`Config::accepts`], as listeners.
    Accepts,
    /// So many, whatever the loop's limits are.
    Fixed(NonZeroU32),
}

impl Budget {
    /// Never 0: the loop refuses a configuration with such limits.
    #[inline(always)]
    pub(crate) fn of(self, config: &Config) -> u32 {
        match self {
            Budget::Items => config.budget,
            Budget::Accepts => config.accepts,
            Budget::Fixed(items) => items.get(),
        }
    }
}

/// What a source answers when it is asked for the next item.
///
/// # Examples
///
/// See [`Drain`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next<T> {
    /// An item.
    Item(T),
    /// None this time: ask again at once. Counts towards the budget.
    More,
    /// None now: wait for an event. Only for a source that has met
    /// `WouldBlock`: there will be no event for what was not read.
    Dry,
    /// None ever again. The source is detached, and `#[ended]` told.
    End,
    /// None for some time: ask again then, without an event.
    Rest(Duration),
    /// None before a time; without one, none until the source is
    /// [changed](Drain::has_news), and the loop need not go on for it, unless it is a
    /// member of a family. Ask again then, without an event.
    Until(Option<Instant>),
}

/// Drains a source: calls `handler` for each item, until the source would
/// block, the budget is used up, or the handler asks for something else.
///
/// Called by [`Handlers::dispatch`]; `slot` is [`slot::<Self>(TOKEN)`](crate::table::slot).
///
/// # Examples
///
/// See [`Handlers`].
#[inline(always)]
pub fn items<A, S>(
    app: &mut A,
    cx: &mut Context<'_>,
    input: &mut Input,
    slot: Slot,
    ready: Readiness,
    source: impl Fn(&mut A) -> &mut S,
    handler: impl for<'b> FnMut(&mut A, &mut Context<'_>, S::Item<'b>) -> Result<Flow, BoxError>,
) where
    A: Handlers,
    S: Drain,
{
    items_filling(app, cx, input, slot, ready, source, handler, |_| true);
}

/// As [`items`], for a source whose items fill families: none is taken that
/// there is no `room` for. The source then waits for a member to leave, in turn
/// with others that wait.
///
/// # Examples
///
/// See [`Handlers`]; `room` is `|app| app.clients.has_room()`.
#[inline(always)]
#[expect(clippy::too_many_arguments, reason = "one more than `items`")]
pub fn items_filling<A, S>(
    app: &mut A,
    cx: &mut Context<'_>,
    input: &mut Input,
    slot: Slot,
    ready: Readiness,
    source: impl Fn(&mut A) -> &mut S,
    mut handler: impl for<'b> FnMut(&mut A, &mut Context<'_>, S::Item<'b>) -> Result<Flow, BoxError>,
    room: impl Fn(&mut A) -> bool,
) where
    A: Handlers,
    S: Drain,
{
    let Slot(slot) = slot;
    if !may_read(cx, slot, ready) {
        return;
    }
    input.lend_to(slot);
    let budget = S::BUDGET.of(&cx.state.config);
    let mut left = budget;
    let stop = loop {
        if !room(app) {
            cx.aside(|cx| wait_for_room(cx, slot, left != budget));
            break Stop::Left;
        }
        match source(app).next(input) {
            Ok(Next::Item(item)) => {
                let result = handler(app, cx, item);
                if S::STRANGERS {
                    cx.state.counters.accepted += 1;
                }
                match result {
                    Ok(Flow::Continue) if !cx.noted => {}
                    result => {
                        cx.noted = false;
                        if !cx.aside(|cx| after_item(app, cx, slot, S::STRANGERS, result)) {
                            break Stop::Left;
                        }
                    }
                }
            }
            Ok(Next::More) => {}
            Ok(Next::Dry) => break Stop::Dry,
            Ok(Next::End) => break Stop::End(Ended::Eof),
            Ok(Next::Rest(length)) => break Stop::Rest(length),
            Ok(Next::Until(time)) => break Stop::Until(time),
            Err(error) if selector::would_block(&error) => break Stop::Dry,
            Err(error) => {
                if let Some(stop) = after_error(error) {
                    break stop;
                }
            }
        }
        if Bug::AcceptsOnce.is_planted() && S::STRANGERS {
            break Stop::Dry;
        }
        left -= 1;
        if left == 0 {
            break Stop::Cut;
        }
    };
    match stop {
        Stop::Dry => dry(app, cx, slot),
        stop => cx.aside(|cx| stopped(app, cx, input, slot, stop)),
    }
}

/// Why a drain stops.
enum Stop {
    Dry,
    Cut,
    Left,
    Rest(Duration),
    Until(Option<Instant>),
    End(Ended),
}

/// Whether a source may be read now. What may not is latched.
#[inline(always)]
fn may_read(cx: &mut Context<'_>, slot: usize, ready: Readiness) -> bool {
    if ready.is_readable() {
        cx.state.slots.is_plain(slot) || cx.state.may_read(slot, true)
    } else {
        !cx.state.slots.is_plain(slot) && cx.state.may_read(slot, false)
    }
}

/// What follows an error other than `WouldBlock`: why the drain stops, unless it
/// goes on.
#[cold]
#[inline(never)]
fn after_error(error: io::Error) -> Option<Stop> {
    if Bug::TakesInterruptedForDry.is_planted() {
        return Some(Stop::Dry);
    }
    match error.kind() {
        io::ErrorKind::Interrupted => None,
        _ if selector::forgot(&error) => Some(Stop::Dry),
        _ => Some(Stop::End(Ended::Io(error))),
    }
}

/// What follows an item after anything but a plain `Continue`: whether the drain goes on.
#[cold]
#[inline(never)]
fn after_item<A: Handlers>(
    app: &mut A,
    cx: &mut Context<'_>,
    slot: usize,
    strangers: bool,
    result: Result<Flow, BoxError>,
) -> bool {
    let row = table::row(A::TABLE, slot, Kind::Items);
    match result {
        Ok(flow) => cx.state.apply(slot, flow),
        Err(error) => handler_failed(app, cx, slot, row, strangers, error),
    }
    cx.state.name_failure(&A::TABLE[row]);
    cx.state.goes_on(slot)
}

/// The source has met `WouldBlock`.
#[inline(always)]
fn dry<A: Handlers>(app: &mut A, cx: &mut Context<'_>, slot: usize) {
    if selector::REARMS {
        let interest = cx.state.slots[slot].interest;
        cx.aside(|cx| selector::rearm(app, cx, slot, interest));
    }
}

/// There is no room for what a source yields.
#[cold]
#[inline(never)]
fn wait_for_room(cx: &mut Context<'_>, slot: usize, served: bool) {
    let token = cx.state.slots[slot].token;
    cx.state.slots[slot].set(Flag::Waiting);
    cx.state.wait_for_room(token, served);
}

/// A drain stops before the source is dry.
#[cold]
#[inline(never)]
fn stopped<A: Handlers>(
    app: &mut A,
    cx: &mut Context<'_>,
    input: &mut Input,
    slot: usize,
    stop: Stop,
) {
    match stop {
        Stop::Dry => {}
        Stop::Cut => {
            cx.state.counters.budget_cuts += 1;
            if !Bug::LosesEdgeOnBudget.is_planted() {
                cx.state.leave_latched(slot);
            }
        }
        Stop::Left => {
            if !Bug::LosesEdgeOnPause.is_planted() {
                cx.state.leave_latched(slot);
            }
        }
        Stop::Rest(length) => {
            cx.state.rest(slot, length);
            cx.state.leave_latched(slot);
        }
        Stop::Until(time) => {
            cx.state.wait_until(slot, time);
            cx.state.leave_latched(slot);
        }
        Stop::End(why) => {
            input.take_left(slot);
            source_ended(app, cx, slot, why);
        }
    }
}
