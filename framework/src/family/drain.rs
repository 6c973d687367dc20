//! Draining a member, beside `drain::items` for a single source: the other loop
//! that handlers of items are called from.

use std::io;
use std::time::{Duration, Instant};

use mio::Token;

use super::after::{after_call, after_item, after_only};
use super::leave::{End, Exit, finish, is_at_home, leave};
use super::lend::{Lent, Reading};
use super::{Drained, Family, Member};
use crate::connection::Hindrance;
use crate::input::{Begun, Share};
use crate::planted::Bug;
use crate::state::read_clock;
use crate::table::Kind;
use crate::{BoxError, Context, Ended, Flow, Handlers, Input, Next, Readiness, selector};

/// Drains the member of `token`, lent out of its family, and calls `handler`
/// for each item; then writes what it was sent.
///
/// Called by [`Handlers::dispatch`] for tokens that its family
/// [contains](crate::Tokens::contains).
///
/// # Examples
///
/// See [`Handlers`](Handlers#a-family-by-hand).
#[inline(always)]
pub fn items<A, S>(
    app: &mut A,
    cx: &mut Context<'_>,
    input: &mut Input,
    token: Token,
    ready: Readiness,
    family: impl Fn(&mut A) -> &mut Family<S>,
    handler: impl for<'b> FnMut(&mut A, &mut Context<'_>, &mut S, S::Item<'b>) -> Result<Flow, BoxError>,
) where
    A: Handlers,
    S: Member<Drained>,
{
    items_filling(app, cx, input, token, ready, family, handler, |_| true);
}

/// As [`items`], for members whose items fill other families: none is taken that
/// there is no `room` for. The member then waits for a place, in turn with others.
///
/// # Examples
///
/// See [`items`]; `room` is `|app| app.clients.has_room()`.
#[inline(always)]
#[expect(clippy::too_many_arguments, reason = "one more than `items`")]
pub fn items_filling<A, S>(
    app: &mut A,
    cx: &mut Context<'_>,
    input: &mut Input,
    token: Token,
    ready: Readiness,
    family: impl Fn(&mut A) -> &mut Family<S>,
    handler: impl for<'b> FnMut(&mut A, &mut Context<'_>, &mut S, S::Item<'b>) -> Result<Flow, BoxError>,
    room: impl Fn(&mut A) -> bool,
) where
    A: Handlers,
    S: Member<Drained>,
{
    if ready.is_plainly_readable() {
        if let Some(member) = family(app).take_plain(token) {
            let lent = Lent::new(app, member, family, token);
            return drain_plain(lent, cx, input, handler, room);
        }
    }
    let Some((member, reading)) = cx.aside(|cx| lend(app, cx, token, ready, &family)) else {
        return;
    };
    let lent = Lent::new(app, member, family, token);
    cx.aside(|cx| drain(lent, cx, input, reading, handler, room));
}

/// Drains a member with which nothing is out of the ordinary. Most drains are
/// one read, one item and one write.
#[inline(always)]
fn drain_plain<A, S, F>(
    mut lent: Lent<'_, A, S, F>,
    cx: &mut Context<'_>,
    input: &mut Input,
    mut handler: impl for<'b> FnMut(
        &mut A,
        &mut Context<'_>,
        &mut S,
        S::Item<'b>,
    ) -> Result<Flow, BoxError>,
    room: impl Fn(&mut A) -> bool,
) where
    A: Handlers,
    S: Member<Drained>,
    F: Fn(&mut A) -> &mut Family<S>,
{
    if S::SHORT_READ_IS_DRY && input.is_free() && room(lent.app) {
        let Some((member, mine)) = lent.beside_family() else {
            return;
        };
        // Who has memory of its own has something to be remembered.
        let lends = mine.lend_memory(member);
        let frame_limit = mine.limits.frame;
        let Some(member) = lent.member.as_deref_mut().filter(|_| lends) else {
            return cx.aside(|cx| drain(lent, cx, input, Reading::PLAIN, handler, room));
        };
        if let Some(item) = member.only(input, frame_limit) {
            if S::STRANGERS {
                cx.state.counters.accepted += 1;
            }
            let result = match handler(lent.app, cx, member, item) {
                Ok(Flow::Continue) if !cx.noted => return finish(lent, cx),
                result => result,
            };
            cx.noted = false;
            return cx.aside(|cx| after_only(lent, cx, result));
        }
    }
    cx.aside(|cx| drain(lent, cx, input, Reading::PLAIN, handler, room));
}

