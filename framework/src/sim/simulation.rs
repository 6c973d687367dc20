use std::cell::RefCell;
use std::fmt::{self, Write};
use std::ops::Range;
use std::rc::Rc;
use std::time::{Duration, Instant};

use super::app::App;
use super::choices::Choices;
use super::running::{Outcome, Running};
use super::seeds::Seeds;
use super::site::Site;
use super::world::{self, World};
use crate::{Config, Handlers};

/// A simulated world, and what a test does in it.
///
/// While it lives, the thread is in it: sockets that are bound, connected or paired
/// are simulated ones, loops that are made wait in it, and the time is its own.
///
/// # Examples
///
/// ```
/// use miocene::net::{TcpListener, TcpStream};
/// use miocene::sim::{Faults, Sim};
/// use miocene::{Bytes, Connection, Family, Token, Tokens, handlers};
/// use std::net::SocketAddr;
///
/// const SERVER: Token = Token(0);
/// const CLIENTS: Tokens = Tokens::new(1);
///
/// struct Echo { server: TcpListener, clients: Family<Connection<Bytes>> }
///
/// #[handlers]
/// impl Echo {
///     #[handler(token = SERVER, fills = CLIENTS)]
///     fn accept(&mut self, (stream, _): (TcpStream, SocketAddr)) {
///         self.clients.insert(Connection::new(stream));
///     }
///
///     #[handler(tokens = CLIENTS)]
///     fn bytes(&mut self, client: &mut Connection<Bytes>, bytes: &[u8]) {
///         client.out.send(bytes);
///     }
/// }
///
/// # fn main() {
/// Sim::seeds(0..100).faults(Faults::swarm()).run(|sim| {
///     let server = TcpListener::bind("127.0.0.1:7000").unwrap();
///     sim.start(Echo { server, clients: Family::new(CLIENTS) });
///
///     let client = sim.client("127.0.0.1:7000");
///     client.send("hello");
///     client.half_closes();
///     sim.calm();
///     client.expect("hello");
///     client.expect_end();
/// });
/// # }
/// ```
pub struct Sim {
    pub(super) running: Rc<Running>,
}

impl Sim {
    /// Tests, each in a world from a seed.
    pub fn seeds(seeds: Range<u64>) -> Seeds {
        Seeds::new(seeds)
    }

    /// Tests once more, with the decisions that a failure has printed.
    pub fn script(script: &str) -> Seeds {
        Seeds::of_script(script)
    }

    pub(super) fn new(choices: Choices) -> Sim {
        let world = Rc::new(RefCell::new(World::new(choices)));
        world::enter(Rc::clone(&world));
        Sim {
            running: Rc::new(Running::new(world)),
        }
    }

    pub(super) fn world(&self) -> &RefCell<World> {
        &self.running.world
    }

