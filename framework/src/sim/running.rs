//! Having a world go on.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::rc::Rc;
use std::time::Duration;

use super::app::Runs;
use super::property::Properties;
use super::site::Site;
use super::world::World;

/// A world, what runs in it, and what must hold.
pub(super) struct Running {
    pub(super) world: Rc<RefCell<World>>,
    apps: RefCell<Vec<Rc<dyn Runs>>>,
    pub(super) properties: RefCell<Properties>,
    /// Turns since time has passed that a turn itself does not take.
    busy: Cell<u32>,
    /// Turns that applications have had.
    pub(super) turns: Cell<u64>,
}

/// What running a world has come to.
///
/// # Examples
///
/// ```
/// use miocene::sim::{Outcome, Sim};
///
/// // Without an application there is nothing to wait for.
/// Sim::seeds(0..1).run(|sim| assert_eq!(sim.run(), Outcome::Finished));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// What was waited for has come.
    Reached,
    /// All applications have ended, and nothing more can happen.
    Finished,
    /// Applications wait for others, who have nothing more to do: nothing can ever
    /// happen again, and nobody is owed anything.
    Idle,
    /// Nothing can ever happen again, though there is something that an application
    /// has not taken: the text names its sources. It may have paused them; otherwise
    /// it has stalled.
    Stalled(String),
    /// More could happen, but not within the time, which the text names. It says
    /// nothing about whether what was waited for would have come.
    LimitReached(String),
}

impl Running {
    pub(super) fn new(world: Rc<RefCell<World>>) -> Running {
        Running {
            world,
            apps: RefCell::new(Vec::new()),
            properties: RefCell::default(),
            busy: Cell::new(0),
            turns: Cell::new(0),
        }
    }

    pub(super) fn add(&self, app: Rc<dyn Runs>) {
        self.apps.borrow_mut().push(app);
    }

    pub(super) fn apps(&self) -> Vec<Rc<dyn Runs>> {
        self.apps.borrow().clone()
    }

    /// Until it is so; whoever waits is named if it never is.
    #[track_caller]
    pub(super) fn until(&self, is_so: impl FnMut() -> bool, who: fmt::Arguments<'_>) {
        /// Nobody in a test waits for longer, unless it says so.
        const PATIENCE: Duration = Duration::from_secs(3600);

        let end = self.world.borrow().now + PATIENCE;
        match self.run(is_so, end) {
            Outcome::Reached => {}
            Outcome::Finished => panic!("{who}, but all applications have ended"),
            Outcome::Idle => panic!("{who}, but nothing can ever happen again"),
            Outcome::Stalled(text) => panic!("{who}, but {text}"),
            Outcome::LimitReached(text) => panic!("{who}: {text}"),
        }
    }

    /// Runs until it is so, or until a time.
    pub(super) fn run(&self, mut is_so: impl FnMut() -> bool, end: Duration) -> Outcome {
        loop {
            if is_so() {
                return Outcome::Reached;
            }
            if let Some(outcome) = self.step(end) {
                return outcome;
            }
            self.check();
        }
    }

    /// One turn of an application, or the next thing that happens; or why there is
    /// none.
    fn step(&self, end: Duration) -> Option<Outcome> {
        if let Some(app) = self.next_app() {
            if self.busy.get() > MOST_TURNS {
                panic!(
                    "{} has had {MOST_TURNS} turns in a row without waiting: it spins",
                    app.name()
                );
            }
            self.busy.set(self.busy.get() + 1);
            self.turns.set(self.turns.get() + 1);
            app.turn(&self.world);
            self.apps
                .borrow_mut()
                .retain(|app| app.is_running() || app.error().is_some());
            return None;
        }
        let apps = self.apps.borrow();
        let mut world = self.world.borrow_mut();
        let next = world.next_at(apps.iter().map(|app| app.poller()));
        let properties = self.properties.borrow().next_at();
        let next = next.into_iter().chain(properties).min();
        match next {
            Some(at) if at > end => {
                world.advance(end);
                Some(Outcome::LimitReached(format!(
                    "more could happen, but not within {end:?}"
                )))
            }
            Some(at) => {
                if at > world.now {
                    self.busy.set(0);
                }
                world.advance(at);
                None
            }
            None if apps.is_empty() => Some(Outcome::Finished),
            None => {
                world.advance(end);
                Some(match world.is_anybody_owed() {
                    true => Outcome::Stalled(world.nothing_can_happen()),
                    false => Outcome::Idle,
                })
            }
        }
    }

    /// Whose turn it is, if anybody's.
    fn next_app(&self) -> Option<Rc<dyn Runs>> {
        let mut apps = self.apps.borrow_mut();
        let mut world = self.world.borrow_mut();
        let is_next = |app: &Rc<dyn Runs>| app.is_running() && world.is_runnable(app.poller());
        let runnable: Vec<usize> = (0..apps.len()).filter(|at| is_next(&apps[*at])).collect();
        let chosen = match runnable.len() {
            0 => return None,
            1 => 0,
            several => world.choose(Site::Order, several as u64) as usize,
        };
        // Who has had a turn waits for the others.
        let app = apps.remove(runnable[chosen]);
        apps.push(Rc::clone(&app));
        Some(app)
    }

    /// What must hold after each step.
    fn check(&self) {
        if let Some(wrong) = self.world.borrow_mut().wrong.take() {
            panic!("{wrong}");
        }
        for app in self.apps.borrow().iter() {
            if let Some(error) = app.error() {
                panic!("{} has ended with an error: {error}", app.name());
            }
        }
        let now = self.world.borrow().now;
        self.properties.borrow_mut().check(now);
    }

    /// That no application has left a source with something to do, without coming
    /// back to it.
    pub(super) fn check_applications(&self) {
        for app in self.apps() {
            if let Err(broken) = app.check() {
                panic!("{} has forgotten a source: {broken}", app.name());
            }
        }
    }

    /// Lets go of applications and properties.
    pub(super) fn forget(&self) {
        let apps = self.apps.take();
        let properties = self.properties.take();
        drop((apps, properties));
    }

    /// From now on there are no faults.
    pub(super) fn calm(&self) {
        self.world.borrow_mut().calm();
    }
}

/// Turns in a row that do not come to a wait. Each takes a microsecond of
/// simulated time, so a loop that waits for a deadline by turning on the spot
/// comes to it, or to this.
const MOST_TURNS: u32 = 200_000;
