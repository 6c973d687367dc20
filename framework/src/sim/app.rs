use std::any::type_name;
use std::cell::{RefCell, RefMut};
use std::fmt;
use std::rc::Rc;

use mio::Token;

use super::inspect::{Inspection, Who};
use super::world::{self, LoopKey, Sleep, What, World};
use crate::session::Session;
use crate::system::Poll;
use crate::{Config, Context, Counters, EventLoop, Handlers, Readiness, Result, table};

/// An application that runs in a simulated world, with a loop of its own.
///
/// Made by [`Sim::start`](super::Sim::start). It is a handle; clones of it are of
/// the same application.
///
/// # Examples
///
/// See [`Sim`](super::Sim).
pub struct App<A> {
    process: Rc<RefCell<Process<A>>>,
}

pub(super) struct Process<A> {
    event_loop: EventLoop,
    app: A,
    state: State,
    may_fail: bool,
}

enum State {
    Running,
    /// The test has changed something, so the loop begins its next turn as for a
    /// host.
    Touched,
    Ended(Result<()>),
}

/// An application, as the world has it go on.
pub(super) trait Runs {
    fn poller(&self) -> LoopKey;
    fn name(&self) -> &'static str;
    fn is_running(&self) -> bool;
    /// One turn of it, or as much of one as there is before it waits.
    fn turn(&self, world: &RefCell<World>);
    /// Why it ended, if that was an error which nobody has asked for.
    fn error(&self) -> Option<String>;
    /// What must hold between any two turns.
    fn check(&self) -> std::result::Result<(), String>;
    /// Ends it, if it runs.
    fn close(&self);
}

impl<A: Handlers> App<A> {
    pub(super) fn start(app: A, config: Config, world: &RefCell<World>) -> Result<App<A>> {
        let event_loop = EventLoop::with_config(config)?;
        let process = Process {
            event_loop,
            app,
            state: State::Running,
            may_fail: false,
        };
        let app = App {
            process: Rc::new(RefCell::new(process)),
        };
        let poller = app.poller();
        world.borrow_mut().pollers[poller].names = Some(token_name::<A>);
        Ok(app)
    }

    /// Looks at the application.
    ///
    /// # Panics
    ///
    /// In a handler of the same application, which has it already.
    #[track_caller]
    pub fn with<T>(&self, looks: impl FnOnce(&A) -> T) -> T {
        looks(&self.process().app)
    }

    /// Changes the application, as a host does between turns: the next turn is due
    /// at once.
    ///
    /// # Panics
    ///
    /// As for [`with`](Self::with).
    pub fn change<T>(&self, does: impl FnOnce(&mut A) -> T) -> T {
        let mut process = self.process();
        process.touch();
        does(&mut process.app)
    }

    /// The loop as its handlers see it, for what a host does between turns.
    ///
    /// # Panics
    ///
    /// As for [`with`](Self::with).
    pub fn context<T>(&self, does: impl FnOnce(&mut Context<'_>) -> T) -> T {
        let mut process = self.process();
        process.touch();
        does(&mut process.event_loop.context())
    }

    #[track_caller]
    fn process(&self) -> RefMut<'_, Process<A>> {
        match self.process.try_borrow_mut() {
            Ok(process) => process,
            Err(_) => panic!(
                "{self:?} is at work: it cannot be looked at from one of its handlers, nor the \
                 world be run from `with` or `change`"
            ),
        }
    }

    /// Stops it gracefully.
    pub fn stop(&self) {
        self.context(|cx| cx.stop());
    }

