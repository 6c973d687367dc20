//! Families: many sources of one kind in one field.
//!
//! [`Family`] is what applications hold; the functions are what
//! `#[handlers]` calls, and may be called by hand.

mod drain;
mod flush;
mod going;
mod hooks;
mod iter;
mod lend;
mod limits;
mod member;
mod place;
mod raw;
mod settle;
mod sweep;
mod visitors;

use std::fmt;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use mio::{Interest, Token};

use crate::Tokens;
use crate::Writable;
use crate::connection::Busy;
use crate::tokens::{PLACES, VERSION, index_of, word_of};

pub use drain::{items, items_filling, unread, writable};
pub use hooks::{Hooks, Visitor};
pub use member::{Drained, Member, Raw};
pub use raw::raw;

pub(crate) use limits::OutputLimits;
pub(crate) use visitors::{Outlook, close_all, expire, recover, settle, stop_all, sweep, take_up};

use going::Going;
use limits::Limits;
use place::{Flag, Place};
use sweep::Sweeps;

/// A field with any number of sources of one kind, its *members*: the clients
/// of a server, a listener for each address, the children of a supervisor.
///
/// `S` is a [`Connection`](crate::Connection), or any [`Drain`](crate::Drain);
/// with `raw` handlers, any event source. The limits of a family hold for each
/// of its members and are on without any setting.
///
/// # Changes
///
/// A family is changed by plain method calls, anywhere: in handlers, in `main`
/// before the loop runs, between turns. Each notes the member, and the loop does
/// the rest when the handler has returned: it registers, flushes, resumes, closes.
/// Look-ups see the change at once.
///
/// While a handler runs, its member is lent to it and not here:
/// [`iter_mut`](Self::iter_mut) is everyone else. Calls with its token act on it
/// all the same; only [`get`](Self::get) and [`get_mut`](Self::get_mut) do not
/// find it.
///
/// Each member leaves through `#[closed]`, exactly once and whatever the reason;
/// also if it could not be registered, or found no room, or the loop ends.
///
/// # Examples
///
/// ```
/// use miocene::{Family, Tokens, net::TcpStream, Connection, Lines};
/// use std::time::Duration;
///
/// const CLIENTS: Tokens = Tokens::new(1);
///
/// let clients: Family<Connection<Lines>> = Family::new(CLIENTS)
///     .cap(1000)
///     .idle(Duration::from_secs(300))
///     .frame(64 * 1024);
/// assert_eq!(clients.len(), 0);
/// ```
///
/// # Notes
///
/// To replace a family in its field drops its members without a word, but for
/// the one that is lent, which leaves with
/// [`Closed::Replaced`](crate::Closed::Replaced). Tokens of the old family mean
/// nothing to the new one.
///
/// Two connections may be exchanged with [`mem::swap`](std::mem::swap), or
/// replaced: the loop notices and registers what is there. Of other members it
/// cannot know; they must stay where they are.
pub struct Family<S> {
    tokens: Tokens,
    limits: Limits,
    first_version: u32,
    places: Vec<Place<S>>,
    /// Places that nobody has.
    free: Vec<u32>,
    /// Members that are not on their way out.
    staying: usize,
    /// Members that the user has paused.
    paused: usize,
    /// Members with which something is to be done when the handler has returned.
    noted: Vec<u32>,
    /// Those of them that are being settled.
    due: Vec<u32>,
    /// What was noted while others were settled: for the next turn.
    later: Vec<u32>,
    /// Members on their way out, and those that are to be told of their end.
    going: Going,
    /// Members whose family was replaced while they were lent.
    orphans: Vec<(Token, Box<S>)>,
    sweeps: Sweeps,
    /// Memory for output, lent to the member that is drained.
    spare: Option<Box<Busy>>,
    /// What the poll is asked for, once the family has been seen by a loop.
    interest: Option<Interest>,
    /// A handler has panicked for one of the members.
    panicked: bool,
    /// Whether the application has a WRITABLE handler for it.
    tells_writable: bool,
}

/// Where the versions of the next family begin. They are far apart, so that a
/// family which takes another's place revives none of its tokens.
static FIRST_VERSION: AtomicU32 = AtomicU32::new(0);

/// Odd, and near to the golden ratio of all versions.
const VERSIONS_APART: u32 = 0x9e_3779;

