//! Handlers without items: those that do their own I/O, and those that are told
//! that there is room to write.

use mio::Interest;

use crate::failure::handler_failed;
use crate::flow::is_would_block;
use crate::selector;
use crate::slot::Flag;
use crate::table::{self, Kind};
use crate::{BoxError, Context, Flow, Handlers, Readiness};

/// Calls a `raw` handler, and again while it left something ready: while
/// READABLE is latched, or when WRITABLE was tried in the call and did not
/// block. Ends with the budget; what is left waits in the ready queue.
///
/// Called by [`Handlers::dispatch`]; `slot` is [`slot::<Self>(TOKEN)`](crate::table::slot).
///
/// # Examples
///
/// ```no_run
/// use miocene::mio::net::UdpSocket;
/// use miocene::{EventLoop, Interest, Readiness, Token, handlers};
/// use std::io;
///
/// const SOCKET: Token = Token(0);
///
/// struct Echo { socket: UdpSocket }
///
/// #[handlers]
/// impl Echo {
///     #[handler(token = SOCKET, interest = READABLE, raw)]
///     fn datagram(&mut self, ready: &mut Readiness) -> io::Result<()> {
///         let mut buffer = [0; 1500];
///         let (length, from) = ready.try_io(Interest::READABLE, || self.socket.recv_from(&mut buffer))?;
///         self.socket.send_to(&buffer[..length], from)?;
///         Ok(())
///     }
/// }
///
/// # fn main() -> miocene::Result<()> {
/// let socket = UdpSocket::bind("127.0.0.1:0".parse().unwrap())?;
/// EventLoop::new()?.run(&mut Echo { socket })
/// # }
/// ```
#[inline(always)]
pub fn raw<A: Handlers>(
    app: &mut A,
    cx: &mut Context<'_>,
    slot: usize,
    ready: Readiness,
    mut handler: impl FnMut(&mut A, &mut Context<'_>, &mut Readiness) -> Result<Flow, BoxError>,
) {
    let Some(mut ready) = begin(cx, slot, ready) else {
        return;
    };
    let mut left = cx.state.config.budget;
    loop {
        let result = handler(app, cx, &mut ready);
        if ready.blocked() && selector::REARMS {
            cx.aside(|cx| selector::rearm(app, cx, slot));
        }
        if !matches!(result, Ok(Flow::Continue)) || cx.noted {
            cx.noted = false;
            ready = cx.aside(|cx| after_call(app, cx, slot, ready, result));
        }
        left -= 1;
        let again = ready.is_readable() || ready.wrote();
        if !again || left == 0 {
            if ready != Readiness::BLOCKED && ready != Readiness::NONE {
                cx.aside(|cx| leave_latched(cx, slot, ready));
            }
            return;
        }
        ready = ready.latched();
    }
}

/// What the handler is to be called with, if at all: what came and what is
/// latched, of what it is interested in, but for reading while that is held.
#[inline(always)]
fn begin(cx: &mut Context<'_>, slot: usize, ready: Readiness) -> Option<Readiness> {
    let ready = ready.only(wanted(cx.state.slots[slot].interest));
    let ready = if cx.state.slots.is_plain(slot) {
        ready
    } else {
        cx.aside(|cx| begin_all_the_same(cx, slot, ready))
    };
    (ready.is_readable() || ready.is_writable()).then_some(ready)
}

#[cold]
#[inline(never)]
fn begin_all_the_same(cx: &mut Context<'_>, slot: usize, ready: Readiness) -> Readiness {
    let source = &mut cx.state.slots[slot];
    if !source.may_write() {
        cx.state.counters.stale_events += 1;
        return Readiness::NONE;
    }
    if cx.state.queued {
        source.clear(Flag::Queued);
    }
    let all = source.latch() | ready;
    let mut now = all;
    let mut called_for = ready | all.only(Readiness::READ_SIDE);
    if cx.state.holds_back(slot, ready) {
        now = now.without(Readiness::READ_SIDE);
        called_for = ready.without(Readiness::READ_SIDE);
    }
    // Room to write that was there before is no reason to call by itself.
    let source = &mut cx.state.slots[slot];
    if called_for == Readiness::NONE && !source.has(Flag::Wrote) {
        return Readiness::NONE;
    }
    source.set_latch(all.without(now));
    source.clear(Flag::Wrote);
    now
}

fn wanted(interest: Interest) -> Readiness {
    let mut wanted = Readiness::ERROR.without(Readiness::READABLE | Readiness::WRITABLE);
    if interest.is_readable() {
        wanted |= Readiness::READ_SIDE;
    }
    if interest.is_writable() {
        wanted |= Readiness::WRITE_SIDE;
    }
    wanted
}

/// What is left to be called for after anything but a plain `Continue`.
#[cold]
#[inline(never)]
fn after_call<A: Handlers>(
    app: &mut A,
    cx: &mut Context<'_>,
    slot: usize,
    ready: Readiness,
    result: Result<Flow, BoxError>,
) -> Readiness {
    match result {
        Ok(flow) => cx.state.apply(slot, flow),
        Err(error) if is_would_block(&error) => {}
        Err(error) => handler_failed(app, cx, slot, slot, false, error),
    }
    let source = &mut cx.state.slots[slot];
    if !source.may_write() {
        Readiness::NONE
    } else if source.is_held() {
        source.set_latch(source.latch() | ready.only(Readiness::READ_SIDE));
        ready.without(Readiness::READ_SIDE)
    } else {
        ready
    }
}

/// Latches what the last call left, and queues the source if the handler is to
/// be called for it without a new event.
#[cold]
#[inline(never)]
fn leave_latched(cx: &mut Context<'_>, slot: usize, ready: Readiness) {
    let source = &mut cx.state.slots[slot];
    source.set_latch(source.latch() | ready.latched());
    if ready.wrote() {
        source.set(Flag::Wrote);
    }
    if ready.is_readable() || ready.wrote() {
        cx.state.counters.budget_cuts += 1;
        cx.state.queue(slot);
    }
}

/// Calls a WRITABLE handler, once for an edge.
///
/// Called by [`Handlers::dispatch`]; `slot` is [`slot::<Self>(TOKEN)`](crate::table::slot).
///
/// # Examples
///
/// See [`Handlers`], and [`items`](crate::drain::items) for its sibling.
#[inline(always)]
pub fn writable<A: Handlers>(
    app: &mut A,
    cx: &mut Context<'_>,
    slot: usize,
    ready: Readiness,
    mut handler: impl FnMut(&mut A, &mut Context<'_>) -> Result<Flow, BoxError>,
) {
    let slots = &cx.state.slots;
    if !ready.is_writable() || !(slots.is_plain(slot) || slots[slot].may_write()) {
        return;
    }
    match handler(app, cx) {
        Ok(Flow::Continue) => {}
        result => cx.aside(|cx| after_edge(app, cx, slot, result)),
    }
}

#[cold]
#[inline(never)]
fn after_edge<A: Handlers>(
    app: &mut A,
    cx: &mut Context<'_>,
    slot: usize,
    result: Result<Flow, BoxError>,
) {
    match result {
        Ok(flow) => cx.state.apply(slot, flow),
        Err(error) => {
            let row = table::row(A::TABLE, slot, Kind::Writable);
            handler_failed(app, cx, slot, row, false, error);
        }
    }
}
