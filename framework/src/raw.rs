//! Handlers without items: those that do their own I/O, and those that are told
//! that there is room to write.

use mio::Interest;

use crate::flow::is_would_block;
use crate::selector;
use crate::slot::Flag;
use crate::table::{self, Kind, Slot};
use crate::telling::handler_failed;
use crate::{BoxError, Context, Flow, Handlers, Readiness};

/// Calls a `raw` handler, and again while it left something ready: while
/// READABLE is latched, or when WRITABLE was tried in the call and did not
/// block. Ends with the budget; what is left waits in the ready queue.
///
/// Only [`Readiness::try_io`] takes a readiness away, when the operation meets
/// `WouldBlock`, or that error when the handler lets it out. A handler that
/// reads in another way, or not at all, is called for ever: to wait for
/// something else it pauses, and at the end of its source (a read of 0 bytes),
/// which stays readable, it closes.
///
/// Called by [`Handlers::dispatch`]; `slot` is [`slot::<Self>(TOKEN)`](crate::table::slot).
///
/// # Examples
///
/// ```no_run
/// use miocene::mio::net::UdpSocket;
/// use miocene::{EventLoop, Interest, Readiness, Token, handlers};
///
/// const SOCKET: Token = Token(0);
///
/// struct Echo { socket: UdpSocket }
///
/// #[handlers]
/// impl Echo {
///     #[handler(token = SOCKET, interest = READABLE, raw)]
///     fn datagram(&mut self, ready: &mut Readiness) {
///         let mut buffer = [0; 1500];
///         let received = ready.try_io(Interest::READABLE, || self.socket.recv_from(&mut buffer));
///         if let Ok((length, from)) = received {
///             let _ = self.socket.send_to(&buffer[..length], from);
///         }
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
    slot: Slot,
    ready: Readiness,
    mut handler: impl FnMut(&mut A, &mut Context<'_>, &mut Readiness) -> Result<Flow, BoxError>,
) {
    let Slot(slot) = slot;
    let Some(mut ready) = begin(cx, slot, ready) else {
        return;
    };
    let mut left = cx.state.config.budget;
    loop {
        let result = handler(app, cx, &mut ready);
        if !matches!(result, Ok(Flow::Continue)) || cx.noted {
            cx.noted = false;
            ready = cx.aside(|cx| after_call(app, cx, slot, ready, result));
        }
        if selector::REARMS && ready.blocked() {
            ready = cx.aside(|cx| rearm(app, cx, slot, ready));
        }
        left -= 1;
        let again = ready.is_readable() || ready.wrote();
        if !again || left == 0 {
            if ready.leaves_something() {
                cx.aside(|cx| leave_latched(cx, slot, ready));
            }
            return;
        }
        ready = ready.latched();
    }
}

/// Arms a source again for what it is no longer ready for. What it still is
/// ready for would be reported at once, and again and again.
#[cold]
#[inline(never)]
fn rearm<A: Handlers>(
    app: &mut A,
    cx: &mut Context<'_>,
    slot: usize,
    ready: Readiness,
) -> Readiness {
    let source = &cx.state.slots[slot];
    // What came while reading is held is in the latch.
    let readable = ready.is_readable() || source.latch().is_readable();
    let mut interest = Some(source.interest);
    for (still, direction) in [
        (readable, Interest::READABLE),
        (ready.is_writable(), Interest::WRITABLE),
    ] {
        if still {
            interest = interest.and_then(|interest| interest.remove(direction));
        }
    }
    if let Some(interest) = interest {
        selector::rearm(app, cx, slot, interest);
    }
    if cx.state.slots[slot].may_write() {
        ready
    } else {
        Readiness::NONE
    }
}

/// What the handler is to be called with, if at all: what came and what is
/// latched, of what it is interested in, but for reading while that is held.
#[inline(always)]
fn begin(cx: &mut Context<'_>, slot: usize, ready: Readiness) -> Option<Readiness> {
    let ready = ready.only(Readiness::wanted(cx.state.slots[slot].interest));
    if cx.state.slots.is_plain(slot) {
        (ready.is_readable() || ready.is_writable()).then_some(ready)
    } else {
        cx.aside(|cx| begin_all_the_same(cx, slot, ready))
    }
}

