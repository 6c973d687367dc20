use std::time::{Duration, Instant};

use mio::{Registry, Token};

use crate::state::State;
use crate::{BoxError, Counters, Error};

/// The loop, as a handler sees it. A handler that does not need it leaves the
/// parameter out.
///
/// # Examples
///
/// ```
/// use miocene::net::{TcpListener, TcpStream};
/// use miocene::{Context, EventLoop, Token, handlers};
/// use std::net::SocketAddr;
///
/// const SERVER: Token = Token(0);
///
/// struct First { server: TcpListener, seen: u32 }
///
/// #[handlers]
/// impl First {
///     #[handler(token = SERVER)]
///     fn accept(&mut self, cx: &mut Context<'_>, _: (TcpStream, SocketAddr)) {
///         self.seen += 1;
///         cx.stop();
///     }
/// }
///
/// # fn main() -> miocene::Result<()> {
/// let server = TcpListener::bind("127.0.0.1:0")?;
/// let _client = std::net::TcpStream::connect(server.local_addr()?)?;
/// let mut first = First { server, seen: 0 };
/// EventLoop::new()?.run(&mut first)?;
/// assert_eq!(first.seen, 1);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Context<'a> {
    pub(crate) state: &'a mut State,
    registry: &'a Registry,
    /// The token that is being dispatched.
    pub(crate) token: Token,
    /// Whether the handler that was called last has asked for something.
    pub(crate) noted: bool,
}

