//! An application in a loop: registered, turned, and deregistered whatever
//! happens.

use std::any::type_name;
use std::io;
use std::time::Duration;

use mio::event::Source;
use mio::{Events, Interest, Registry, Token};

use crate::failure::{attach_error, attach_failed};
use crate::slot::{Flag, Slot, Slots};
use crate::state::Command;
use crate::table::{Entry, TOKEN_END};
use crate::{Context, Error, EventLoop, Handlers, Readiness, Result, Turn};

/// Deregisters everything when it is dropped, unless it is to be kept.
pub(crate) struct Session<'a, A: Handlers> {
    event_loop: &'a mut EventLoop,
    app: &'a mut A,
    kept: bool,
}

impl<'a, A: Handlers> Session<'a, A> {
    /// A new session, with every source registered.
    pub(crate) fn open(event_loop: &'a mut EventLoop, app: &'a mut A) -> Result<Self> {
        if let Some(driven) = event_loop.driven {
            let other = type_name::<A>();
            if driven != other {
                return Err(Error::OtherApplication { driven, other });
            }
            drop(Session::of(event_loop, app));
        }
        check_table(A::TABLE)?;
        let mut session = Session::of(event_loop, app);
        session.event_loop.driven = Some(type_name::<A>());
        session.attach_all()?;
        Ok(session)
    }

    /// The session that an earlier turn kept, or a new one.
    #[inline(always)]
    pub(crate) fn resume(event_loop: &'a mut EventLoop, app: &'a mut A) -> Result<Self> {
        if event_loop.driven == Some(type_name::<A>()) {
            return Ok(Session::of(event_loop, app));
        }
        Session::open(event_loop, app)
    }

    pub(crate) fn of(event_loop: &'a mut EventLoop, app: &'a mut A) -> Self {
        Session {
            event_loop,
            app,
            kept: false,
        }
    }

    pub(crate) fn keep(mut self) {
        self.kept = true;
    }

    /// Turns until the application is stopped, or nothing is left that could
    /// ever happen.
    ///
    /// A function of its own: with what comes before and after, it would be too
    /// large to be optimised well.
    #[inline(never)]
    pub(crate) fn run(&mut self) -> Result<()> {
        let mut events = self.event_loop.take_events();
        while self.turn(None, &mut events)? {}
        self.event_loop.events = events;
        Ok(())
    }

    /// One turn for a host, and what it is to know.
    pub(crate) fn turn_once(&mut self, limit: Option<Duration>) -> Result<Turn> {
        let mut events = self.event_loop.take_events();
        let again = self.turn(limit, &mut events);
        self.event_loop.events = events;
        again.map(|_| self.answer())
    }

    /// One turn: waits, and dispatches the events, then the sources that had
    /// been left when the turn began. `false` if nothing is left to wait for.
    ///
    /// The only place that calls `dispatch`, so that all of it can be inlined.
    #[inline(always)]
    fn turn(&mut self, limit: Option<Duration>, events: &mut Events) -> Result<bool> {
        if self.event_loop.state.unsettled {
            if self.event_loop.state.is_finished() {
                return Ok(false);
            }
            self.event_loop.wait_unsettled(limit, events)?;
        } else {
            self.event_loop.wait(limit, events)?;
        }
        let event_loop = &mut *self.event_loop;
        let mut cx = Context::new(&mut event_loop.state, event_loop.poll.registry());
        let mut rest = events.iter();
        loop {
            let (token, ready) = match rest.next() {
                Some(event) => (event.token(), Readiness::from(event)),
                None if !cx.state.unsettled && !is_full(events) => return Ok(true),
                None => match cx.state.next_due() {
                    Some(token) => (token, Readiness::NONE),
                    None => break,
                },
            };
            cx.token = token;
            self.app
                .dispatch(&mut cx, &mut event_loop.input, token, ready);
            if cx.state.attention && !cx.aside(|cx| attend(self.app, cx))? {
                break;
            }
        }
        self.settle(events)?;
        Ok(true)
    }

    /// The end of a turn that was more than events.
    #[inline(never)]
    fn settle(&mut self, events: &mut Events) -> Result<()> {
        let event_loop = &mut *self.event_loop;
        let mut cx = Context::new(&mut event_loop.state, event_loop.poll.registry());
        if cx.state.attention {
            attend(self.app, &mut cx)?;
        }
        cx.state.settle(is_full(events));
        if is_full(events) {
            event_loop.grow(events);
        }
        Ok(())
    }

    fn answer(&mut self) -> Turn {
        let state = &mut self.event_loop.state;
        if state.is_finished() {
            return Turn::finished();
        }
        Turn {
            again: state.timeout(None),
            finished: false,
        }
    }

