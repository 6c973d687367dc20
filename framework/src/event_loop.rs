use std::io;
use std::mem;
use std::time::Duration;

use mio::Token;

use crate::driven::Driven;
use crate::session::Session;
use crate::state::State;
use crate::system::{Events, Poll};
use crate::{
    Config, Context, Counters, Error, Handlers, Input, Readiness, Result, selector, system,
};

/// The event loop: owns mio's `Poll`, and calls the handlers of an application.
///
/// [`run`](Self::run) is for programs whose loop it is; [`turn`](Self::turn) is
/// for tests, games and programs with a loop of their own.
///
/// # Examples
///
/// ```no_run
/// use miocene::net::{TcpListener, TcpStream};
/// use miocene::{EventLoop, Token, handlers};
/// use std::net::SocketAddr;
///
/// const SERVER: Token = Token(0);
///
/// struct Guide { server: TcpListener }
///
/// #[handlers]
/// impl Guide {
///     #[handler(token = SERVER, interest = READABLE)]
///     fn accept(&mut self, (_connection, address): (TcpStream, SocketAddr)) {
///         println!("Got a connection from: {address}");
///     }
/// }
///
/// fn main() -> miocene::Result<()> {
///     let server = TcpListener::bind("127.0.0.1:9000")?;
///     EventLoop::new()?.run(&mut Guide { server })
/// }
/// ```
#[derive(Debug)]
pub struct EventLoop {
    pub(crate) poll: Poll,
    pub(crate) events: Events,
    pub(crate) input: Input,
    pub(crate) state: State,
    /// The application that is attached between turns.
    pub(crate) driven: Option<Driven>,
}

/// What [`EventLoop::turn`] answers.
///
/// # Examples
///
/// See [`EventLoop::turn`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use = "a loop that sleeps must know when to call again, and one that has finished should not"]
#[non_exhaustive]
pub struct Turn {
    /// When another turn is due even if no event comes: at once if something
    /// is left to do, or after a deadline. A host that sleeps on the loop's
    /// descriptor must wake up by then.
    pub again: Option<Duration>,
    /// The application was stopped, or no source is attached and no member in a
    /// family any more. Everything is deregistered; a further turn begins anew.
    ///
    /// A turn without a timeout is also finished when all that is left waits for
    /// nothing, as for [`EventLoop::run`]: it would wait for ever.
    pub finished: bool,
}

impl EventLoop {
    /// A loop with the default [`Config`].
    ///
    /// # Errors
    ///
    /// When the system gives no poll, as when descriptors have run out.
    pub fn new() -> Result<EventLoop> {
        EventLoop::with_config(Config::default())
    }

    /// A loop with limits of your own.
    ///
    /// # Errors
    ///
    /// As for [`new`](Self::new), and when a limit is out of its range.
    pub fn with_config(mut config: Config) -> Result<EventLoop> {
        config.check()?;
        let poll = system::poll(&mut config).map_err(|source| Error::Poll {
            action: "create",
            source,
        })?;
        Ok(EventLoop {
            poll,
            events: Events::with_capacity(config.event_capacity),
            input: Input::new(&config),
            state: State::new(config),
            driven: None,
        })
    }

    /// Registers the sources of an application and calls its handlers, until
    /// it is stopped or nothing is left that could ever happen: no source is
    /// attached and no member in a family, or all of them are paused, or wait for a
    /// deadline that is not set; and nobody has a sender or a handle to a member
    /// ([`Remote`](crate::Remote)), who may still use it.
    ///
    /// Whichever way it returns, also by a panic of a handler, all sources are
    /// deregistered, each member of a family has left through `#[closed]`, and
    /// the application can run again, in this loop or in another.
    ///
    /// # Errors
    ///
    /// When a source cannot be registered; when a source or a handler fails and
    /// nobody is told of it (see [`Failure`](crate::Failure)); when a handler
    /// calls [`Context::fail`](crate::Context::fail); when a family was built
    /// with another constant than its handlers name; when the poll fails. An
    /// error of a family's member ends that member and never `run`.
    ///
    /// # Examples
    ///
    /// See [`EventLoop`].
    pub fn run<A: Handlers>(&mut self, app: &mut A) -> Result<()> {
        Session::open(self, app)?.run()
    }

