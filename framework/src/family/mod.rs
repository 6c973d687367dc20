//! Families: many sources of one kind in one field.
//!
//! [`Family`] is what applications hold, and all that most of them need of this
//! module. What else is here is for
//! those who write by hand what `#[handlers]` writes; the example of
//! [`Handlers`](crate::Handlers#a-family-by-hand) is a whole application.
//!
//! * The functions drain a member and call its handlers:
//!   [`Handlers::dispatch`](crate::Handlers::dispatch) calls one of them for the
//!   tokens that a family [contains](crate::Tokens::contains).
//! * [`Hooks`] are what an application is called for beside that, and a
//!   [`Visitor`] is who asks for them:
//!   [`Handlers::families`](crate::Handlers::families).
//! * [`Member`] is what a family can hold. There is nothing to implement.

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
use crate::connection::{Busy, Hindrance};
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
/// What `#[opened]`, `#[ended]` and `#[closed]` change in other members waits for
/// the next turn, which does not sleep.
///
/// Each member leaves through `#[closed]`, exactly once and whatever the reason;
/// also if it could not be registered, or found no room, or the loop ends.
///
/// # Examples
///
/// ```
/// use miocene::{Connection, Family, Lines, Tokens};
/// use std::time::Duration;
///
/// const CLIENTS: Tokens = Tokens::new(1);
///
/// let clients: Family<Connection<Lines>> = Family::new(CLIENTS)
///     .cap(1000)
///     .idle(Duration::from_secs(300))
///     .frame(64 * 1024);
/// assert!(clients.is_empty() && clients.has_room());
/// ```
///
/// Look-ups see changes at once, also where no loop runs yet:
///
/// ```
/// use miocene::{Family, Tokens, net::TcpListener};
///
/// const LISTENERS: Tokens = Tokens::new(1);
///
/// let mut listeners = Family::new(LISTENERS);
/// let token = listeners.insert(TcpListener::bind("127.0.0.1:0")?);
/// assert!(listeners.contains(token) && listeners.get(token).is_some());
/// assert!(listeners.pause(token), "there is such a member");
///
/// assert!(listeners.close(token));
/// assert_eq!((listeners.len(), listeners.contains(token)), (0, false));
/// assert!(!listeners.resume(token), "it is on its way out");
/// # Ok::<(), miocene::Error>(())
/// ```
///
/// # Limits
///
/// Each has a default, given at its method: [`cap`](Self::cap),
/// [`frame`](Self::frame), [`message`](Self::message), [`idle`](Self::idle),
/// [`unsent`](Self::unsent), [`linger`](Self::linger). A member costs 16 bytes and
/// its own size on systems of 64 bits; places that were used once are kept.
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
    /// The member that was lent last, also kept here so that it takes no register
    /// while the handler runs.
    lent: Token,
    /// Why what was sent to it could not be written.
    hindrance: Option<Hindrance>,
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
    /// the loop begins, and otherwise
    /// [an error](crate::Error::OtherTokens) that names both.
    ///
    /// # Examples
    ///
    /// See [`Family`].
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
            lent: Token(usize::MAX),
            hindrance: None,
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
    /// they are as many again. More than 2^30, or 16,384 on systems of 32 bits, is
    /// taken for that.
    ///
    /// # Examples
    ///
    /// ```
    /// use miocene::{Family, Tokens, net::TcpListener};
    ///
    /// let mut listeners = Family::new(Tokens::new(1)).cap(1);
    /// listeners.insert(TcpListener::bind("127.0.0.1:0")?);
    /// assert!(!listeners.has_room());
    /// # Ok::<(), miocene::Error>(())
    /// ```
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
    /// Never early, and late by at most a sixteenth, or by a tenth of a second
    /// where the time is shorter than that. The time rests while the application
    /// has paused the member and nothing is to be sent to it, and begins anew
    /// when it is resumed.
    ///
    /// It also limits how long a member that is being closed, or that has ended
    /// and stays to be written to, may take nothing: then it leaves with the reason
    /// that it has, or `Closed::Ended(Ended::Idle)`.
    ///
    /// # Examples
    ///
    /// See [`Family`].
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
    /// As for [`idle`](Self::idle). The time does not run while the member is not
    /// read.
    ///
    /// # Examples
    ///
    /// ```
    /// use miocene::{Connection, Family, Lines, Tokens};
    /// use std::time::Duration;
    ///
    /// let clients: Family<Connection<Lines>> =
    ///     Family::new(Tokens::new(1)).message(Duration::from_secs(5));
    /// ```
    pub fn message(mut self, time: Duration) -> Self {
        self.limits.message = time;
        self
    }

    /// How long a frame of a connection may be, in bytes: 8 KiB unless this is
    /// set, with what the framing adds to it (header or end). A longer one ends
    /// reading with [`Ended::TooLong`](crate::Ended::TooLong), as soon as it is
    /// known to be. Framings that do not wait for a whole frame, as
    /// [`Bytes`](crate::Bytes), have no limit.
    ///
    /// # Notes
    ///
    /// What a connection keeps of an incomplete frame is at most this and the
    /// 64 KiB that one drain may read.
    ///
    /// # Examples
    ///
    /// See [`Family`].
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
    ///
    /// # Examples
    ///
    /// Peers to whom little is sent, and who are to read it soon:
    ///
    /// ```
    /// use miocene::{Connection, Family, Lines, Tokens};
    ///
    /// let clients: Family<Connection<Lines>> =
    ///     Family::new(Tokens::new(1)).unsent(4 * 1024, 16 * 1024, 64 * 1024);
    /// ```
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
    /// read yet. A peer that was sent nothing in that time is not waited for; with
    /// a time of zero nobody is.
    ///
    /// # Examples
    ///
    /// ```
    /// use miocene::{Connection, Family, Lines, Tokens};
    /// use std::time::Duration;
    ///
    /// let clients: Family<Connection<Lines>> =
    ///     Family::new(Tokens::new(1)).linger(Duration::from_secs(1), 4 * 1024);
    /// ```
    pub fn linger(mut self, time: Duration, bytes: usize) -> Self {
        (self.limits.linger, self.limits.linger_bytes) = (time, bytes);
        self
    }

    /// The constant of the family, as it was given to [`new`](Self::new).
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
    ///
    /// # Examples
    ///
    /// Those for whom there is no room are told so:
    ///
    /// ```
    /// use miocene::net::{TcpListener, TcpStream};
    /// use miocene::{Closed, Connection, EventLoop, Family, Flow, Lines, Token, Tokens, handlers};
    /// use std::net::SocketAddr;
    ///
    /// const SERVER: Token = Token(0);
    /// const CLIENTS: Tokens = Tokens::new(1);
    ///
    /// struct App { server: TcpListener, clients: Family<Connection<Lines>> }
    ///
    /// #[handlers]
    /// impl App {
    ///     /// Without `fills`: whoever comes is accepted.
    ///     #[handler(token = SERVER)]
    ///     fn accept(&mut self, (stream, _): (TcpStream, SocketAddr)) {
    ///         let mut client = Connection::new(stream);
    ///         if !self.clients.has_room() {
    ///             client.out.send(b"come back later\n");
    ///         }
    ///         self.clients.insert(client);
    ///     }
    ///
    ///     #[closed(tokens = CLIENTS)]
    ///     fn gone(&mut self, _: Connection<Lines>, why: Closed) -> Flow {
    ///         assert!(matches!(why, Closed::Refused));
    ///         Flow::Stop
    ///     }
    /// }
    /// # fn main() -> miocene::Result<()> {
    /// # use std::io::Read;
    /// # let server = TcpListener::bind("127.0.0.1:0")?;
    /// # let mut client = std::net::TcpStream::connect(server.local_addr()?)?;
    ///
    /// let clients = Family::new(CLIENTS).cap(0);
    /// EventLoop::new()?.run(&mut App { server, clients })?;
    /// # let mut answer = String::new();
    /// # client.read_to_string(&mut answer)?;
    /// # assert_eq!(answer, "come back later\n");
    /// # Ok(())
    /// # }
    /// ```
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

    /// Whether there is a member with this token, which is not on its way out. The
    /// one that is lent counts.
    ///
    /// # Examples
    ///
    /// See [`Family`].
    pub fn contains(&self, token: Token) -> bool {
        self.find(token).is_some()
    }

    /// How many members there are: with the one that is lent and those that
    /// have just been inserted, without those on their way out.
    ///
    /// # Examples
    ///
    /// See [`Family`].
    pub fn len(&self) -> usize {
        self.staying
    }

    /// Whether there are no members.
    pub fn is_empty(&self) -> bool {
        self.staying == 0
    }

    /// Whether another member would be accepted: see [`cap`](Self::cap).
    ///
    /// # Examples
    ///
    /// See [`insert`](Self::insert).
    #[inline]
    pub fn has_room(&self) -> bool {
        let used = self.places.len() - self.free.len();
        self.staying < self.limits.members && used < 2 * self.limits.members
    }

    /// Closes a member: nothing more is read from it, what is unsent is sent,
    /// and then it leaves with [`Closed::Asked`](crate::Closed::Asked), once a
    /// connection has [lingered](Self::linger). Whether there is such a member;
    /// one that is on its way out does not count.
    ///
    /// # Examples
    ///
    /// See [`Family`].
    pub fn close(&mut self, token: Token) -> bool {
        self.send_away(token, going::Step::Flush(crate::Closed::Asked))
    }

    /// Closes a member at once, whatever is unsent:
    /// [`Closed::Aborted`](crate::Closed::Aborted). Whether there is such a
    /// member; one that is being closed counts, and leaves with the reason that
    /// it has already.
    ///
    /// # Examples
    ///
    /// ```
    /// use miocene::{Family, Tokens, net::TcpListener};
    ///
    /// let mut listeners = Family::new(Tokens::new(1));
    /// let token = listeners.insert(TcpListener::bind("127.0.0.1:0")?);
    /// assert!(listeners.close(token));
    /// assert!(listeners.abort(token), "it can be hurried");
    /// # Ok::<(), miocene::Error>(())
    /// ```
    pub fn abort(&mut self, token: Token) -> bool {
        self.send_away(token, going::Step::Now(crate::Closed::Aborted))
    }

    /// Takes a member out as it is: deregistered, and with what is unread and
    /// unsent. It is handed to `#[closed]` with
    /// [`Closed::Left`](crate::Closed::Left). Whether there is such a member.
    ///
    /// # Examples
    ///
    /// See [`Connection::into_parts`](crate::Connection::into_parts), and
    /// [`Flow::Leave`](crate::Flow::Leave) for the member whose handler runs.
    pub fn leave(&mut self, token: Token) -> bool {
        self.send_away(token, going::Step::Now(crate::Closed::Left))
    }

    /// Stops reading from a member until [`resume`](Self::resume). No system
    /// call is made, and no edge is lost. Whether there is such a member.
    ///
    /// # Notes
    ///
    /// As for [`Context::pause`](crate::Context::pause). What is sent to it is
    /// written meanwhile. The pause at the high watermark is another: neither
    /// ends the other.
    ///
    /// # Examples
    ///
    /// See [`Family`].
    pub fn pause(&mut self, token: Token) -> bool {
        let Some(index) = self.find(token) else {
            return false;
        };
        self.hold(index);
        true
    }

    /// Lets a member be read again, beginning in the next turn, which does not
    /// sleep if something is waiting. Whether there is such a member; one that was
    /// not paused is not changed.
    ///
    /// # Examples
    ///
    /// See [`Family`].
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
    ///
    /// # Examples
    ///
    /// See [`Handlers`](crate::Handlers#a-family-by-hand).
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
