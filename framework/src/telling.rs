//! Whom an error befell, and who is told: all of it is rare.

use std::io;

use mio::Token;

use crate::registration::let_go;
use crate::table::{self, Entry, Kind};
use crate::{BoxError, Context, Ended, Error, Failure, Flow, Handlers, Tokens};

/// The handler in row `row` of the table failed, for the source in `slot`.
///
/// With strangers, it costs the item. `#[failed]` is told if there is one; if
/// nobody is told and they were not strangers, the loop ends.
#[cold]
#[inline(never)]
pub(crate) fn handler_failed<A: Handlers>(
    app: &mut A,
    cx: &mut Context<'_>,
    slot: usize,
    row: usize,
    strangers: bool,
    error: BoxError,
) {
    let entry = &A::TABLE[row];
    let token = cx.state.slots[slot].token;
    if strangers {
        cx.state.counters.items_failed += 1;
    }
    match tell_failed(app, cx, slot, entry, error) {
        Ok(()) => {}
        Err(_) if strangers => {}
        Err(source) => cx.state.fail(Error::Handler {
            handler: entry.handler,
            token_name: entry.token_name,
            token,
            source,
        }),
    }
}

/// Reading from a source is over. It is detached before anybody is told, so
/// that whoever is told may attach it, or another in its place.
#[cold]
#[inline(never)]
pub(crate) fn source_ended<A: Handlers>(
    app: &mut A,
    cx: &mut Context<'_>,
    slot: usize,
    why: Ended,
) {
    detach_at_once(app, cx, slot);
    let entry = &A::TABLE[slot];
    let token = cx.state.slots[slot].token;
    tell_ended(app, cx, slot, why, |source| Error::Source {
        handler: entry.handler,
        token_name: entry.token_name,
        token,
        field: entry.source,
        source,
    });
}

/// A source could not be registered while the loop was running.
pub(crate) fn attach_failed<A: Handlers>(
    app: &mut A,
    cx: &mut Context<'_>,
    slot: usize,
    error: io::Error,
) {
    detach_at_once(app, cx, slot);
    let entry = &A::TABLE[slot];
    let token = cx.state.slots[slot].token;
    tell_ended(app, cx, slot, Ended::Io(error), |source| {
        attach_error(entry, token, source)
    });
}

pub(crate) fn attach_error(entry: &Entry, token: Token, source: io::Error) -> Error {
    Error::Attach {
        handler: entry.handler,
        token_name: entry.token_name,
        token,
        field: entry.source,
        source,
    }
}

/// Deregisters the source that is in the field, while it still is.
fn detach_at_once<A: Handlers>(app: &mut A, cx: &mut Context<'_>, slot: usize) {
    let (state, registry) = cx.split();
    let_go(app, registry, &mut state.slots[slot]);
    state.detach(slot);
}

/// Tells `#[ended]`, or else `#[failed]`, or else ends the loop with `error`.
fn tell_ended<A: Handlers>(
    app: &mut A,
    cx: &mut Context<'_>,
    slot: usize,
    why: Ended,
    error: impl FnOnce(io::Error) -> Error,
) {
    let entry = &A::TABLE[slot];
    let token = cx.state.slots[slot].token;
    let ended = |row: &Entry| row.kind == Kind::Ended && row.token == Some(token);
    if let Some(row) = A::TABLE.iter().position(ended) {
        cx.token = token;
        match app.ended(cx, token, why) {
            Ok(Flow::Stop) => cx.state.stop(),
            Ok(_) => {}
            Err(error) => handler_failed(app, cx, slot, row, false, error),
        }
        cx.state.name_failure(&A::TABLE[row]);
        return;
    }
    let Ended::Io(source) = why else { return };
    if failed_row::<A>().is_some() {
        // The box is always taken: there is an `#[failed]`.
        let _ = tell_failed(app, cx, slot, entry, source.into());
    } else {
        cx.state.fail(error(source));
    }
}

/// Tells `#[failed]`, or gives the error back if there is none.
fn tell_failed<A: Handlers>(
    app: &mut A,
    cx: &mut Context<'_>,
    slot: usize,
    entry: &Entry,
    error: BoxError,
) -> Result<(), BoxError> {
    let Some(failed) = failed_row::<A>() else {
        return Err(error);
    };
    let token = cx.state.slots[slot].token;
    let failure = Failure::new(entry.handler, entry.token_name, token, &*error);
    cx.token = token;
    match app.failed(cx, failure) {
        Ok(flow) => cx.state.apply(slot, flow),
        Err(source) => cx.state.fail(Error::Handler {
            handler: failed.handler,
            token_name: entry.token_name,
            token,
            source,
        }),
    }
    cx.state.name_failure(failed);
    Ok(())
}

/// Tells `#[failed]` of an error of a member, which ends nobody else. What it
/// asks for.
#[cold]
#[inline(never)]
pub(crate) fn member_failed<A: Handlers>(
    app: &mut A,
    cx: &mut Context<'_>,
    tokens: Tokens,
    kind: Kind,
    token: Token,
    error: BoxError,
) -> Flow {
    let rows = (failed_row::<A>(), table::family_row(A::TABLE, tokens, kind));
    let (Some(failed), Some(entry)) = rows else {
        return Flow::Continue;
    };
    let failure = Failure::new(entry.handler, entry.token_name, token, &*error);
    cx.token = token;
    let flow = app.failed(cx, failure).unwrap_or_else(|source| {
        cx.state.fail(Error::Handler {
            handler: failed.handler,
            token_name: entry.token_name,
            token,
            source,
        });
        Flow::Continue
    });
    cx.state.name_failure(failed);
    flow
}

fn failed_row<A: Handlers>() -> Option<&'static Entry> {
    A::TABLE.iter().find(|row| row.kind == Kind::Failed)
}
