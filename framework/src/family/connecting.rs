//! Members that are still connecting.

use std::collections::BTreeMap;
use std::io;
use std::time::{Duration, Instant};

use mio::Token;

use super::going::Step;
use super::place::Flag;
use super::settle::Case;
use super::{Family, Member};
use crate::net::Connect;
use crate::planted::Bug;
use crate::state::{after, read_clock};
use crate::table::Kind;
use crate::tokens::index_of;
use crate::{Closed, ConnectError, Connection, Framing, Handlers, selector};

impl<F: Framing, T, S: Connect> Family<Connection<F, T, S>> {
    /// Makes a member by connecting to an address, and returns its token, which is
    /// final. Nothing waits: when the connection is there, `#[opened]` is told;
    /// when it cannot be made, `#[closed]`, with
    /// [`Closed::Connect`](crate::Closed::Connect).
    ///
    /// Until then the member is one like any other: it can be found, sent to,
    /// paused, closed. What is sent to it is written once it is connected.
    ///
    /// # Notes
    ///
    /// The socket is made when the handler has returned, or else when the loop
    /// begins. It is connected when the system has said that it is writable, it has
    /// no error, and it has a peer that is not itself (connect(2)).
    ///
    /// It may take as long as [`connecting`](Self::connecting) says, by default 10
    /// seconds. Who listens on a Unix socket and has no room is tried again in that
    /// time, each [`Config::retry_delay`](crate::Config::retry_delay).
    ///
    /// To connect anew from `#[closed]` neither recurses nor spins: an attempt that
    /// a hook has begun is told to have failed no sooner than `retry_delay`, 100 ms
    /// by default, after it began. For a growing delay, set an
    /// [`Alarm`](crate::Alarm) instead.
    ///
    /// One that is closed while it is connecting leaves at once, or if something is
    /// unsent when that is written.
    ///
    /// # Examples
    ///
    /// A client of an echo server:
    ///
    /// ```
    /// use miocene::{Closed, Connection, EventLoop, Family, Flow, Lines, Tokens, handlers};
    ///
    /// const SERVERS: Tokens = Tokens::new(1);
    ///
    /// type Server = Connection<Lines, &'static str>;
    ///
    /// struct Client { servers: Family<Server>, answer: String }
    ///
    /// #[handlers]
    /// impl Client {
    ///     #[opened(tokens = SERVERS)]
    ///     fn connected(&mut self, server: &mut Server) {
    ///         writeln!(server.out, "hello, {}", server.state);
    ///     }
    ///
    ///     #[handler(tokens = SERVERS)]
    ///     fn line(&mut self, _: &mut Server, line: &str) -> Flow {
    ///         self.answer = line.to_owned();
    ///         Flow::Stop
    ///     }
    ///
    ///     #[closed(tokens = SERVERS)]
    ///     fn gone(&mut self, server: Server, why: Closed) {
    ///         eprintln!("{}: {why}", server.state);
    ///     }
    /// }
    /// # fn main() -> miocene::Result<()> {
    /// # let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
    /// # let address = listener.local_addr()?;
    /// # std::thread::spawn(move || {
    /// #     let (stream, _) = listener.accept().unwrap();
    /// #     std::io::copy(&mut &stream, &mut &stream)
    /// # });
    ///
    /// let mut servers = Family::new(SERVERS);
    /// servers.connect(address, "echo");
    /// let mut client = Client { servers, answer: String::new() };
    /// EventLoop::new()?.run(&mut client)?;
    /// assert_eq!(client.answer, "hello, echo");
    /// # Ok(())
    /// # }
    /// ```
    pub fn connect(&mut self, address: impl Into<S::Address>, state: T) -> Token
    where
        F: Default,
    {
        self.connect_with(address, F::default(), state)
    }

    /// As [`connect`](Self::connect), with a framing that is to be said.
    ///
    /// # Examples
    ///
    /// ```
    /// # use miocene::{Connection, Family, LengthPrefixed, Token};
    /// # use std::net::SocketAddr;
    /// fn connect(peers: &mut Family<Connection<LengthPrefixed>>, peer: SocketAddr) -> Token {
    ///     peers.connect_with(peer, LengthPrefixed::u16_be(), ())
    /// }
    /// ```
    pub fn connect_with(&mut self, address: impl Into<S::Address>, framing: F, state: T) -> Token {
        let address = To::<S>(address.into());
        let token = self.insert(Connection::with_framing(S::unconnected(), framing, state));
        let index = index_of(token);
        let member = self.places[index as usize].member.as_deref_mut();
        if let Some(home) = member.and_then(Member::home) {
            // By that it is known from one that is put in its place.
            *home = token;
        }
        self.connecting.begin(index, Box::new(address));
        token
    }
}