#[cold]
#[inline(never)]
fn begin_all_the_same(cx: &mut Context<'_>, slot: usize, ready: Readiness) -> Option<Readiness> {
    if cx.state.is_stale(slot) || !cx.state.slots[slot].may_write() {
        return None;
    }
    if cx.state.awaits_its_turn(slot, ready) {
        if ready.is_writable() {
            cx.state.slots[slot].set(Flag::Wrote);
        }
        return None;
    }
    let all = cx.state.slots[slot].latch() | ready;
    let mut now = all;
    let mut called_for = ready | all.only(Readiness::READ_SIDE);
    if cx.state.holds_back(slot, ready) {
        now = now.without(Readiness::READ_SIDE);
        called_for = ready.without(Readiness::READ_SIDE);
    }
    // Room to write that was there before is no reason to call by itself.
    let source = &mut cx.state.slots[slot];
    if !called_for.is_readable() && !called_for.is_writable() && !source.has(Flag::Wrote) {
        return None;
    }
    source.set_latch(all.without(now));
    source.clear(Flag::Wrote);
    Some(now)
}

/// What is left to be called for after anything but a plain `Continue`.
#[cold]
#[inline(never)]
fn after_call<A: Handlers>(
    app: &mut A,
    cx: &mut Context<'_>,
    slot: usize,
    mut ready: Readiness,
    result: Result<Flow, BoxError>,
) -> Readiness {
    let interest = cx.state.slots[slot].interest;
    match result {
        Ok(flow) => cx.state.apply(slot, flow),
        Err(error) if is_would_block(&error) => ready.blocked_outside(interest),
        Err(error) => handler_failed(app, cx, slot, slot, false, error),
    }
    cx.state.name_failure(&A::TABLE[slot]);
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

/// Calls a WRITABLE handler, once for an edge. It writes until it has nothing
/// to write or meets `WouldBlock`, which it may let out with `?`.
///
/// Called by [`Handlers::dispatch`]; `slot` is [`slot::<Self>(TOKEN)`](crate::table::slot).
///
/// # Notes
///
/// On systems where mio arms a source again only when an operation on it meets
/// `WouldBlock` (Windows, and all that have neither epoll nor kqueue), a source
/// that is not one of mio's own, such as an [`Fd`](crate::Fd), is told of room
/// to write once and never again. There, write a `raw` handler.
///
/// # Examples
///
/// ```
/// use miocene::mio::event::Source;
/// use miocene::mio::net::TcpStream;
/// use miocene::table::{Entry, slot};
/// use miocene::{Context, Handlers, Input, Outcome, Readiness, Token, drain};
///
/// const PEER: Token = Token(0);
///
/// struct App { peer: TcpStream }
///
/// impl App {
///     fn room(&mut self) {}
/// }
///
/// impl Handlers for App {
///     const TABLE: &'static [Entry] = &[Entry::writable("room", "PEER", PEER, "self.peer")];
///
///     fn source(&mut self, token: Token) -> Option<&mut dyn Source> {
///         match token {
///             PEER => Some(&mut self.peer),
///             _ => None,
///         }
///     }
///
///     fn dispatch(&mut self, cx: &mut Context<'_>, _: &mut Input, token: Token, ready: Readiness) {
///         match token {
///             PEER => drain::writable(
///                 self, cx, const { slot::<Self>(PEER) }, ready,
///                 |app, _cx| app.room().outcome(),
///             ),
///             _ => cx.unknown(token),
///         }
///     }
/// }
/// ```
#[inline(always)]
pub fn writable<A: Handlers>(
    app: &mut A,
    cx: &mut Context<'_>,
    slot: Slot,
    ready: Readiness,
    mut handler: impl FnMut(&mut A, &mut Context<'_>) -> Result<Flow, BoxError>,
) {
    let Slot(slot) = slot;
    let slots = &cx.state.slots;
    if !ready.is_writable() || !(slots.is_plain(slot) || slots[slot].may_write()) {
        return;
    }
    match handler(app, cx) {
        Ok(Flow::Continue) if !cx.noted => {}
        result => {
            cx.noted = false;
            cx.aside(|cx| after_edge(app, cx, slot, result));
        }
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
    let row = table::row(A::TABLE, slot, Kind::Writable);
    match result {
        Ok(flow) => cx.state.apply(slot, flow),
        Err(error) if is_would_block(&error) => {}
        Err(error) => handler_failed(app, cx, slot, row, false, error),
    }
    cx.state.name_failure(&A::TABLE[row]);
}