    /// One turn of the loop: waits for events, at most for `timeout`, and calls
    /// the handlers for them. `None` waits for as long as it takes.
    ///
    /// The first turn registers the sources. They stay registered until a turn
    /// has [finished](struct@Turn), fails or panics, or until
    /// [`close`](Self::close).
    ///
    /// # Errors
    ///
    /// As for [`run`](Self::run), and when the loop still drives an application
    /// of another type.
    ///
    /// # Notes
    ///
    /// A turn may end before the timeout without having called a handler, as
    /// when a signal interrupts it.
    ///
    /// What was done to a [`Family`](crate::Family) or a timer between turns is heeded
    /// when the next one begins: neither the descriptor nor an earlier
    /// [`Turn::again`] knows of it.
    ///
    /// The loop knows the application by its type: one that is to take the
    /// place of another of the same type needs a [`close`](Self::close) before.
    ///
    /// # Examples
    ///
    /// A turn at a time, in a loop that has other things to do:
    ///
    /// ```
    /// # use miocene::{handlers, EventLoop, Token, net::{TcpListener, TcpStream}};
    /// # const SERVER: Token = Token(0);
    /// # struct Guide { server: TcpListener, accepted: u32 }
    /// # #[handlers]
    /// # impl Guide {
    /// #     #[handler(token = SERVER)]
    /// #     fn accept(&mut self, _: (TcpStream, std::net::SocketAddr)) { self.accepted += 1; }
    /// # }
    /// use std::time::Duration;
    ///
    /// let mut app = Guide { server: TcpListener::bind("127.0.0.1:0")?, accepted: 0 };
    /// let _client = std::net::TcpStream::connect(app.server.local_addr()?)?;
    /// let mut event_loop = EventLoop::new()?;
    /// while app.accepted == 0 {
    ///     let turn = event_loop.turn(&mut app, Some(Duration::from_millis(20)))?;
    ///     assert!(!turn.finished);
    /// }
    /// event_loop.close(&mut app);
    /// # Ok::<(), miocene::Error>(())
    /// ```
    pub fn turn<A: Handlers>(&mut self, app: &mut A, timeout: Option<Duration>) -> Result<Turn> {
        self.state.forget_now();
        let mut session = Session::resume(self, app)?;
        let turn = session.turn_once(timeout)?;
        if !turn.finished {
            session.keep();
        }
        Ok(turn)
    }

    /// Ends what [`turn`](Self::turn) began: deregisters the sources, so that
    /// the application can be driven by another loop, and has the members of
    /// families leave with [`Closed::Stopped`](crate::Closed::Stopped); what can
    /// be sent to them at once is sent. Does nothing between runs.
    ///
    /// # Notes
    ///
    /// To drop the loop is not enough: mio's sockets remember the poll that they
    /// were registered with, and in builds with debug assertions refuse another.
    ///
    /// # Examples
    ///
    /// See [`turn`](Self::turn).
    pub fn close<A: Handlers>(&mut self, app: &mut A) {
        if Driven::is::<A>(self.driven) {
            drop(Session::of(self, app));
        }
    }

    /// One turn with an event of your making in place of the poll's, for tests:
    /// dispatches `ready` to the handlers of `token`, and does what they ask for.
    ///
    /// # Errors
    ///
    /// As for [`turn`](Self::turn).
    ///
    /// # Examples
    ///
    /// ```
    /// # use miocene::{handlers, EventLoop, Readiness, Token, net::{TcpListener, TcpStream}};
    /// # const SERVER: Token = Token(0);
    /// # struct Guide { server: TcpListener, accepted: u32 }
    /// # #[handlers]
    /// # impl Guide {
    /// #     #[handler(token = SERVER)]
    /// #     fn accept(&mut self, _: (TcpStream, std::net::SocketAddr)) { self.accepted += 1; }
    /// # }
    /// let mut app = Guide { server: TcpListener::bind("127.0.0.1:0")?, accepted: 0 };
    /// let mut event_loop = EventLoop::new()?;
    /// // An event that nobody has earned does no harm.
    /// let turn = event_loop.deliver(&mut app, SERVER, Readiness::READABLE)?;
    /// assert_eq!((app.accepted, turn.again), (0, None));
    /// # Ok::<(), miocene::Error>(())
    /// ```
    pub fn deliver<A: Handlers>(
        &mut self,
        app: &mut A,
        token: Token,
        ready: Readiness,
    ) -> Result<Turn> {
        self.state.forget_now();
        let mut session = Session::resume(self, app)?;
        let turn = session.deliver(token, ready)?;
        if !turn.finished {
            session.keep();
        }
        Ok(turn)
    }

