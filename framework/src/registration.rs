//! Registering sources with the poll, and what the loop knows of it.

use std::io;
use std::mem;

use mio::event::Source;
use mio::{Interest, Registry, Token};

use crate::slot::{Flag, SlotState, Slots};
use crate::state::State;
use crate::table::Entry;
use crate::telling::{attach_error, attach_failed};
use crate::{Context, EventLoop, Handlers, Input, Result};

/// Registers all sources, at the beginning.
pub(crate) fn attach_all<A: Handlers>(app: &mut A, event_loop: &mut EventLoop) -> Result<()> {
    let EventLoop {
        poll, state, input, ..
    } = event_loop;
    state.slots = Slots::new(slots_of(A::TABLE));
    for slot in 0..A::TABLE.len() {
        let source = &state.slots[slot];
        if source.used {
            register(app, poll.registry(), source)
                .map_err(|error| attach_error(&A::TABLE[slot], source.token, error))?;
            begin(app, state, input, slot);
        }
    }
    Ok(())
}

/// Registers a source that is new in its field, or was detached.
pub(crate) fn attach<A: Handlers>(
    app: &mut A,
    cx: &mut Context<'_>,
    input: &mut Input,
    slot: usize,
) {
    // What is left of the source that was here is none of the new one's.
    input.take_left(slot);
    match register(app, cx.registry(), &cx.state.slots[slot]) {
        Ok(()) => begin(app, cx.state, input, slot),
        Err(error) => attach_failed(app, cx, slot, error),
    }
}

/// A source that has been registered begins with what it has kept.
fn begin<A: Handlers>(app: &mut A, state: &mut State, input: &mut Input, slot: usize) {
    state.begin(slot);
    if let Some(kept) = app.kept(state.slots[slot].token) {
        let more = kept.split_off(kept.len().min(Input::CAPACITY));
        let bytes = mem::replace(kept, more);
        if !bytes.is_empty() {
            input.put_back(slot, &bytes);
            state.leave_latched(slot);
        }
    }
}

/// Deregisters a source, which keeps what was read and not yielded.
pub(crate) fn detach<A: Handlers>(
    app: &mut A,
    registry: &Registry,
    input: &mut Input,
    slot: usize,
    token: Token,
) {
    deregister(app, registry, token);
    let left = input.take_left(slot);
    if let Some(kept) = app.kept(token) {
        kept.splice(0..0, left);
    }
}

/// Asks the poll for no more reading events of a source that is held.
pub(crate) fn take_off<A: Handlers>(app: &mut A, cx: &mut Context<'_>, slot: usize) {
    let source = &cx.state.slots[slot];
    if !source.has(Flag::Away) {
        return;
    }
    match source.interest.remove(Interest::READABLE) {
        None => deregister(app, cx.registry(), source.token),
        Some(interest) => {
            let token = source.token;
            if let Some(source) = app.source(token) {
                // If it fails, the source goes on waking the loop: no harm.
                let _ = cx.registry().reregister(source, token, interest);
            }
        }
    }
}

/// Registers a source again that was taken off. The poll then reports anew
/// what it is ready for.
pub(crate) fn put_back<A: Handlers>(app: &mut A, cx: &mut Context<'_>, slot: usize) {
    let source = &mut cx.state.slots[slot];
    if !source.has(Flag::Away) {
        return;
    }
    source.clear(Flag::Away);
    let result = register(app, cx.registry(), &cx.state.slots[slot]);
    if let Err(error) = result {
        attach_failed(app, cx, slot, error);
    }
}

fn register<A: Handlers>(app: &mut A, registry: &Registry, slot: &SlotState) -> io::Result<()> {
    let Some(source) = app.source(slot.token) else {
        return Err(io::Error::new(
            io::ErrorKind::NotFound,
            "`Handlers::source` returned none",
        ));
    };
    register_source(source, registry, slot.token, slot.interest)
}

/// Registers a source, or what is registered already once more, which makes
/// the poll report anew what it is ready for.
fn register_source(
    source: &mut dyn Source,
    registry: &Registry,
    token: Token,
    interest: Interest,
) -> io::Result<()> {
    match registry.register(source, token, interest) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => registry
            .reregister(source, token, interest)
            .map_err(|_| error),
        result => result,
    }
}

/// Errors are ignored: the source may be gone, or the selector may have dropped
/// it by itself.
fn deregister<A: Handlers>(app: &mut A, registry: &Registry, token: Token) {
    if let Some(source) = app.source(token) {
        let _ = registry.deregister(source);
    }
}

/// The slots of an application, all of them waiting to be attached: the one of
/// a token with the interest of all its handlers.
fn slots_of(table: &[Entry]) -> Vec<SlotState> {
    let mut slots: Vec<SlotState> = Vec::with_capacity(table.len());
    for row in table {
        let token = row.token.unwrap_or(Token(usize::MAX));
        let mut interest = row.kind.interest();
        let known = slots
            .iter_mut()
            .find(|slot| slot.used && slot.token == token);
        if let (Some(known), Some(more)) = (known, interest) {
            known.interest |= more;
            interest = None;
        }
        slots.push(SlotState::detached(token, interest));
    }
    slots
}