/// Goes on with a drain that has more than one item, or none.
#[inline(never)]
fn drain<A, S, F>(
    mut lent: Lent<'_, A, S, F>,
    cx: &mut Context<'_>,
    input: &mut Input,
    reading: Reading,
    mut handler: impl for<'b> FnMut(
        &mut A,
        &mut Context<'_>,
        &mut S,
        S::Item<'b>,
    ) -> Result<Flow, BoxError>,
    room: impl Fn(&mut A) -> bool,
) where
    A: Handlers,
    S: Member<Drained>,
    F: Fn(&mut A) -> &mut Family<S>,
{
    let token = lent.token;
    let Some((member, mine)) = lent.beside_family() else {
        return;
    };
    if mine.lacks_memory(member) {
        mine.have_memory::<Drained>();
        mine.lend_memory(member);
    }
    let is_at_home = is_at_home(member, token);
    let short_is_dry = S::SHORT_READ_IS_DRY && !reading.hinted;
    let frame_limit = mine.limits.frame;
    let begun = input.take_begun();
    if let Begun::Split(count, _) = begun {
        input.belongs_to(token.0, count);
    }
    let (app, family) = (&mut *lent.app, &lent.family);
    let Some(member) = lent.member.as_deref_mut() else {
        return;
    };
    let mut share = input.share(token.0, frame_limit, short_is_dry);
    let mut left = S::BUDGET.of(&cx.state.config);
    let mut yielded = false;
    // What is unread is that of the one who was here, if it was exchanged.
    let mut exit = match is_at_home {
        true => begin(begun, &mut share),
        false => Some(Exit::Left),
    };
    while exit.is_none() {
        if !room(app) {
            exit = Some(Exit::Full);
            break;
        }
        exit = match member.next(input, &mut share) {
            Ok(Next::Item(item)) => {
                yielded = true;
                if S::STRANGERS {
                    cx.state.counters.accepted += 1;
                }
                match handler(app, cx, member, item) {
                    Ok(Flow::Continue) if !cx.noted => None,
                    result => {
                        cx.noted = false;
                        let strangers = S::STRANGERS;
                        let goes_on =
                            cx.aside(|cx| after_item(app, cx, family, token, strangers, result));
                        (!goes_on).then_some(Exit::Left)
                    }
                }
            }
            Ok(Next::More) => None,
            Ok(Next::Dry) => Some(Exit::Dry),
            Ok(Next::End) => Some(Exit::End(Ended::Eof)),
            Ok(Next::Rest(length)) => Some(Exit::Rest(length)),
            Ok(Next::Until(time)) => Some(Exit::Rest(until(time))),
            Err(why) => Some(Exit::End(why)),
        };
        if exit.is_some() {
            break;
        }
        left -= 1;
        // What has become of the member meanwhile?
        exit = if share.is_spent(input) {
            Some(Exit::Dry)
        } else if left == 0 {
            Some(Exit::Cut)
        } else if !goes_on(family(app), member, token) {
            Some(Exit::Left)
        } else {
            None
        };
    }
    let exit = exit.unwrap_or(Exit::Dry);
    if selector::REARMS && matches!(exit, Exit::Dry) {
        cx.aside(|cx| rearm(family(app), cx, member, token));
    }
    let plain = reading.plain && !selector::REARMS && family(app).spare.is_none();
    let dry = matches!(exit, Exit::Dry) && plain;
    let waits = S::COLLECTS && input.leaves_something(&share);
    if dry && !waits {
        return finish(lent, cx);
    }
    let end = End {
        exit,
        written: Err(Hindrance::Remembered),
        yielded,
        waits,
        hinted: reading.hinted,
    };
    leave(lent, cx, end);
}