    /// Drives a source by hand: an event of the test's making, for what is not
    /// simulated. See [`EventLoop::deliver`].
    ///
    /// # Errors
    ///
    /// As for a turn.
    ///
    /// # Examples
    ///
    /// The socket is a real one, of which the world knows nothing:
    ///
    /// ```
    /// use miocene::mio::net::UdpSocket;
    /// use miocene::sim::Sim;
    /// use miocene::{Interest, Readiness, Token, handlers};
    /// use std::io;
    ///
    /// const SOCKET: Token = Token(0);
    ///
    /// struct Counter { socket: UdpSocket, received: usize }
    ///
    /// #[handlers]
    /// impl Counter {
    ///     #[handler(token = SOCKET, raw)]
    ///     fn datagram(&mut self, ready: &mut Readiness) -> io::Result<()> {
    ///         let mut buffer = [0; 1500];
    ///         self.received += ready.try_io(Interest::READABLE, || self.socket.recv(&mut buffer))?;
    ///         Ok(())
    ///     }
    /// }
    ///
    /// # fn main() {
    /// Sim::seeds(0..1).run(|sim| {
    ///     let socket = UdpSocket::bind("127.0.0.1:0".parse().unwrap()).unwrap();
    ///     let address = socket.local_addr().unwrap();
    ///     let counter = sim.start(Counter { socket, received: 0 });
    ///
    ///     let client = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    ///     client.send_to(b"hello", address).unwrap();
    ///     counter.deliver(SOCKET, Readiness::READABLE).unwrap();
    ///     assert_eq!(counter.with(|counter| counter.received), 5);
    /// });
    /// # }
    /// ```
    pub fn deliver(&self, token: Token, ready: Readiness) -> Result<()> {
        let process = &mut *self.process();
        process.touch();
        let turn = process.event_loop.deliver(&mut process.app, token, ready)?;
        if turn.finished {
            process.state = State::Ended(Ok(()));
        }
        Ok(())
    }

    /// One turn of its, or as much of one as there is before it waits: for a test
    /// that looks at what is between any two.
    #[doc(hidden)]
    pub fn turn_once(&self) {
        if let Some(world) = world::current() {
            Runs::turn(self, &world);
        }
    }

    /// All that it may depend on what the loop does next.
    #[doc(hidden)]
    pub fn inspect(&self) -> Inspection {
        let process = &mut *self.process();
        Inspection::of(&process.event_loop, &mut process.app)
    }

    /// What must hold between any two turns: no source was left with something to
    /// read or to write, without anybody coming back to it. The error names the
    /// source.
    ///
    /// # Errors
    ///
    /// If it does not hold.
    #[doc(hidden)]
    pub fn check(&self) -> std::result::Result<(), String> {
        if !self.is_running() {
            return Ok(());
        }
        let broken = |(who, what)| match who {
            Who::Slot(slot) => format!("{}: {what}", A::TABLE[slot].token_name),
            Who::Place(family, index) => format!("{}[{index}]: {what}", family_name::<A>(family)),
            Who::Nobody => format!("{}: {what}", type_name::<A>()),
        };
        self.inspect().check().map_err(broken)
    }

    /// What its loop has met.
    pub fn counters(&self) -> Counters {
        self.process.borrow().event_loop.counters()
    }

    /// Whether `run` would not have returned yet.
    pub fn is_running(&self) -> bool {
        !matches!(self.process.borrow().state, State::Ended(_))
    }

    /// It may end with an error, which otherwise fails the test at once.
    pub fn may_fail(&self) {
        self.process().may_fail = true;
    }

    /// What `run` has returned, if it has. An error is taken out: the next time it
    /// is `Ok`.
    ///
    /// # Examples
    ///
    /// ```
    /// # use miocene::{handlers, Context, Token, net::{TcpListener, TcpStream}};
    /// # const SERVER: Token = Token(0);
    /// # struct Guide { server: TcpListener }
    /// # #[handlers]
    /// # impl Guide {
    /// #     #[handler(token = SERVER)]
    /// #     fn accept(&mut self, cx: &mut Context<'_>, _: (TcpStream, std::net::SocketAddr)) {
    /// #         cx.fail("one client is enough");
    /// #     }
    /// # }
    /// use miocene::sim::Sim;
    ///
    /// # fn main() {
    /// Sim::seeds(0..10).run(|sim| {
    ///     let server = TcpListener::bind("127.0.0.1:9000").unwrap();
    ///     let guide = sim.start(Guide { server });
    ///     guide.may_fail();
    ///     sim.client("127.0.0.1:9000");
    ///     sim.run_until(|| !guide.is_running());
    ///     assert!(guide.ended().unwrap().is_err());
    /// });
    /// # }
    /// ```
    pub fn ended(&self) -> Option<Result<()>> {
        match &mut self.process().state {
            State::Ended(result) => Some(std::mem::replace(result, Ok(()))),
            State::Running | State::Touched => None,
        }
    }
}