    fn attach_all(&mut self) -> Result<()> {
        let state = &mut self.event_loop.state;
        state.slots = Slots::new(A::TABLE.iter().map(|row| new_slot(A::TABLE, row)).collect());
        for slot in (0..A::TABLE.len()).filter(|&row| owns_slot(A::TABLE, row)) {
            let source = &mut self.event_loop.state.slots[slot];
            let registry = self.event_loop.poll.registry();
            register(self.app, registry, source)
                .map_err(|error| attach_error(&A::TABLE[slot], error))?;
            source.reset(None);
            source.used = true;
        }
        self.event_loop.state.recount();
        Ok(())
    }
}

impl<A: Handlers> Drop for Session<'_, A> {
    fn drop(&mut self) {
        if self.kept {
            return;
        }
        let registry = self.event_loop.poll.registry();
        for source in self.event_loop.state.slots.iter() {
            if !source.has(Flag::Detached) {
                deregister(self.app, registry, source.token);
            }
        }
        self.event_loop.state.clear();
        self.event_loop.input.clear();
        self.event_loop.driven = None;
    }
}

impl Turn {
    fn finished() -> Turn {
        Turn {
            again: None,
            finished: true,
        }
    }
}

/// Whether the poll reported as many events as there is room for: there may be
/// more.
#[inline(always)]
fn is_full(events: &Events) -> bool {
    events.iter().size_hint().0 == events.capacity()
}

/// Does what was noted while a handler ran. Whether the loop goes on.
///
/// What the handlers note that this calls waits for the next turn, so that one
/// which attaches a source that cannot be attached, again and again, stops
/// nobody but itself.
#[cold]
#[inline(never)]
fn attend<A: Handlers>(app: &mut A, cx: &mut Context<'_>) -> Result<bool> {
    for _ in 0..cx.state.commands.len() {
        if cx.state.commands.is_empty() {
            break;
        }
        let command = cx.state.commands.remove(0);
        match command {
            Command::Attach(slot) => attach(app, cx, slot),
            Command::Detach(slot) => {
                deregister(app, cx.registry(), cx.state.slots[slot].token);
            }
            Command::TakeOff(slot) => take_off(app, cx, slot),
            Command::PutBack(slot) => put_back(app, cx, slot),
        }
    }
    cx.state.attention = cx.state.stopping || !cx.state.commands.is_empty();
    match cx.state.failure.take() {
        Some(error) => Err(error),
        None => Ok(!cx.state.stopping),
    }
}

/// Registers a source that is new in its field, or was detached.
fn attach<A: Handlers>(app: &mut A, cx: &mut Context<'_>, slot: usize) {
    let result = register(app, cx.registry(), &cx.state.slots[slot]);
    match result {
        Ok(()) => {
            cx.state.slots[slot].reset(None);
            cx.state.deadlines.remove(slot);
            cx.state.recount();
        }
        Err(error) => attach_failed(app, cx, slot, error),
    }
}

/// Asks the poll for no more reading events of a source that is held.
fn take_off<A: Handlers>(app: &mut A, cx: &mut Context<'_>, slot: usize) {
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
fn put_back<A: Handlers>(app: &mut A, cx: &mut Context<'_>, slot: usize) {
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

fn register<A: Handlers>(app: &mut A, registry: &Registry, slot: &Slot) -> io::Result<()> {
    let Some(source) = app.source(slot.token) else {
        return Err(io::Error::new(
            io::ErrorKind::NotFound,
            "`Handlers::source` knows no source for this token",
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

/// A slot for a row, waiting to be attached, with the interest of all rows of
/// the row's token.
fn new_slot(table: &[Entry], row: &Entry) -> Slot {
    let interests = table
        .iter()
        .filter(|other| other.token == row.token)
        .filter_map(|other| other.kind.interest());
    let interest = interests
        .reduce(Interest::add)
        .unwrap_or(Interest::READABLE);
    Slot::detached(row.token, interest)
}

/// Whether a row is the first of its token: its slot is the token's.
fn owns_slot(table: &[Entry], row: usize) -> bool {
    table[row].kind.interest().is_some()
        && !table[..row]
            .iter()
            .any(|other| other.token == table[row].token && other.kind.interest().is_some())
}

/// What `#[handlers]` checks when it compiles, for tables written by hand.
fn check_table(table: &[Entry]) -> Result<()> {
    let bound = |row: &&Entry| row.kind.interest().is_some();
    for row in table.iter().filter(bound) {
        let contradiction = |contradiction| {
            Err(Error::Table {
                handler: row.handler,
                contradiction,
            })
        };
        if row.token.0 >= TOKEN_END {
            return contradiction("the token of a single source must be below 2^24");
        }
        let same_token = |other: &&Entry| other.token == row.token;
        let first = table.iter().filter(bound).find(same_token);
        if first.is_some_and(|first| first.source != row.source) {
            return contradiction("its token has another source in an earlier row");
        }
    }
    Ok(())
}
