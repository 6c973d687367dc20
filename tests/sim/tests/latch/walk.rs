//! A walk over all that can happen, breadth first.
//!
//! A loop cannot be copied, so a state is a way to it: the actions that lead there
//! from the beginning, which are done again in a new world. Two ways that have come to
//! the same are followed once.

use std::collections::HashSet;
use std::env;
use std::fmt::Debug;
use std::hash::{DefaultHasher, Hasher};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use miocene::sim::{App, Sim};
use miocene::{Config, Handlers};

/// Nothing is in the network any more.
pub const MOMENT: Duration = Duration::from_millis(1);

/// All deadlines have come.
pub const LONG: Duration = Duration::from_secs(1000);

/// What is walked: an application, and whatever happens to it.
pub trait Subject: Sized {
    type Action: Copy + Debug + Sync;

    /// What is decided about the world: see `Sim::script`.
    fn script() -> String;

    fn begin(sim: &Sim) -> Self;

    /// Whether it can happen now; then it has.
    fn act(&mut self, sim: &Sim, action: Self::Action) -> bool;

    /// All that it may depend on what can happen next.
    fn hash(&self, hasher: &mut impl Hasher);

    /// What must hold in each state.
    fn check(&self) -> Result<(), String>;

    /// What must hold when the loop has run until it waits.
    fn is_at_rest(&self) -> Result<(), String>;

    /// Has everybody go on and the loop run; what must have come of it.
    fn finish(self, sim: &Sim) -> Result<(), String>;
}

/// What one way has led to.
enum Found {
    /// Its last action could not happen, or has led where others had led.
    Nothing,
    New,
    Broken(String),
}

/// Walks so far, or as much farther as `MIOCENE_DEEPER` says, and prints how many
/// states it has seen.
pub fn walk<S: Subject>(actions: &[S::Action], depth: usize) {
    let deeper = env::var("MIOCENE_DEEPER").ok();
    let depth = depth + deeper.map_or(0, |text| text.parse().expect("a number"));
    let begin = Instant::now();
    let script = S::script();
    let known = Mutex::new(HashSet::new());
    let mut ways = vec![Vec::new()];
    let mut transitions = 0_u64;
    assert!(matches!(follow::<S>(&script, &[], &known), Found::New));
    for length in 1..=depth {
        let mut longer = Vec::new();
        for way in ways {
            for action in actions {
                let way = [&way[..], &[*action]].concat();
                transitions += 1;
                match follow::<S>(&script, &way, &known) {
                    Found::Nothing => {}
                    Found::New => longer.push(way),
                    Found::Broken(why) => panic!("{why}\n  after {length} actions: {way:?}"),
                }
            }
        }
        ways = longer;
        println!(
            "{} actions, depth {length}: {} states, {transitions} transitions, {:.1?}",
            actions.len(),
            known.lock().unwrap().len(),
            begin.elapsed()
        );
    }
}

fn follow<S: Subject>(script: &str, way: &[S::Action], known: &Mutex<HashSet<u64>>) -> Found {
    let found = Mutex::new(Found::Nothing);
    Sim::script(script).run(|sim| {
        let mut subject = S::begin(sim);
        let happened = way.iter().all(|action| {
            let happens = subject.act(sim, *action);
            Sim::pass(MOMENT);
            happens
        });
        if happened {
            *found.lock().unwrap() = look(subject, sim, &mut known.lock().unwrap());
        }
    });
    found.into_inner().unwrap()
}

fn look<S: Subject>(subject: S, sim: &Sim, known: &mut HashSet<u64>) -> Found {
    let mut hasher = DefaultHasher::new();
    subject.hash(&mut hasher);
    if !known.insert(hasher.finish()) {
        return Found::Nothing;
    }
    let holds = subject.check().and_then(|()| subject.finish(sim));
    match holds {
        Ok(()) => Found::New,
        Err(why) => Found::Broken(why),
    }
}

/// Runs until the loop waits for what has yet to happen; what holds in each state
/// must hold on the way, too.
pub fn run<A: Handlers>(app: &App<A>, subject: &impl Subject) -> Result<(), String> {
    const ENOUGH: u32 = 1000;

    for _ in 0..ENOUGH {
        app.turn_once();
        Sim::pass(MOMENT);
        subject.check()?;
        if app.inspect().is_quiet() {
            return subject.is_at_rest();
        }
    }
    Err("it spins".to_owned())
}

/// Limits that are reached soon, and a poll that reports so many events.
pub fn tight(events: usize) -> Config {
    let mut config = Config::default();
    config.budget = 2;
    config.accepts = 1;
    config.wakes_while_paused = 1;
    config.retry_delay = LONG / 10;
    (config.event_capacity, config.event_capacity_max) = (events, events);
    config
}

/// What a script decides of a buffer that is to hold so much: see `World::buffer`.
pub fn buffer_of(size: usize) -> usize {
    let is_it = |chosen: &usize| (chosen >> (chosen % 13)).max(1) == size;
    (1..1 << 16)
        .find(is_it)
        .expect("no decision is a buffer of this size")
}