impl<A: Handlers> Runs for App<A> {
    fn poller(&self) -> LoopKey {
        match self.process.borrow().event_loop.poll {
            Poll::Simulated { key, .. } => key,
            Poll::Real(..) => unreachable!("it was made in a simulated world"),
        }
    }

    fn name(&self) -> &'static str {
        type_name::<A>()
    }

    fn is_running(&self) -> bool {
        App::is_running(self)
    }

    fn turn(&self, world: &RefCell<World>) {
        let process = &mut *self.process();
        let stepped = Stepped::begin(world);
        let goes_on = process.turn();
        drop(stepped);
        let mut world = world.borrow_mut();
        if !matches!(goes_on, Ok(true)) {
            process.state = State::Ended(goes_on.map(|_| ()));
            if let Poll::Simulated { key, .. } = process.event_loop.poll {
                world.log(What::Finished(key));
                world.pollers[key].sleep = Sleep::Awake;
            }
        }
    }

    fn error(&self) -> Option<String> {
        let process = self.process.borrow();
        match &process.state {
            State::Ended(Err(error)) if !process.may_fail => Some(format!("{error:?}")),
            _ => None,
        }
    }

    fn check(&self) -> std::result::Result<(), String> {
        App::check(self)
    }

    fn close(&self) {
        let process = &mut *self.process();
        if !matches!(process.state, State::Ended(_)) {
            process.event_loop.close(&mut process.app);
            process.state = State::Ended(Ok(()));
        }
    }
}

/// While it lives, a wait that is not over returns. Also a panic ends that.
struct Stepped<'a>(&'a RefCell<World>);

impl Stepped<'_> {
    fn begin(world: &RefCell<World>) -> Stepped<'_> {
        world.borrow_mut().stepped = true;
        Stepped(world)
    }
}

impl Drop for Stepped<'_> {
    fn drop(&mut self) {
        self.0.borrow_mut().stepped = false;
    }
}

impl<A: Handlers> Process<A> {
    fn turn(&mut self) -> Result<bool> {
        let touched = matches!(self.state, State::Touched);
        self.state = State::Running;
        let event_loop = &mut self.event_loop;
        let is_new = event_loop.driven.is_none();
        let mut session = match touched || is_new {
            true => Session::resume(event_loop, &mut self.app)?,
            false => Session::of(event_loop, &mut self.app),
        };
        let goes_on = session.only_turn(None)?;
        if goes_on {
            session.keep();
        }
        Ok(goes_on)
    }

    fn touch(&mut self) {
        if !matches!(self.state, State::Ended(_)) {
            self.state = State::Touched;
            self.event_loop.poll.wake_up();
        }
    }
}

/// What a token of an application is called: as its constant, and for a member with
/// its place.
pub(super) fn token_name<A: Handlers>(token: Token) -> String {
    let single = A::TABLE.iter().find(|row| row.token == Some(token));
    if let Some(row) = single {
        return row.token_name.to_owned();
    }
    let of_family = |row: &&table::Entry| row.tokens.is_some_and(|tokens| tokens.contains(token));
    match A::TABLE.iter().find(of_family) {
        Some(row) => format!("{}[{}]", row.token_name, crate::tokens::index_of(token)),
        None => format!("{token:?}"),
    }
}

fn family_name<A: Handlers>(number: u8) -> &'static str {
    let of_family = |row: &&table::Entry| row.tokens.is_some_and(|of| of.number() == number);
    let row = A::TABLE.iter().find(of_family);
    row.map_or("a family", |row| row.token_name)
}

impl<A> Clone for App<A> {
    fn clone(&self) -> App<A> {
        App {
            process: Rc::clone(&self.process),
        }
    }
}

impl<A> fmt::Debug for App<A> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "App<{}>", type_name::<A>())
    }
}
