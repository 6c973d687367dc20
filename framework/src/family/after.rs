//! What follows a call of a handler that has asked for something.

use mio::Token;

use super::going::Step;
use super::leave::{End, leave};
use super::lend::Lent;
use super::{Drained, Family, Member};
use crate::connection::Hindrance;
use crate::table::Kind;
use crate::telling::member_failed;
use crate::{BoxError, Closed, Context, Flow, Handlers};

/// The only item of a drain has been handled.
#[cold]
#[inline(never)]
pub(super) fn after_only<A, S, F>(
    lent: Lent<'_, A, S, F>,
    cx: &mut Context<'_>,
    result: Result<Flow, BoxError>,
) where
    A: Handlers,
    S: Member<Drained>,
    F: Fn(&mut A) -> &mut Family<S>,
{
    after_item(lent.app, cx, &lent.family, lent.token, S::STRANGERS, result);
    leave(lent, cx, End::of_one(Err(Hindrance::Remembered)));
}

/// What follows an item after anything but a plain `Continue`: whether the drain
/// goes on.
#[cold]
#[inline(never)]
pub(super) fn after_item<A: Handlers, S>(
    app: &mut A,
    cx: &mut Context<'_>,
    family: &impl Fn(&mut A) -> &mut Family<S>,
    token: Token,
    strangers: bool,
    result: Result<Flow, BoxError>,
) -> bool {
    match result {
        Err(error) if strangers => {
            cx.state.counters.items_failed += 1;
            let tokens = family(app).tokens;
            match member_failed(app, cx, tokens, Kind::Items, token, error) {
                Flow::Stop => cx.state.stop(),
                flow => family(app).apply(token, flow),
            }
        }
        result => after_call(app, cx, family, token, Kind::Items, result),
    }
    !cx.state.stopping && family(app).is_plain(token)
}

/// Does to a member what its handler asked for.
#[cold]
#[inline(never)]
pub(super) fn after_call<A: Handlers, S>(
    app: &mut A,
    cx: &mut Context<'_>,
    family: &impl Fn(&mut A) -> &mut Family<S>,
    token: Token,
    kind: Kind,
    result: Result<Flow, BoxError>,
) {
    let family = family(app);
    cx.state.name_failure_of::<A>(family.tokens, kind);
    match result {
        Ok(Flow::Continue) => {}
        Ok(Flow::Stop) => cx.state.stop(),
        Ok(flow) => family.apply(token, flow),
        Err(error) => family.apply_step(token, Step::Flush(Closed::Failed(error))),
    }
}