impl<S> Family<S> {
    /// An empty family. Its constant is that of the attributes
    /// (`#[handler(tokens = CLIENTS)]`); that they are the same is checked when
    /// the loop begins.
    pub fn new(tokens: Tokens) -> Family<S> {
        Family {
            tokens,
            limits: Limits::default(),
            first_version: FIRST_VERSION.fetch_add(VERSIONS_APART, Ordering::Relaxed) & VERSION,
            places: Vec::new(),
            free: Vec::new(),
            staying: 0,
            paused: 0,
            // Nobody: but the loop looks at a family that it has not seen yet, which
            // may have taken the place of a full one.
            noted: vec![u32::MAX],
            due: Vec::new(),
            later: Vec::new(),
            going: Going::default(),
            orphans: Vec::new(),
            sweeps: Sweeps::default(),
            spare: None,
            interest: None,
            panicked: false,
            tells_writable: false,
        }
    }

    /// How many members there may be: 10,000 unless this is set. One that is
    /// inserted above it leaves at once, with
    /// [`Closed::Refused`](crate::Closed::Refused); a listener that
    /// `fills` the family does not accept until there is room.
    ///
    /// # Notes
    ///
    /// Members on their way out (being flushed, lingering) do not count, unless
    /// they are as many again.
    pub fn cap(mut self, members: usize) -> Self {
        self.limits.members = members.min(PLACES / 2);
        self
    }

    /// How long a member may be idle: for a connection 75 seconds, and for any
    /// other source for ever, unless this is set. Nothing
    /// has come from it in this time, and nothing could be sent to it. Reading
    /// then ends with [`Ended::Idle`](crate::Ended::Idle). `Duration::MAX` for
    /// ever.
    ///
    /// # Notes
    ///
    /// Never early, and late by at most a sixteenth; the time rests while the
    /// application has paused the member and nothing is to be sent to it, and
    /// begins anew when it is resumed.
    pub fn idle(mut self, time: Duration) -> Self {
        self.limits.idle = Some(time);
        self
    }

    /// How long a connection's peer may take to complete a message: 30 seconds
    /// unless this is set. Counts from the first byte of an incomplete frame,
    /// whatever trickles in. Reading then ends with
    /// [`Ended::Deadline`](crate::Ended::Deadline). `Duration::MAX` for ever.
    ///
    /// # Notes
    ///
    /// As for [`idle`](Self::idle).
    pub fn message(mut self, time: Duration) -> Self {
        self.limits.message = time;
        self
    }

    /// How long a frame of a connection may be, in bytes: 8 KiB unless this is
    /// set, with what the framing adds to it. A longer one ends reading with
    /// [`Ended::TooLong`](crate::Ended::TooLong). Framings that do not wait for
    /// a whole frame, as [`Bytes`](crate::Bytes), have no limit.
    pub fn frame(mut self, bytes: usize) -> Self {
        self.limits.frame = bytes;
        self
    }

    /// How much may be unsent on a connection, in bytes: 64 KiB, 256 KiB and
    /// 1 MiB unless this is set. Above `high` nothing is read from the peer, and
    /// at or below `low` it is again; above `cap` the connection is closed: see
    /// [`Outbox`](crate::Outbox).
    ///
    /// # Panics
    ///
    /// If they are not in this order.
    pub fn unsent(mut self, low: usize, high: usize, cap: usize) -> Self {
        assert!(
            low <= high && high <= cap,
            "of what is unsent, `low` is at most `high`, and `high` at most `cap`"
        );
        self.limits.output = OutputLimits { low, high, cap };
        self
    }

    /// How long a connection that is closed waits for its peer to read what was
    /// sent last, and how many bytes that still come from it are read and
    /// dropped: 5 seconds and 64 KiB unless this is set. Without it, what the
    /// peer sends after the close makes the system throw away what it has not
    /// read yet. A peer that was sent nothing in that time is not waited for.
    pub fn linger(mut self, time: Duration, bytes: usize) -> Self {
        (self.limits.linger, self.limits.linger_bytes) = (time, bytes);
        self
    }

    /// The constant of the family.
    pub fn tokens(&self) -> Tokens {
        self.tokens
    }

    /// Puts a member into the family and returns its token, which is final. The
    /// loop registers it when the handler has returned, or else when it begins.
    ///
    /// # Notes
    ///
    /// Whatever hinders it is told to `#[closed]`: the family is full, the poll
    /// refuses the member. What had been sent to it is then tried once, so that
    /// a refusal can be a polite one.
    pub fn insert(&mut self, member: S) -> Token {
        let refused = !self.has_room();
        let index = self.free.pop().unwrap_or_else(|| self.add_place());
        let place = &mut self.places[index as usize];
        place.settle_in(self.tokens, Box::new(member));
        let token = place.token(self.tokens, index);
        self.staying += 1;
        self.note(index);
        if refused {
            self.set_out(index, going::Step::Now(crate::Closed::Refused));
        }
        token
    }