/// What is known of the members that are connecting, by their places. There are
/// few of them.
pub(super) struct Connecting<S>(BTreeMap<u32, Outbound<S>>);

/// A member that is connecting.
struct Outbound<S> {
    to: Box<dyn Destination<S>>,
    /// A hook has begun it: it may be to make up for one that has failed.
    by_hook: bool,
    /// When it was tried first, and by when it is to be connected.
    time: Option<(Instant, Instant)>,
    /// Why it has failed, until that is told.
    failed: Option<Closed>,
}

/// Where members of a type connect to.
trait Destination<S>: Send + Sync {
    fn begin(&self, member: &mut S) -> io::Result<()>;
    fn is_connected(&self, member: &mut S) -> io::Result<bool>;
    fn name(&self) -> String;
}

struct To<S: Connect>(S::Address);

impl<F: Framing, T, S: Connect> Destination<Connection<F, T, S>> for To<S> {
    fn begin(&self, member: &mut Connection<F, T, S>) -> io::Result<()> {
        *member.stream_mut() = S::begin(&self.0)?;
        Ok(())
    }

    fn is_connected(&self, member: &mut Connection<F, T, S>) -> io::Result<bool> {
        member.stream_mut().is_connected()
    }

    fn name(&self) -> String {
        S::name_of(&self.0)
    }
}

impl<S> Outbound<S> {
    /// When it began, and by when it is to be connected.
    fn times(&mut self, now: Instant, limit: Duration) -> (Instant, Instant) {
        *self.time.get_or_insert((now, after(now, limit)))
    }
}

impl<S> Connecting<S> {
    fn begin(&mut self, index: u32, to: Box<dyn Destination<S>>) {
        let outbound = Outbound {
            to,
            by_hook: false,
            time: None,
            failed: None,
        };
        self.0.insert(index, outbound);
    }

    pub(super) fn has(&self, index: u32) -> bool {
        self.0.contains_key(&index)
    }

    pub(super) fn forget(&mut self, index: u32) {
        self.0.remove(&index);
    }

    /// These were begun while hooks were called.
    pub(super) fn are_by_hooks(&mut self, noted: &[u32]) {
        if self.0.is_empty() {
            return;
        }
        for index in noted {
            if let Some(outbound) = self.0.get_mut(index) {
                outbound.by_hook |= outbound.time.is_none();
            }
        }
    }
}

impl<S> Default for Connecting<S> {
    fn default() -> Connecting<S> {
        Connecting(BTreeMap::new())
    }
}

/// What a member that is connecting waits for.
enum Wait {
    /// An event, but not longer than until then.
    Event(Instant),
    /// The time to try again, or to tell why it has failed.
    Time(Instant),
}

impl<A: Handlers, S: Member<K>, K> Case<'_, '_, A, S, K> {
    /// Whether the member is still connecting.
    pub(super) fn is_connecting(&mut self) -> bool {
        let index = index_of(self.token);
        self.family().connecting.has(index)
    }

    /// Goes on with connecting. Whether the member is connected now; the error is
    /// why it leaves.
    pub(super) fn connect(&mut self) -> Result<bool, Closed> {
        let index = index_of(self.token);
        let Some(mut outbound) = self.family().connecting.0.remove(&index) else {
            return Ok(true);
        };
        let wait = match self.advance_connecting(&mut outbound) {
            Ok(None) => {
                self.has_connected(index);
                return Ok(true);
            }
            Ok(Some(wait)) => wait,
            Err(why) => self.put_off(&mut outbound, why)?,
        };
        self.family().connecting.0.insert(index, outbound);
        self.wait(index, wait)?;
        Ok(false)
    }

    /// Whoever closes it has the first word; one that has something to say is
    /// connected for that.
    fn advance_connecting(&mut self, outbound: &mut Outbound<S>) -> Result<Option<Wait>, Closed> {
        let failed = outbound.failed.take();
        match self.take_step() {
            Some(Step::Flush(why))
                if self.has_unsent()
                    && failed.is_none()
                    && !Bug::DropsWhatWaitsForTheConnection.is_planted() =>
            {
                self.put_step(Step::Flush(why));
                let attempt = self.attempt(outbound);
                attempt.map_err(|error| self.take_step().map_or(error, Step::into_why))
            }
            // Somebody wants it to be gone.
            Some(step) if failed.is_some() => {
                outbound.by_hook = false;
                Err(failed.unwrap_or(step.into_why()))
            }
            Some(step) => Err(step.into_why()),
            None => failed.map_or_else(|| self.attempt(outbound), Err),
        }
    }

