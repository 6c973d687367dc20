//! The end of a drain: what was sent is written, and the member is put back.

use std::io;
use std::time::Duration;

use mio::Token;

use super::going::Step;
use super::lend::Lent;
use super::place::Flag;
use super::{Drained, Family, Member};
use crate::connection::{Busy, Hindrance};
use crate::planted::Bug;
use crate::state::read_clock;
use crate::{Context, Ended, Handlers, selector, table};

/// Why a drain stops.
pub(super) enum Exit {
    Dry,
    Cut,
    Left,
    Full,
    Rest(Duration),
    End(Ended),
}

/// How a drain has ended.
pub(super) struct End {
    pub(super) exit: Exit,
    pub(super) written: Result<(), Hindrance>,
    /// At least one item was yielded.
    pub(super) yielded: bool,
    /// Something is left that is no whole frame, or was not looked at.
    pub(super) waits: bool,
    pub(super) hinted: bool,
}

impl End {
    /// That of a drain with one item.
    #[cold]
    pub(super) fn of_one(written: Result<(), Hindrance>) -> End {
        End {
            exit: Exit::Dry,
            written,
            yielded: true,
            waits: false,
            hinted: false,
        }
    }
}

/// Writes what was sent and puts the member back, which is dry and with which
/// nothing was out of the ordinary.
#[inline(always)]
pub(super) fn finish<A, S, F>(mut lent: Lent<'_, A, S, F>, cx: &mut Context<'_>)
where
    A: Handlers,
    S: Member<Drained>,
    F: Fn(&mut A) -> &mut Family<S>,
{
    let Some((member, family)) = lent.beside_family() else {
        return;
    };
    // Where a handler is told of room to write, each send is looked after.
    if const { table::has_writable_family(A::TABLE) } && family.tells_writable {
        return cx.aside(|cx| leave_dry(lent, cx));
    }
    let sent = match member.send_off(&mut family.spare) {
        Ok(()) => true,
        Err(hindrance) => family.is_hindered(hindrance),
    };
    if sent && !member.holds_input() && is_at_home(member, family.lent) {
        if let Some(place) = (lent.family)(lent.app).plain_place() {
            place.touch();
            place.member = lent.member.take();
            return;
        }
    }
    cx.aside(|cx| leave_dry(lent, cx));
}

/// As `finish`, where something is out of the ordinary.
#[cold]
#[inline(never)]
fn leave_dry<A, S, F>(lent: Lent<'_, A, S, F>, cx: &mut Context<'_>)
where
    S: Member<Drained>,
    F: Fn(&mut A) -> &mut Family<S>,
{
    let written = match (lent.family)(lent.app).hindrance.take() {
        Some(hindrance) => Err(hindrance),
        None => Ok(()),
    };
    leave(lent, cx, End::of_one(written));
}

/// Puts a member back with which something is the matter.
#[cold]
#[inline(never)]
pub(super) fn leave<A, S, F>(mut lent: Lent<'_, A, S, F>, cx: &mut Context<'_>, end: End)
where
    S: Member<Drained>,
    F: Fn(&mut A) -> &mut Family<S>,
{
    let token = lent.token;
    let Some(mut member) = lent.member.take() else {
        return;
    };
    let family = (lent.family)(lent.app);
    let written = match end.written {
        Err(Hindrance::Written(Ok(0))) => Err(io::ErrorKind::WriteZero.into()),
        Err(Hindrance::Written(Ok(count))) => {
            // The rest is tried when it is settled.
            if let Some(out) = member.outbox() {
                out.has_written(count);
            }
            Ok(())
        }
        Err(Hindrance::Written(Err(error)) | Hindrance::Flushed(error)) => Err(error),
        Ok(()) | Err(Hindrance::Remembered) => Ok(()),
    };
    let holds_input = member.holds_input();
    // An orphan takes what was read with it when it is seen off.
    let Some(index) = family.put_back_noted(token, member) else {
        return;
    };
    match written {
        Err(error) if selector::would_block(&error) => family.set(index, Flag::Blocked),
        Err(error)
            if error.kind() == io::ErrorKind::Interrupted
                && !Bug::TakesInterruptedForFailed.is_planted() => {}
        Err(error) => family.not_written(cx.state, index, error),
        Ok(()) => {}
    }
    family.wait_for_message(index, end.waits, end.yielded);
    match end.exit {
        Exit::Dry if !holds_input => return,
        Exit::Dry | Exit::Left => {}
        Exit::Cut => {
            cx.state.counters.budget_cuts += 1;
            if Bug::MemberLosesEdgeOnBudget.is_planted() {
                return;
            }
        }
        Exit::Rest(length) if length.is_zero() => cx.state.counters.budget_cuts += 1,
        Exit::Rest(length) => {
            cx.state.counters.rests += 1;
            family.rest(index, read_clock(), length);
        }
        Exit::Full => {
            family.set(index, Flag::Resting);
            cx.state.wait_for_room(token, end.yielded);
        }
        Exit::End(why) => {
            family.set_out(index, Step::Tell(why));
            return;
        }
    }
    family.latch(index, end.hinted);
}

impl<S> Family<S> {
    /// Lends memory for output, so that nothing is allocated for a message: there
    /// is some whenever the family has been settled. Not to a member that has its
    /// own.
    #[inline(always)]
    pub(super) fn lend_memory(&mut self, member: &mut S) -> bool
    where
        S: Member<Drained>,
    {
        member
            .outbox()
            .is_none_or(|out| out.borrow(&mut self.spare))
    }

    /// Whether a member has no memory for output.
    pub(super) fn lacks_memory(&self, member: &mut S) -> bool
    where
        S: Member<Drained>,
    {
        member.outbox().is_some_and(|out| out.is_unused())
    }

    /// Sees to it that there is memory to be lent, with the limits of the family.
    pub(super) fn have_memory<K>(&mut self)
    where
        S: Member<K>,
    {
        if S::COLLECTS && self.spare.is_none() {
            self.spare = Some(Busy::of(self.limits.output));
        }
    }

    #[cold]
    #[inline(never)]
    fn is_hindered(&mut self, hindrance: Hindrance) -> bool {
        self.hindrance = Some(hindrance);
        false
    }

    /// Keeps the time of a message that is incomplete.
    fn wait_for_message(&mut self, index: u32, waits: bool, yielded: bool) {
        let place = &mut self.places[index as usize];
        place.age = 0;
        let age = &mut place.message_age;
        if !waits {
            *age = 0;
        } else if *age == 0 || yielded || Bug::EachByteBuysTime.is_planted() {
            *age = 1;
            self.sweeps.messages = true;
        }
    }
}

/// Whether it is the member that was lent: it may have been exchanged.
#[inline(always)]
pub(super) fn is_at_home<K, S: Member<K>>(member: &mut S, token: Token) -> bool {
    member.home().is_none_or(|home| *home == token)
}
