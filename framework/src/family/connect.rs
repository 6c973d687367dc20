//! Connecting as a verb of families, and what is known of members until they are
//! connected.

use std::collections::BTreeMap;
use std::io;
use std::time::{Duration, Instant};

use mio::Token;

use super::{Family, Member};
use crate::net::Connect;
use crate::state::after;
use crate::tokens::index_of;
use crate::{Closed, Connection, Framing};

impl<F: Framing, T, S: Connect> Family<Connection<F, T, S>> {
    /// Makes a member by connecting to an address, and returns its token, which is
    /// final. Nothing waits: when the connection is there, `#[opened]` is told;
    /// when it cannot be made, `#[closed]`, with
    /// [`Closed::Connect`].
    ///
    /// Until then the member is one like any other: it can be found, sent to,
    /// paused, closed. What is sent to it is written once it is connected.
    ///
    /// # Notes
    ///
    /// An address is no name: to look one up blocks, and is best done before the loop
    /// runs, by [`ToSocketAddrs`](std::net::ToSocketAddrs), or by another thread.
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
pub(super) struct Outbound<S> {
    pub(super) to: Box<dyn Destination<S>>,
    /// A hook has begun it: it may be to make up for one that has failed.
    pub(super) by_hook: bool,
    /// When it was tried first, and by when it is to be connected.
    time: Option<(Instant, Instant)>,
    /// It was tried in vain.
    pub(super) vain: bool,
    /// Why it has failed, until that is told.
    pub(super) failed: Option<Closed>,
}

/// Where members of a type connect to.
pub(super) trait Destination<S>: Send + Sync {
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
    pub(super) fn times(&mut self, now: Instant, limit: Duration) -> (Instant, Instant) {
        *self.time.get_or_insert((now, after(now, limit)))
    }
}

impl<S> Connecting<S> {
    fn begin(&mut self, index: u32, to: Box<dyn Destination<S>>) {
        let outbound = Outbound {
            to,
            by_hook: false,
            time: None,
            vain: false,
            failed: None,
        };
        self.0.insert(index, outbound);
    }

    pub(super) fn has(&self, index: u32) -> bool {
        self.0.contains_key(&index)
    }

    pub(super) fn take(&mut self, index: u32) -> Option<Outbound<S>> {
        self.0.remove(&index)
    }

    pub(super) fn put(&mut self, index: u32, outbound: Outbound<S>) {
        self.0.insert(index, outbound);
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
