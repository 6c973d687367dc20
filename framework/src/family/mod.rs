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

mod after;
mod connect;
mod connecting;
mod depart;
mod drain;
mod exchange;
mod flush;
mod going;
mod hooks;
#[cfg(feature = "sim")]
mod inspect;
mod iter;
mod leave;
mod lend;
mod limits;
mod member;
mod news;
mod place;
mod raw;
#[cfg(feature = "sim")]
mod report;
mod settings;
mod settle;
mod sweep;
mod verbs;
mod visitors;

use std::fmt;

use mio::{Interest, Token};

use crate::connection::{Busy, Hindrance};
use crate::tokens::{VERSION, index_of, word_of};
use crate::{Tokens, Writable, system};

pub use drain::{items, items_filling, unread, writable};
pub use hooks::{Hooks, Visitor};
pub use member::{Drained, Member, Raw};
pub use raw::raw;

#[cfg(feature = "sim")]
pub(crate) use inspect::{FamilySeen, MemberFlag, MemberSeen, StepSeen, inspect};
pub(crate) use limits::OutputLimits;
pub(crate) use news::hear_news;
#[cfg(feature = "sim")]
pub(crate) use report::report_anew;
pub(crate) use visitors::{Outlook, close_all, expire, recover, settle, stop_all, sweep, take_up};

use connect::Connecting;
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
/// The loop sees a family that some attribute names by `tokens = …`: its members
/// are read even if nothing is called for what they send. One that no attribute
/// names is a mere collection: who is inserted is neither registered nor served.
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
/// [`unsent`](Self::unsent), [`linger`](Self::linger),
/// [`connecting`](Self::connecting). A member costs 16 bytes and
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
/// replaced: the loop notices and registers what is there. Of what was known at
/// the place only a pause of the application's stays, and that its member is to
/// be closed. One that was taken out by [`mem::replace`](std::mem::replace) and
/// is inserted into another family loses what was read from it and not handled
/// yet; [`leave`](Self::leave) loses nothing. Of other members the loop cannot
/// know; they must stay where they are, and so must
/// those that are connecting.
///
/// While the loop stops nobody who is inserted is taken up: it leaves with
/// [`Closed::Stopped`](crate::Closed::Stopped) at the end. What `#[closed]`
/// inserts when it is called at that end waits for the next run.
pub struct Family<S> {
    tokens: Tokens,
    limits: Limits,
    first_version: u32,
    places: Vec<Place<S>>,
    /// Places that nobody has.
    free: Vec<u32>,
    /// Members that are not on their way out.
    staying: usize,
    /// Some of those that were have set out: there is room for others.
    room_made: bool,
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
    /// Members that are not connected yet.
    connecting: Connecting<S>,
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
    /// No loop had seen it before the settlement under way.
    is_fresh: bool,
    /// A handler has panicked for one of the members.
    panicked: bool,
    /// Whether the application has a WRITABLE handler for it.
    tells_writable: bool,
}

/// The first versions of families are far apart, so that one which takes another's
/// place revives none of its tokens. Odd, and near to the golden ratio of all
/// versions.
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
            first_version: system::families_made().wrapping_mul(VERSIONS_APART) & VERSION,
            places: Vec::new(),
            free: Vec::new(),
            staying: 0,
            room_made: false,
            paused: 0,
            // Nobody: but the loop looks at a family that it has not seen yet, which
            // may have taken the place of a full one.
            noted: vec![u32::MAX],
            due: Vec::new(),
            later: Vec::new(),
            going: Going::default(),
            connecting: Connecting::default(),
            orphans: Vec::new(),
            sweeps: Sweeps::default(),
            lent: Token(usize::MAX),
            hindrance: None,
            spare: None,
            interest: None,
            is_fresh: false,
            panicked: false,
            tells_writable: false,
        }
    }

    /// The constant of the family, as it was given to [`new`](Self::new).
    pub fn tokens(&self) -> Tokens {
        self.tokens
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

    /// Whether another member would be accepted: see [`cap`](Self::cap). A member
    /// that begins to close makes room, and listeners that wait for it go on.
    ///
    /// # Examples
    ///
    /// See [`insert`](Self::insert).
    #[inline]
    pub fn has_room(&self) -> bool {
        let used = self.places.len() - self.free.len();
        self.staying < self.limits.members && used < 2 * self.limits.members
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
