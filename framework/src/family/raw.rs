//! Members whose handlers do their own input and output, beside `drain::raw` for
//! a single source.

use mio::Token;

use super::after::after_call;
use super::lend::Lent;
use super::place::Flag;
use super::{Family, Member, Raw};
use crate::flow::is_would_block;
use crate::state::State;
use crate::table::Kind;
use crate::{BoxError, Context, Flow, Handlers, Interest, Readiness, selector};

/// Calls a `raw` handler with the member of `token`, and again while it left
/// something ready: see [`drain::raw`](crate::drain::raw).
///
/// Called by [`Handlers::dispatch`] for tokens that its family
/// [contains](crate::Tokens::contains).
///
/// # Examples
///
/// The parts of [`Handlers`](Handlers#a-family-by-hand) that are for a family of
/// sockets with a `raw` handler:
///
/// ```
/// use miocene::family::{self, Hooks, Visitor};
/// use miocene::mio::net::UdpSocket;
/// use miocene::{Context, Family, Flow, Handlers, Interest, Outcome, Readiness, Token, Tokens};
/// use std::io;
///
/// const SOCKETS: Tokens = Tokens::new(1);
///
/// struct App { sockets: Family<UdpSocket>, received: usize }
///
/// impl App {
///     fn datagram(&mut self, socket: &mut UdpSocket, ready: &mut Readiness) -> io::Result<Flow> {
///         let mut buffer = [0; 1500];
///         self.received += ready.try_io(Interest::READABLE, || socket.recv(&mut buffer))?;
///         Ok(Flow::Close)
///     }
/// }
///
/// impl Handlers for App {
///     # const TABLE: &'static [miocene::table::Entry] = &[miocene::table::Entry::family(
///     #     miocene::table::Kind::Raw(Interest::READABLE), "datagram", "SOCKETS", SOCKETS, "self.sockets",
///     # )];
///     # const FAMILIES: bool = true;
///     # fn source(&mut self, _: Token) -> Option<&mut dyn miocene::mio::event::Source> { None }
///     # fn is_noted(&mut self) -> bool { self.sockets.is_noted() }
///     fn families<V: Visitor<Self>>(&mut self, visitor: &mut V) {
///         visitor.visit(self, Hooks::raw(SOCKETS, |app: &mut Self| &mut app.sockets));
///     }
///
///     fn dispatch(
///         &mut self,
///         cx: &mut Context<'_>,
///         _input: &mut miocene::Input,
///         token: Token,
///         ready: Readiness,
///     ) {
///         match token {
///             _ if SOCKETS.contains(token) => family::raw(
///                 self, cx, token, ready,
///                 |app| &mut app.sockets,
///                 |app, _cx, member, ready| app.datagram(member, ready).outcome(),
///             ),
///             _ => cx.unknown(token),
///         }
///     }
/// }
/// # fn main() -> miocene::Result<()> {
/// # let socket = UdpSocket::bind("127.0.0.1:0".parse().unwrap())?;
/// # let peer = std::net::UdpSocket::bind("127.0.0.1:0")?;
/// # peer.send_to(b"hello", socket.local_addr()?)?;
/// # let mut app = App { sockets: Family::new(SOCKETS), received: 0 };
/// # app.sockets.insert(socket);
/// # miocene::EventLoop::new()?.run(&mut app)?;
/// # assert_eq!(app.received, 5);
/// # Ok(())
/// # }
/// ```
#[inline(always)]
pub fn raw<A, S>(
    app: &mut A,
    cx: &mut Context<'_>,
    token: Token,
    ready: Readiness,
    family: impl Fn(&mut A) -> &mut Family<S>,
    mut handler: impl FnMut(&mut A, &mut Context<'_>, &mut S, &mut Readiness) -> Result<Flow, BoxError>,
) where
    A: Handlers,
    S: Member<Raw>,
{
    let taken = cx.aside(|cx| family(app).take_raw(cx.state, token, ready));
    let Some((member, mut ready)) = taken else {
        return;
    };
    let mut lent = Lent::new(app, member, family, token);
    let Some(member) = lent.member.as_deref_mut() else {
        return;
    };
    let mut left = cx.state.config.budget;
    loop {
        let result = handler(lent.app, cx, member, &mut ready);
        if !matches!(result, Ok(Flow::Continue)) || cx.noted {
            cx.noted = false;
            let (app, family) = (&mut *lent.app, &lent.family);
            cx.aside(|cx| after_raw(app, cx, family, token, &mut ready, result));
        }
        left -= 1;
        let again = ready.is_readable() || ready.wrote();
        let stays = !cx.state.stopping && (lent.family)(lent.app).is_plain(token);
        if selector::REARMS && ready.blocked() {
            let interest = (lent.family)(lent.app).interest_of::<Raw>(token);
            cx.aside(|cx| rearm(cx, &mut *member, token, interest));
        }
        if !again || !stays || left == 0 {
            break;
        }
        ready = ready.latched();
    }
    let Some(member) = lent.member.take() else {
        return;
    };
    (lent.family)(lent.app).put_back_raw(cx.state, token, member, ready, left == 0);
}

#[cold]
#[inline(never)]
fn after_raw<A: Handlers, S>(
    app: &mut A,
    cx: &mut Context<'_>,
    family: &impl Fn(&mut A) -> &mut Family<S>,
    token: Token,
    ready: &mut Readiness,
    result: Result<Flow, BoxError>,
) {
    match result {
        Err(error) if is_would_block(&error) => {
            let interest = family(app).interest.unwrap_or(Interest::READABLE);
            ready.blocked_outside(interest);
        }
        result => {
            let kind = Kind::Raw(family(app).interest.unwrap_or(Interest::READABLE));
            after_call(app, cx, family, token, kind, result);
        }
    }
}

#[cold]
#[inline(never)]
fn rearm<S: Member<Raw>>(
    cx: &mut Context<'_>,
    member: &mut S,
    token: Token,
    interest: Option<Interest>,
) {
    let Some(interest) = interest else { return };
    let source = member.source();
    if cx.registry().reregister(source, token, interest).is_err() {
        let _ = cx.registry().deregister(source);
        // If that fails as well, the next operation tells why.
        let _ = cx.registry().register(source, token, interest);
    }
}

impl<S> Family<S> {
    /// Takes a member whose handler is to be called, with what it is ready for.
    #[inline(never)]
    fn take_raw(
        &mut self,
        state: &mut State,
        token: Token,
        ready: Readiness,
    ) -> Option<(Box<S>, Readiness)> {
        let Some(index) = self.find_any(token) else {
            state.counters.stale_events += u64::from(!state.queued);
            return None;
        };
        let place = &self.places[index as usize];
        if !place.is_here() || place.has(Flag::New) {
            return None;
        }
        if state.queued {
            self.clear(index, Flag::Queued);
        }
        let place = &self.places[index as usize];
        let (queued, held) = (place.has(Flag::Queued), place.is_held());
        let mut now = ready.only(Readiness::wanted(
            self.interest.unwrap_or(Interest::READABLE),
        ));
        if place.has(Flag::Latched) {
            now |= Readiness::READABLE;
        }
        if place.has(Flag::Hinted) {
            now |= Readiness::READ_CLOSED;
        }
        // Room to write that was there before is no reason to call by itself.
        let room = now.is_writable();
        let called_for = now.is_readable() && !held || room || state.queued;
        if place.has(Flag::Writable) {
            now |= Readiness::WRITABLE;
        }
        if queued || !called_for {
            self.latch_raw(index, now);
            if held && ready.is_readable() {
                self.wakes(state, index);
            }
            return None;
        }
        self.clear_raw(index);
        if held {
            self.latch_raw(index, now.only(Readiness::READ_SIDE));
            now = now.without(Readiness::READ_SIDE);
        }
        let place = &mut self.places[index as usize];
        place.age = 0;
        place.member.take().map(|member| (member, now))
    }

    fn latch_raw(&mut self, index: u32, ready: Readiness) {
        if ready.is_readable() {
            self.latch(index, ready.is_hinted());
        }
        if ready.is_writable() {
            self.set(index, Flag::Writable);
        }
    }

    fn clear_raw(&mut self, index: u32) {
        for flag in [Flag::Latched, Flag::Hinted, Flag::Writable] {
            self.clear(index, flag);
        }
    }

    /// Puts a member back, with what its handler left ready.
    #[inline(never)]
    fn put_back_raw(
        &mut self,
        state: &mut State,
        token: Token,
        member: Box<S>,
        left: Readiness,
        cut: bool,
    ) {
        let Some(index) = self.put_back(token, member) else {
            return;
        };
        self.latch_raw(index, left.latched());
        let place = &self.places[index as usize];
        let again = left.wrote() || left.is_readable() && !place.is_held();
        if again && cut {
            state.counters.budget_cuts += 1;
        }
        let place = &self.places[index as usize];
        if again && place.is_here() && !place.has(Flag::Queued) {
            self.set(index, Flag::Queued);
            state.ready.push_back(token);
            state.unsettled = true;
        }
    }
}
