//! What is done when a handler has returned that asked for something.

use std::mem;

use crate::family;
use crate::mailbox::deliver;
use crate::registration::{attach, detach, put_back, take_off};
use crate::state::Command;
use crate::{Context, Handlers, Input, Result};

/// Does what was noted while a handler ran. Whether the loop goes on.
///
/// What the handlers note that this calls waits until this is called again,
/// after another source has been dispatched or at the end of the turn: one which
/// attaches a source that cannot be attached, again and again, stops nobody but
/// itself.
#[cold]
#[inline(never)]
pub(crate) fn attend<A: Handlers>(
    app: &mut A,
    cx: &mut Context<'_>,
    input: &mut Input,
) -> Result<bool> {
    for command in mem::take(&mut cx.state.commands) {
        match command {
            Command::Detach(slot) => {
                let (state, registry) = cx.split();
                detach(app, registry, input, slot, &mut state.slots[slot]);
            }
            // What fails is told, and after a stop nobody is to be told.
            _ if cx.state.stopping => {}
            Command::Attach(slot) => attach(app, cx, input, slot),
            Command::TakeOff(slot) => take_off(app, cx, slot),
            Command::PutBack(slot) => put_back(app, cx, slot),
        }
    }
    hear_news(app, cx);
    if A::FAMILIES {
        if cx.state.remotes.have_news() {
            deliver(app, cx, input);
        }
        tell_of_a_stop(app, cx);
        family::settle(app, cx, input);
        // What hooks have changed.
        hear_news(app, cx);
    }
    // A hook may have stopped the loop: nobody's handler is called from then on.
    let stops = A::FAMILIES && tell_of_a_stop(app, cx);
    let over = cx.state.is_over();
    let letters = A::FAMILIES && cx.state.remotes.have_news();
    let noted = letters || !cx.state.commands.is_empty();
    cx.state.attention = over || stops || noted;
    match cx.state.failure.take() {
        Some(error) => Err(error),
        None => Ok(!over),
    }
}

/// Gives the sources their turn that were changed. When the loop was woken, for
/// sources that threads have filled, it is this turn, and members are asked, too.
fn hear_news<A: Handlers>(app: &mut A, cx: &mut Context<'_>) {
    let before = cx.state.ready.len();
    for slot in 0..cx.state.slots.len() {
        let source = &cx.state.slots[slot];
        if source.used && app.has_news(source.token) {
            cx.state.hear_of(slot);
        }
    }
    if mem::take(&mut cx.state.woken) {
        if A::FAMILIES {
            family::hear_news(app, cx.state);
        }
        cx.state.take_up(before);
    }
}

/// Sends every member on its way out, once the loop has been stopped. Whether
/// that was now.
fn tell_of_a_stop<A: Handlers>(app: &mut A, cx: &mut Context<'_>) -> bool {
    let tells = cx.state.stopping && !mem::replace(&mut cx.state.stop.told, true);
    if tells {
        family::stop_all(app);
    }
    tells
}