/// What the first read says of the whole drain, if it is over with it.
#[inline(always)]
fn begin(begun: Begun, share: &mut Share) -> Option<Exit> {
    match begun {
        Begun::Fresh => None,
        Begun::Split(count, split) => {
            share.has_taken(count);
            share.set_split(split);
            None
        }
        Begun::Read(Ok(_)) => Some(Exit::End(Ended::Eof)),
        Begun::Read(Err(error)) if selector::would_block(&error) => Some(Exit::Dry),
        Begun::Read(Err(error)) => match error.kind() {
            io::ErrorKind::Interrupted => None,
            _ => Some(Exit::End(Ended::Io(error))),
        },
        Begun::Over(why) => Some(Exit::End(why)),
    }
}

/// Drains a member for which there is no handler, and drops what comes, so that
/// its end is seen.
///
/// # Examples
///
/// See [`items`]; it takes all but the handler.
#[inline(always)]
pub fn unread<A, S>(
    app: &mut A,
    cx: &mut Context<'_>,
    input: &mut Input,
    token: Token,
    ready: Readiness,
    family: impl Fn(&mut A) -> &mut Family<S>,
) where
    A: Handlers,
    S: Member<Drained>,
{
    let nobody = |_: &mut A, _: &mut Context<'_>, _: &mut S, _: S::Item<'_>| Ok(Flow::Continue);
    items(app, cx, input, token, ready, family, nobody);
}

/// Calls a WRITABLE handler for an edge. That of a
/// [`Connection`](crate::Connection) is called when the loop has flushed it
/// instead: it is given by [`Hooks::writable`](super::Hooks::writable).
///
/// # Examples
///
/// See [`items`]; it stands behind that, or [`unread`], in the arm of its family.
#[inline(always)]
pub fn writable<A, S>(
    app: &mut A,
    cx: &mut Context<'_>,
    token: Token,
    ready: Readiness,
    family: impl Fn(&mut A) -> &mut Family<S>,
    mut handler: impl FnMut(&mut A, &mut Context<'_>, &mut S) -> Result<Flow, BoxError>,
) where
    A: Handlers,
    S: Member<Drained>,
{
    if S::COLLECTS || !ready.is_writable() {
        return;
    }
    let Some(member) = family(app).take_to_write(token) else {
        return;
    };
    let mut lent = Lent::new(app, member, family, token);
    let Some(member) = lent.member.as_deref_mut() else {
        return;
    };
    let result = handler(lent.app, cx, member);
    cx.noted = false;
    let family = &lent.family;
    cx.aside(|cx| after_call(lent.app, cx, family, token, Kind::Writable, result));
    if let Some(member) = lent.member.take() {
        (lent.family)(lent.app).put_back_noted(token, member);
    }
}

/// Takes a member with which something is out of the ordinary, or whose event
/// has said more than that there is something to read.
#[cold]
#[inline(never)]
fn lend<A, S: Member<Drained>>(
    app: &mut A,
    cx: &mut Context<'_>,
    token: Token,
    ready: Readiness,
    family: impl Fn(&mut A) -> &mut Family<S>,
) -> Option<(Box<S>, Reading)> {
    let family = family(app);
    if ready.is_readable() {
        if let Some(member) = family.take_plain(token) {
            let reading = Reading {
                plain: true,
                hinted: ready.is_hinted(),
            };
            return Some((member, reading));
        }
    }
    family.take_special::<Drained>(cx.state, token, ready)
}

/// Whether a drain may go on to the next item.
#[inline(always)]
fn goes_on<S: Member<Drained>>(family: &Family<S>, member: &mut S, token: Token) -> bool {
    if Bug::HasNoHighWatermark.is_planted() {
        return family.is_plain(token);
    }
    let full = member.outbox().is_some_and(|out| out.is_full());
    !full && family.is_plain(token) && is_at_home(member, token)
}

/// Arms a member again, on selectors that need it.
#[cold]
#[inline(never)]
fn rearm<S: Member<Drained>>(
    family: &mut Family<S>,
    cx: &mut Context<'_>,
    member: &mut S,
    token: Token,
) {
    if let Some(interest) = family.interest_of::<Drained>(token) {
        let source = member.source();
        if cx.registry().reregister(source, token, interest).is_err() {
            let _ = cx.registry().deregister(source);
            // If that fails as well, the next read or write tells why.
            let _ = cx.registry().register(source, token, interest);
        }
    }
}

/// How long it is until then.
#[cold]
fn until(time: Option<Instant>) -> Duration {
    time.map_or(Duration::MAX, |time| {
        time.saturating_duration_since(read_clock())
    })
}