    fn add_place(&mut self) -> u32 {
        // An eighth more each time: doubled, half of the places would idle.
        if self.places.len() == self.places.capacity() {
            self.places.reserve_exact(self.places.len() / 8 + 16);
        }
        self.places.push(Place::free(self.first_version));
        (self.places.len() - 1) as u32
    }

    /// Whether there is a member with this token, which is not on its way out.
    pub fn contains(&self, token: Token) -> bool {
        self.find(token).is_some()
    }

    /// How many members there are: with the one that is lent and those that
    /// have just been inserted, without those on their way out.
    pub fn len(&self) -> usize {
        self.staying
    }

    /// Whether there are no members.
    pub fn is_empty(&self) -> bool {
        self.staying == 0
    }

    /// Whether another member would be accepted.
    #[inline]
    pub fn has_room(&self) -> bool {
        let used = self.places.len() - self.free.len();
        self.staying < self.limits.members && used < 2 * self.limits.members
    }

    /// Closes a member: nothing more is read from it, what is unsent is sent,
    /// and then it leaves with [`Closed::Asked`](crate::Closed::Asked). Whether
    /// there is such a member.
    pub fn close(&mut self, token: Token) -> bool {
        self.send_away(token, going::Step::Flush(crate::Closed::Asked))
    }

    /// Closes a member at once, whatever is unsent:
    /// [`Closed::Aborted`](crate::Closed::Aborted). Whether there is such a
    /// member; one that is being closed counts.
    pub fn abort(&mut self, token: Token) -> bool {
        self.send_away(token, going::Step::Now(crate::Closed::Aborted))
    }

    /// Takes a member out as it is: deregistered, and with what is unread and
    /// unsent. It is handed to `#[closed]` with
    /// [`Closed::Left`](crate::Closed::Left). Whether there is such a member.
    pub fn leave(&mut self, token: Token) -> bool {
        self.send_away(token, going::Step::Now(crate::Closed::Left))
    }

    /// Stops reading from a member until [`resume`](Self::resume). No system
    /// call is made, and no edge is lost. Whether there is such a member.
    pub fn pause(&mut self, token: Token) -> bool {
        let Some(index) = self.find(token) else {
            return false;
        };
        self.hold(index);
        true
    }

    /// Lets a member be read again. Whether there is such a member.
    pub fn resume(&mut self, token: Token) -> bool {
        let Some(index) = self.find(token) else {
            return false;
        };
        if self.places[index as usize].has(Flag::Paused) {
            self.clear(index, Flag::Paused);
            self.places[index as usize].begin_anew();
            self.paused -= 1;
            self.note(index);
        }
        true
    }

    /// Whether something was noted that the loop is to settle: for
    /// [`Handlers::is_noted`](crate::Handlers::is_noted).
    #[inline(always)]
    pub fn is_noted(&self) -> bool {
        !self.noted.is_empty()
    }

    /// For the code of `#[handlers]`: refuses to compile for a member that one
    /// does not write to.
    #[doc(hidden)]
    pub fn assert_writable(&self)
    where
        S: Writable,
    {
    }
}

impl<S> Family<S> {
    /// The place of a member that is not on its way out.
    fn find(&self, token: Token) -> Option<u32> {
        let index = self.find_any(token)?;
        self.places[index as usize].is_here().then_some(index)
    }

    /// The place of a member.
    fn find_any(&self, token: Token) -> Option<u32> {
        let index = index_of(token);
        let place = self.places.get(index as usize)?;
        (self.tokens.contains(token) && place.is_of(word_of(token))).then_some(index)
    }

    fn token_of(&self, index: u32) -> Token {
        self.places[index as usize].token(self.tokens, index)
    }

    /// Has the loop look at a member when the handler has returned.
    fn note(&mut self, index: u32) {
        let place = &mut self.places[index as usize];
        if !place.has(Flag::Noted) {
            place.set(self.tokens, Flag::Noted);
            self.noted.push(index);
        }
    }

    fn note_token(&mut self, token: Token) {
        if let Some(index) = self.find_any(token) {
            self.note(index);
        }
    }

    fn set(&mut self, index: u32, flag: Flag) {
        self.places[index as usize].set(self.tokens, flag);
    }

    fn clear(&mut self, index: u32, flag: Flag) {
        self.places[index as usize].clear(self.tokens, flag);
    }

    fn hold(&mut self, index: u32) {
        if !self.places[index as usize].has(Flag::Paused) {
            self.set(index, Flag::Paused);
            self.paused += 1;
        }
    }

    /// Members that are here in any way, also on their way out.
    fn used(&self) -> usize {
        self.places.len() - self.free.len()
    }
}

impl<S> fmt::Debug for Family<S> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Family")
            .field("tokens", &self.tokens)
            .field("members", &self.staying)
            .finish_non_exhaustive()
    }
}
