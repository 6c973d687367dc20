//! Whom an error befell, and who is told: all of it is rare.

use std::io;

use crate::table::{Entry, Kind};
use crate::{BoxError, Context, Ended, Error, Failure, Flow, Handlers};

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
    if strangers {
        cx.state.counters.items_failed += 1;
    }
    match tell_failed(app, cx, slot, entry, error) {
        Ok(()) => {}
        Err(_) if strangers => {}
        Err(source) => cx.state.fail(Error::Handler {
            handler: entry.handler,
            name: entry.name,
            token: entry.token,
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
    cx.state.detach(slot);
    let entry = &A::TABLE[slot];
    tell_ended(app, cx, slot, why, |source| Error::Source {
        handler: entry.handler,
        name: entry.name,
        token: entry.token,
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
    cx.state.detach(slot);
    let entry = &A::TABLE[slot];
    tell_ended(app, cx, slot, Ended::Io(error), |source| {
        attach_error(entry, source)
    });
}

pub(crate) fn attach_error(entry: &Entry, source: io::Error) -> Error {
    Error::Attach {
        handler: entry.handler,
        name: entry.name,
        token: entry.token,
        field: entry.source,
        source,
    }
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
    let ended = |row: &Entry| row.kind == Kind::Ended && row.token == entry.token;
    if let Some(row) = A::TABLE.iter().position(ended) {
        cx.token = entry.token;
        match app.ended(cx, entry.token, why) {
            Ok(Flow::Stop) => cx.state.stop(),
            Ok(_) => {}
            Err(error) => handler_failed(app, cx, slot, row, false, error),
        }
        return;
    }
    let Ended::Io(source) = why else { return };
    if has_failed::<A>() {
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
    if !has_failed::<A>() {
        return Err(error);
    }
    let failure = Failure {
        handler: entry.handler,
        token: entry.token,
        error: &*error,
    };
    cx.token = entry.token;
    match app.failed(cx, failure) {
        Ok(flow) => cx.state.apply(slot, flow),
        Err(source) => cx.state.fail(Error::Handler {
            handler: failed_name::<A>(),
            name: entry.name,
            token: entry.token,
            source,
        }),
    }
    Ok(())
}

fn has_failed<A: Handlers>() -> bool {
    A::TABLE.iter().any(|row| row.kind == Kind::Failed)
}

fn failed_name<A: Handlers>() -> &'static str {
    let failed = |row: &&Entry| row.kind == Kind::Failed;
    A::TABLE.iter().find(failed).map_or("", |row| row.handler)
}