    /// One step of the recipe. None when it is connected.
    fn attempt(&mut self, outbound: &mut Outbound<S>) -> Result<Option<Wait>, Closed> {
        let now = read_clock();
        let limit = self.family().limits.connecting;
        let (_, until) = outbound.times(now, limit);
        let failed = |outbound: &Outbound<S>, source| {
            let address = outbound.to.name();
            Closed::Connect(ConnectError { address, source })
        };
        let asked = self.registered && !self.has(Flag::Blocked);
        let begun = match self.registered {
            true if asked && Bug::TakesWritableForConnected.is_planted() => Ok(Some(true)),
            true if asked => outbound.to.is_connected(&mut self.member).map(Some),
            true => Ok(Some(false)),
            false => outbound.to.begin(&mut self.member).map(|()| None),
        };
        match begun {
            Ok(Some(true)) => Ok(None),
            Ok(_) if now >= until => Err(failed(outbound, too_late(limit))),
            Ok(Some(false)) => Ok(Some(Wait::Event(until))),
            Ok(None) => {
                self.expect_room();
                self.take_in()?;
                if Bug::TellsOpenedTwice.is_planted() {
                    self.tell_opened();
                }
                Ok(Some(Wait::Event(until)))
            }
            Err(error) if has_no_room(&error) && now < until => {
                if Bug::NeverConnectsAgain.is_planted() {
                    return Ok(Some(Wait::Event(until)));
                }
                let delay = self.cx.state.config.retry_delay;
                Ok(Some(Wait::Time(after(now, delay).min(until))))
            }
            Err(error) => Err(failed(outbound, error)),
        }
    }

    /// When a failure is to be told that is not to be told yet.
    fn put_off(&mut self, outbound: &mut Outbound<S>, why: Closed) -> Result<Wait, Closed> {
        let waits = outbound.by_hook
            && !self.cx.state.stopping
            && !Bug::ConnectsAgainWithoutPause.is_planted();
        if !waits
            || !matches!(
                why,
                Closed::Connect(_) | Closed::Register(_) | Closed::Refused
            )
        {
            return Err(why);
        }
        let (now, delay) = (read_clock(), self.cx.state.config.retry_delay);
        let (begun, _) = outbound.times(now, Duration::ZERO);
        let due = after(begun, delay);
        if now >= due {
            return Err(why);
        }
        outbound.failed = Some(why);
        Ok(Wait::Time(due))
    }

    /// What was sent waits, within the limits of output, and nothing is read.
    fn wait(&mut self, index: u32, wait: Wait) -> Result<(), Closed> {
        self.expect_room();
        if self.member.outbox().is_some_and(|out| !out.is_unused()) {
            self.flush()?;
        }
        let time = match wait {
            Wait::Event(until) => {
                // An event that was for nothing is to be followed by others.
                if selector::REARMS {
                    self.watch_anew();
                }
                until
            }
            Wait::Time(time) => time,
        };
        let family = self.family();
        family.set(index, Flag::Resting);
        if !Bug::ForgetsTheConnectDeadline.is_planted() {
            family.going.rest(index, time);
        }
        Ok(())
    }

    /// The poll is to tell of room to write.
    fn expect_room(&mut self) {
        self.mark(|place, tokens| {
            place.set(tokens, Flag::Blocked);
            place.set(tokens, Flag::Asked);
        });
    }

    fn has_connected(&mut self, index: u32) {
        let family = self.family();
        family.going.ends_rest(index);
        family.clear(index, Flag::Resting);
        family.clear(index, Flag::Blocked);
        family.places[index as usize].begin_anew();
        // Who is on the way out is told of nothing more.
        if !self.is_going() {
            self.tell_opened();
        }
    }

    fn has_unsent(&mut self) -> bool {
        let out = self.member.outbox();
        out.is_some_and(|out| !out.unsent().is_empty())
    }

    /// Tells `#[opened]` that the member can be used.
    pub(super) fn tell_opened(&mut self) {
        self.cx.state.counters.opened += 1;
        if let Some(opened) = self.hooks.opened {
            let result = self.call(opened);
            self.after(Kind::Opened, result);
        }
    }
}

fn too_late(limit: Duration) -> io::Error {
    io::Error::new(
        io::ErrorKind::TimedOut,
        format!("not connected within {limit:?}: see `Family::connecting`"),
    )
}

/// Whoever listens on a Unix socket has no room for another yet (connect(2),
/// EAGAIN), or a signal came. No event will tell.
fn has_no_room(error: &io::Error) -> bool {
    let kind = error.kind();
    kind == io::ErrorKind::WouldBlock || kind == io::ErrorKind::Interrupted
}