impl<'a> Context<'a> {
    #[inline(always)]
    pub(crate) fn new(state: &'a mut State, registry: &'a Registry) -> Context<'a> {
        Context {
            state,
            registry,
            token: Token(usize::MAX),
            noted: false,
        }
    }

    /// Does something rare that may change the state of the loop. It has a
    /// context of its own: while nobody else has the address of `self`, what
    /// it holds can stay in registers.
    #[inline(always)]
    pub(crate) fn aside<T>(&mut self, rare: impl FnOnce(&mut Context<'_>) -> T) -> T {
        rare(&mut Context {
            state: self.state,
            registry: self.registry,
            token: self.token,
            noted: false,
        })
    }

    /// The state, and the registry, which are borrowed apart.
    pub(crate) fn split(&mut self) -> (&mut State, &'a Registry) {
        (self.state, self.registry)
    }

    /// The state, about to be changed by a handler.
    fn note(&mut self) -> &mut State {
        self.noted = true;
        self.state
    }

    /// The token whose handler is running, of a single source or of a member; of
    /// no meaning between turns.
    pub fn token(&self) -> Token {
        self.token
    }

    /// The time of this turn of the loop: the clock is read when the first
    /// handler asks, and not again until the next turn. Monotonic; on Linux it
    /// stands still while the machine is suspended.
    pub fn now(&mut self) -> Instant {
        self.state.now()
    }

    /// Stops the loop: nothing more is read or accepted, the members of families
    /// are closed when what is unsent on them has been sent, every source is
    /// deregistered and [`run`](crate::EventLoop::run) returns `Ok`.
    ///
    /// It waits for peers that take what is unsent, and then, as
    /// [`Family::linger`](crate::Family::linger) allows, for those that are still
    /// sending or were waited for already; for a silent peer it does not wait. All
    /// that is for as long as [`Config::grace`](crate::Config::grace) says at the
    /// most, and a second stop is at once.
    ///
    /// What a single source has not been read of yet is still there for the next
    /// `run`, and what was read and not yielded is too if the source has a place
    /// for it: [`Drain::kept`](crate::Drain::kept).
    ///
    /// # Notes
    ///
    /// From here on no handler is called but `#[closed]` and `#[failed]`. Members
    /// leave with [`Closed::Stopped`](crate::Closed::Stopped), or the reason that
    /// they had already; [`Flow::Stop`](crate::Flow::Stop) is the same. Who is
    /// inserted meanwhile is not taken up: see [`Family`](crate::Family).
    ///
    /// A single listener is not accepted from, but it is open: meanwhile clients
    /// can still connect, and hang until the process ends. To refuse them, replace
    /// it, or have it in a family: there it leaves at once, and is closed when it is
    /// dropped.
    ///
    /// # Examples
    ///
    /// See [`Context`].
    pub fn stop(&mut self) {
        self.note().stop();
    }

    /// Stops the loop as [`stop`](Self::stop) does, with a grace of its own; of
    /// zero, at once. As a second stop it is at once, too.
    ///
    /// # Examples
    ///
    /// ```
    /// use miocene::{Connection, Context, Family, Lines, Tokens, handlers};
    /// use std::time::Duration;
    ///
    /// const OPERATORS: Tokens = Tokens::new(1);
    ///
    /// struct App { operators: Family<Connection<Lines>> }
    ///
    /// #[handlers]
    /// impl App {
    ///     #[handler(tokens = OPERATORS)]
    ///     fn order(&mut self, cx: &mut Context<'_>, operator: &mut Connection<Lines>, line: &str) {
    ///         match line {
    ///             "stop" => cx.stop(),
    ///             "stop now" => cx.stop_within(Duration::from_millis(500)),
    ///             _ => writeln!(operator.out, "?"),
    ///         }
    ///     }
    /// }
    /// # fn main() {}
    /// ```
    pub fn stop_within(&mut self, grace: Duration) {
        self.note().stop_within(grace);
    }

    /// Stops the loop with an error, which [`run`](crate::EventLoop::run) returns.
    pub fn fail(&mut self, error: impl Into<BoxError>) {
        let token = self.token;
        let source = error.into();
        self.note().fail(Error::Failed {
            handler: Error::HOST,
            token_name: "",
            token,
            source,
        });
    }

    /// Stops reading from a single source, until [`resume`](Self::resume).
    /// Makes no system call and loses no edge. A source that is paused already
    /// stays so; one that is detached is not changed.
    ///
    /// # Notes
    ///
    /// A token that no handler has is an error of the program: it ends
    /// [`run`](crate::EventLoop::run). That of a family's member is none of a
    /// single source: there is [`Family::pause`](crate::Family::pause).
    ///
    /// What comes in during the pause may wake the loop, but is not read. A
    /// source that does so more than
    /// [`wakes_while_paused`](crate::Config::wakes_while_paused) times is taken
    /// off the poll until it is resumed.
    pub fn pause(&mut self, token: Token) {
        if let Some(slot) = self.note().find("pause", token) {
            self.state.pause(slot);
        }
    }

    /// Lets a paused source be read again, beginning in the next turn, which
    /// does not sleep if something is waiting.
    ///
    /// # Notes
    ///
    /// As for [`pause`](Self::pause).
    pub fn resume(&mut self, token: Token) {
        if let Some(slot) = self.note().find("resume", token) {
            self.state.resume(slot);
        }
    }

    /// Registers a single source: one that was put into its field anew, or that
    /// was detached. It begins afresh: not paused, with nothing latched, and
    /// without what the loop had read from the source that was there before.
    ///
    /// # Notes
    ///
    /// Without it, a source that was put into a field is not registered and so
    /// never read.
    ///
    /// A source that was there before is to be dropped, which takes it out of the
    /// poll. To keep it alive, or where mio runs on `poll(2)` and it is not one of
    /// mio's own, deregister it: `cx.registry().deregister(&mut old)`.
    ///
    /// It is registered after the handler has returned. If that fails, the
    /// source has failed: `#[ended]` or else `#[failed]` is told, or else
    /// [`run`](crate::EventLoop::run) ends.
    ///
    /// An `#[ended]` that attaches again, whatever happens, what cannot be
    /// attached is called again in each turn, without a rest in between.
    ///
    /// As for [`pause`](Self::pause), the token must have a handler.
    pub fn attach(&mut self, token: Token) {
        if let Some(slot) = self.note().find("attach", token) {
            self.state.attach(slot);
        }
    }

    /// Mio's registry, for what this crate has no word for. The tokens of
    /// [`Handlers::TABLE`](crate::Handlers::TABLE) and those from
    /// [`TOKEN_END`](crate::table::TOKEN_END) up are taken.
    pub fn registry(&self) -> &Registry {
        self.registry
    }

    /// What the loop has met so far.
    pub fn counters(&self) -> Counters {
        self.state.counters
    }

    /// For [`Handlers::dispatch`](crate::Handlers::dispatch): an event for a
    /// token that no handler has. It is counted and otherwise ignored, but for one:
    /// the loop was woken. A `dispatch` by hand must call it, or the messages of other
    /// threads wait until something else happens.
    #[inline(always)]
    pub fn unknown(&mut self, token: Token) {
        self.state.unknown(token);
    }
}
