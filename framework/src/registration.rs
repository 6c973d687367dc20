//! Registering sources with the poll, and what the loop knows of it.

use std::io;

use mio::{Interest, Registry, Token};

use crate::slot::{Flag, SlotState, Slots};
use crate::state::State;
use crate::table::Entry;
use crate::telling::{attach_error, attach_failed};
use crate::{Context, EventLoop, Handlers, Input, Result, Waking};

/// Registers all sources, at the beginning.
pub(crate) fn attach_all<A: Handlers>(app: &mut A, event_loop: &mut EventLoop) -> Result<()> {
    let EventLoop {
        poll, state, input, ..
    } = event_loop;
    state.slots = Slots::new(slots_of(A::TABLE));
    for slot in 0..A::TABLE.len() {
        let source = &state.slots[slot];
        if source.used {
            let token = source.token;
            register(app, poll.registry(), source)
                .and_then(|()| begin(app, state, poll.registry(), input, slot))
                .map_err(|error| attach_error(&A::TABLE[slot], token, error))?;
        }
    }
    state.slots.settle();
    Ok(())
}

/// Registers a source that is new in its field, or was detached.
pub(crate) fn attach<A: Handlers>(
    app: &mut A,
    cx: &mut Context<'_>,
    input: &mut Input,
    slot: usize,
) {
    if !cx.state.slots[slot].has(Flag::Attaching) {
        return;
    }
    // What is left of the source that was here is none of the new one's.
    input.take_left(slot);
    let registered = register(app, cx.registry(), &cx.state.slots[slot]);
    let (state, registry) = cx.split();
    if let Err(error) = registered.and_then(|()| begin(app, state, registry, input, slot)) {
        attach_failed(app, cx, slot, error);
    }
}

/// A source that has been registered begins with what it has kept.
fn begin<A: Handlers>(
    app: &mut A,
    state: &mut State,
    registry: &Registry,
    input: &mut Input,
    slot: usize,
) -> io::Result<()> {
    state.begin(slot);
    let token = state.slots[slot].token;
    app.woken_by(token, &mut Waking::new(state, registry))?;
    if let Some(kept) = app.kept(state.slots[slot].token) {
        if !kept.is_empty() {
            input.put_back(slot, kept)?;
            kept.clear();
            state.leave_latched(slot);
        }
    }
    Ok(())
}

/// Deregisters a source, which keeps what was read and not yielded; unless
/// another has taken its place in the field.
pub(crate) fn detach<A: Handlers>(
    app: &mut A,
    registry: &Registry,
    input: &mut Input,
    slot: usize,
    state: &mut SlotState,
) {
    let_go(app, registry, state);
    let mut left = input.take_left(slot);
    if left.is_empty() || state.has(Flag::Attaching) {
        return;
    }
    if let Some(kept) = app.kept(state.token) {
        left.append(kept);
        *kept = left;
    }
}

/// Deregisters a source. Errors are ignored: the source may be gone, or the
/// selector may have dropped it by itself.
pub(crate) fn let_go<A: Handlers>(app: &mut A, registry: &Registry, state: &mut SlotState) {
    if state.registered {
        state.registered = false;
        if let Some(source) = app.source(state.token) {
            let _ = registry.deregister(source);
        }
    }
}

/// Asks the poll for no more reading events of a source that is held.
pub(crate) fn take_off<A: Handlers>(app: &mut A, cx: &mut Context<'_>, slot: usize) {
    let (state, registry) = cx.split();
    let state = &mut state.slots[slot];
    if !state.has(Flag::Away) {
        return;
    }
    match state.interest.remove(Interest::READABLE) {
        None => let_go(app, registry, state),
        Some(interest) => {
            if let Some(source) = app.source(state.token) {
                // If it fails, the source goes on waking the loop: no harm.
                let _ = registry.reregister(source, state.token, interest);
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
    match register(app, cx.registry(), &cx.state.slots[slot]) {
        Ok(()) => cx.state.slots[slot].registered = true,
        Err(error) => attach_failed(app, cx, slot, error),
    }
}

fn register<A: Handlers>(app: &mut A, registry: &Registry, slot: &SlotState) -> io::Result<()> {
    let Some(source) = app.source(slot.token) else {
        return Err(io::Error::new(
            io::ErrorKind::NotFound,
            "`Handlers::source` returned none",
        ));
    };
    let (token, interest) = (slot.token, slot.interest);
    match registry.register(source, token, interest) {
        // What the poll has already it is told once more, and then reports
        // anew what it is ready for.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && slot.registered => registry
            .reregister(source, token, interest)
            .map_err(|_| error),
        result => result,
    }
}

/// The slots of an application, all of them waiting to be attached: the one of
/// a token with the interest of all its handlers.
fn slots_of(table: &[Entry]) -> Vec<SlotState> {
    let mut slots: Vec<SlotState> = Vec::with_capacity(table.len());
    for row in table {
        let token = row.token.unwrap_or(Token(usize::MAX));
        // Members of families are not known by the table.
        let mut interest = row.token.and(row.kind.interest());
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