    /// The loop as its handlers see it, for a host that pauses, resumes,
    /// attaches or stops between turns. The next turn begins with it, and is due at
    /// once: neither the descriptor nor an earlier [`Turn::again`] knows of it.
    ///
    /// # Notes
    ///
    /// Before the first turn, and after the last, there is no source whose
    /// token it would know. To name an unknown one makes the next turn fail, as
    /// it does in a handler. A stop is for the next turn or run, even if that is
    /// the first.
    ///
    /// # Examples
    ///
    /// ```
    /// # use miocene::{handlers, EventLoop, Flow, Token, net::{TcpListener, TcpStream}};
    /// # const LOBBY: Token = Token(0);
    /// # struct Game { lobby: TcpListener, players: u32 }
    /// # #[handlers]
    /// # impl Game {
    /// #     #[handler(token = LOBBY)]
    /// #     fn join(&mut self, _: (TcpStream, std::net::SocketAddr)) -> Flow { self.players += 1; Flow::Pause }
    /// # }
    /// use std::time::Duration;
    ///
    /// # let mut game = Game { lobby: TcpListener::bind("127.0.0.1:0")?, players: 0 };
    /// # let _clients = [(); 2].map(|()| std::net::TcpStream::connect(game.lobby.local_addr().unwrap()));
    /// # let mut event_loop = EventLoop::new()?;
    /// # let _ = event_loop.turn(&mut game, Some(Duration::from_secs(5)))?;
    /// # assert_eq!(game.players, 1);
    /// // The lobby is paused until there is room for another player.
    /// event_loop.context().resume(LOBBY);
    /// let turn = event_loop.turn(&mut game, Some(Duration::from_millis(16)))?;
    /// # assert_eq!(game.players, 2);
    /// # Ok::<(), miocene::Error>(())
    /// ```
    pub fn context(&mut self) -> Context<'_> {
        self.state.forget_now();
        Context::new(&mut self.state, self.poll.registry())
    }

    /// What the loop has met since it was made.
    pub fn counters(&self) -> Counters {
        self.state.counters
    }

    /// Takes the event buffer, to be given back: one that is not behind a
    /// reference costs less. A panic loses it, and the next run makes a new one.
    pub(crate) fn take_events(&mut self) -> Events {
        let events = mem::replace(&mut self.events, Events::with_capacity(0));
        if events.capacity() == 0 {
            return Events::with_capacity(self.state.config.event_capacity);
        }
        events
    }

    /// Doubles the event buffer after it came back full: there are more
    /// sources than it has room for, and with the poll's order unspecified the
    /// others would wait.
    #[cold]
    pub(crate) fn grow(&self, events: &mut Events) {
        let capacity = events.capacity();
        let most = self.state.config.event_capacity_max;
        if capacity < most {
            *events = Events::with_capacity(capacity.saturating_mul(2).min(most));
        }
    }

    /// Waits for events. A signal that interrupts the wait ends it.
    #[inline(always)]
    pub(crate) fn wait(&mut self, mut limit: Option<Duration>, events: &mut Events) -> Result<()> {
        // There the event of a wake is lost that another registration has followed.
        let woken = selector::REARMS && self.state.is_woken();
        if woken {
            limit = Some(Duration::ZERO);
        }
        let polled = self.poll.poll(events, limit);
        if woken {
            self.state.heed_wakes();
        }
        match polled {
            Ok(()) => Ok(()),
            Err(error) => {
                events.clear();
                self.wait_failed(error)
            }
        }
    }

    #[cold]
    fn wait_failed(&mut self, source: io::Error) -> Result<()> {
        if source.kind() == io::ErrorKind::Interrupted {
            self.state.counters.interrupted_polls += 1;
            return Ok(());
        }
        Err(Error::Poll {
            action: "wait for",
            source,
        })
    }
}

/// The poll's own descriptor, to be watched by another loop: it is readable
/// when there are events for [`EventLoop::turn`]. See [`Turn::again`] and
/// [`EventLoop::context`] for what it does not know.
///
/// # Notes
///
/// Not there on systems where mio runs on `poll(2)`, which has no descriptor.
#[cfg(all(
    unix,
    not(mio_unsupported_force_poll_poll),
    not(any(
        target_os = "aix",
        target_os = "cygwin",
        target_os = "espidf",
        target_os = "fuchsia",
        target_os = "haiku",
        target_os = "hermit",
        target_os = "horizon",
        target_os = "hurd",
        target_os = "nto",
        target_os = "nuttx",
        target_os = "vita",
    )),
))]
impl std::os::fd::AsFd for EventLoop {
    fn as_fd(&self) -> std::os::fd::BorrowedFd<'_> {
        system::must_have_a_descriptor(&self.poll);
        self.poll.registry().as_fd()
    }
}