    /// Runs an application, with a loop of its own. It gets its turns while the
    /// world runs.
    ///
    /// # Panics
    ///
    /// If there is no loop for it: see [`EventLoop::new`](crate::EventLoop::new).
    pub fn start<A: Handlers + 'static>(&self, app: A) -> App<A> {
        self.start_with(Config::default(), app)
    }

    /// The same, with limits for the loop.
    ///
    /// # Panics
    ///
    /// As for [`start`](Self::start), and when a limit is out of its range.
    #[track_caller]
    pub fn start_with<A: Handlers + 'static>(&self, config: Config, app: A) -> App<A> {
        let app = match App::start(app, config, self.world()) {
            Ok(app) => app,
            Err(error) => panic!("an application cannot be started: {error:?}"),
        };
        self.running.add(Rc::new(app.clone()));
        app
    }

    /// A number below `bound` that the seed decides.
    pub fn draw(&self, bound: u64) -> u64 {
        self.world().borrow_mut().choose(Site::Draw, bound)
    }

    /// The time in this world.
    pub fn now(&self) -> Instant {
        self.world().borrow().instant()
    }

    /// How much of it has passed.
    pub fn elapsed(&self) -> Duration {
        self.world().borrow().now
    }

    /// Lets the world run until nothing can happen any more.
    ///
    /// # Notes
    ///
    /// An application with deadlines, such as a connection that may become idle, goes
    /// on until they have come. After a day of the world's this is given up.
    pub fn run(&self) -> Outcome {
        const DAY: Duration = Duration::from_secs(24 * 3600);
        self.running.run(|| false, self.elapsed() + DAY)
    }

    /// Lets the world run for so long, be it years. The time passes also if nothing
    /// happens in it.
    ///
    /// # Panics
    ///
    /// If an application has 200,000 turns in a row without waiting, as in whatever
    /// else has the world run.
    pub fn run_for(&self, length: Duration) -> Outcome {
        let end = self.elapsed().saturating_add(length);
        let outcome = self.running.run(|| false, end);
        self.world().borrow_mut().advance(end);
        match outcome {
            Outcome::LimitReached(_) | Outcome::Idle => Outcome::Reached,
            outcome => outcome,
        }
    }

    /// Lets time pass in the world of this thread, without a turn of any application:
    /// for tests that say what comes between two turns, or in the midst of one.
    #[doc(hidden)]
    pub fn pass(length: Duration) {
        world::with(|world| {
            let until = world.now.saturating_add(length);
            world.advance(until);
        });
    }

    /// Lets the world run until it is so.
    ///
    /// # Panics
    ///
    /// If it cannot become so any more, or has not within an hour of the world's.
    #[track_caller]
    pub fn run_until(&self, is_so: impl FnMut() -> bool) {
        self.running
            .until(is_so, format_args!("the test waits for something"));
    }

    /// What must hold after each turn of an application, and each thing that
    /// happens.
    ///
    /// # Examples
    ///
    /// ```
    /// # use miocene::{handlers, Token, net::{TcpListener, TcpStream}};
    /// # const SERVER: Token = Token(0);
    /// # struct Guide { server: TcpListener, accepted: u32 }
    /// # #[handlers]
    /// # impl Guide {
    /// #     #[handler(token = SERVER)]
    /// #     fn accept(&mut self, _: (TcpStream, std::net::SocketAddr)) { self.accepted += 1; }
    /// # }
    /// use miocene::sim::Sim;
    ///
    /// # fn main() {
    /// Sim::seeds(0..10).run(|sim| {
    ///     let server = TcpListener::bind("127.0.0.1:9000").unwrap();
    ///     let guide = sim.start(Guide { server, accepted: 0 });
    ///     sim.always("nobody is accepted twice", {
    ///         let guide = guide.clone();
    ///         move || guide.with(|guide| guide.accepted) <= 2
    ///     });
    ///     let _clients = [(); 2].map(|()| sim.client("127.0.0.1:9000"));
    ///     sim.run_until(|| guide.with(|guide| guide.accepted) == 2);
    /// });
    /// # }
    /// ```
    #[track_caller]
    pub fn always(&self, name: &str, holds: impl FnMut() -> bool + 'static) {
        let mut properties = self.running.properties.borrow_mut();
        properties.always(name, Box::new(holds));
    }

    /// What must be so at some moment from now on, within so long.
    #[track_caller]
    pub fn eventually(&self, name: &str, within: Duration, holds: impl FnMut() -> bool + 'static) {
        let now = self.elapsed();
        let mut properties = self.running.properties.borrow_mut();
        properties.eventually(name, now, within, Box::new(holds));
    }

    /// Ends the faults, but not before two seconds of the world's have passed with
    /// them, and lets it run for ten more: long enough for whatever was tried again
    /// later. From here on every peer that behaves well is to be served.
    ///
    /// Whoever begins to connect from here on is connected, if somebody listens. Of
    /// those that have begun before, some are never answered: they last as long as
    /// whoever has begun it is patient, or the system, which is two minutes.
    ///
    /// # Panics
    ///
    /// If an application has forgotten a source: it has something to do, nothing
    /// holds it, and nobody will come back to it. What is to have come, the test
    /// itself must ask: see [`Peer::expect`](crate::sim::Peer::expect).
    #[track_caller]
    pub fn calm(&self) {
        const WITH_FAULTS: Duration = Duration::from_secs(2);
        const LONG_ENOUGH: Duration = Duration::from_secs(10);

        self.run_for(WITH_FAULTS.saturating_sub(self.elapsed()));
        self.running.calm();
        self.run_for(LONG_ENOUGH);
        self.running.check_applications();
    }

    /// That all applications have closed what they had. A listener in the field of
    /// one that has ended counts, as long as a handle of it lives.
    ///
    /// # Panics
    ///
    /// If there is a socket that was not closed.
    #[track_caller]
    pub fn assert_no_leak(&self) {
        let open = self.world().borrow().open_sockets();
        assert!(open.is_empty(), "not closed: {}", open.join(", "));
    }

    /// How many turns applications have had.
    pub fn turns(&self) -> u64 {
        self.running.turns.get()
    }

    /// What has happened, the last 100,000 lines of it.
    pub fn trace(&self) -> String {
        let world = self.world().borrow();
        let mut text = String::new();
        for (at, what) in world.trace.lines() {
            let _ = writeln!(text, "{}", world.line(at, what));
        }
        text
    }

    pub(super) fn last_lines(&self, count: usize) -> String {
        let world = self.world().borrow();
        let mut lines: Vec<_> = world.trace.lines().rev().take(count).collect();
        lines.reverse();
        let lines = lines.into_iter().map(|(at, what)| world.line(at, what));
        lines.collect::<Vec<_>>().join("\n")
    }

    pub(super) fn sum(&self) -> u64 {
        self.world().borrow().trace.sum()
    }

    pub(super) fn made(&self) -> super::script::Script {
        self.world().borrow().choices.made()
    }

    /// Ends the applications.
    pub(super) fn close(&self) {
        for app in self.running.apps() {
            app.close();
        }
    }

    /// What must hold at the end of a test.
    pub(super) fn finish(&self) {
        for app in self.running.apps() {
            if let Some(error) = app.error() {
                panic!("{} has ended with an error: {error}", app.name());
            }
        }
        let pending = self.running.properties.borrow().next_at();
        if let Some(by) = pending {
            let left = by.saturating_sub(self.elapsed());
            self.run_for(left);
        }
    }
}

impl Drop for Sim {
    fn drop(&mut self) {
        // What a property has captured may lead back to this world.
        self.running.forget();
        world::leave(&self.running.world);
    }
}

impl fmt::Debug for Sim {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Sim(at {:?})", self.elapsed())
    }
}
