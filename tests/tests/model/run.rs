//! One seed: some steps at random, and then calm.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use miocene::{Config, EventLoop, Turn};

use crate::app::App;
use crate::contract::ALL;
use crate::rng::Rng;
use crate::whims::Planned;
use crate::wire::{self, Peer};

const STEPS: usize = 120;
/// Within so many steps whatever was sent has arrived, if all are calm.
const CALM: usize = 5000;
/// How many turns in a row may call nobody and yet want another at once: what
/// is stale, noted or interrupted costs one.
const IDLE: usize = 12;
/// Longer than anything takes.
const STALL: Duration = Duration::from_secs(10);

/// A seed that the contract was broken with.
pub struct Broken {
    seed: u64,
    step: usize,
    what: String,
}

impl fmt::Display for Broken {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Broken { seed, step, what } = self;
        write!(formatter, "MIOCENE_SEED={seed}, step {step}: {what}")
    }
}

pub fn run(seed: u64) -> Result<(), Broken> {
    let mut run = Run::new(seed);
    run.all().map_err(|what| Broken {
        seed,
        step: run.step,
        what,
    })
}

struct Run {
    rng: Rng,
    app: App,
    event_loop: EventLoop,
    step: usize,
    idle: usize,
}

impl Run {
    fn new(seed: u64) -> Run {
        let mut rng = Rng::new(seed);
        let mut config = Config::default();
        config.budget = 1 + rng.below(3);
        config.event_capacity = 1 + rng.below(2) as usize;
        config.event_capacity_max = config.event_capacity + rng.below(2) as usize;
        config.wakes_while_paused = rng.below(3);
        Run {
            app: App::new(rng.split()),
            event_loop: EventLoop::with_config(config).unwrap(),
            rng,
            step: 0,
            idle: 0,
        }
    }

    fn all(&mut self) -> Result<(), String> {
        while self.step < STEPS {
            self.send();
            self.turn(Duration::ZERO)?;
            self.step += 1;
        }
        self.calm_down();
        while self.missing() {
            if self.step == STEPS + CALM {
                return Err(format!("many turns, and still missing: {}", self.losses()));
            }
            // Who writes on is not to be helped by an event.
            if !self.app.writes_on() {
                self.app.stream.drain();
            }
            self.turn(STALL)?;
            self.step += 1;
        }
        self.come_to_rest()
    }

    /// Nothing is to come of it any more.
    fn come_to_rest(&mut self) -> Result<(), String> {
        for _ in 0..100 {
            let turn = self.turn(Duration::ZERO)?;
            if turn.is_none_or(|turn| turn.again.is_none()) {
                return Ok(());
            }
        }
        Err("all has arrived, and the loop is not at rest".to_owned())
    }

    fn send(&mut self) {
        for _ in 0..self.rng.below(4) {
            let whom = self.rng.one_of(&ALL);
            let bytes = wire::bytes(&mut self.rng);
            self.app.wire(whom).send(&bytes);
        }
        if self.rng.one_in(3) {
            self.app.stream.drain();
        }
    }

    fn calm_down(&mut self) {
        self.app.calm = true;
        self.app.items.whims = None;
        self.app.items.wire.refuse = false;
        self.app.lines.wire.send(b"\n");
        self.app.control.send(b"mend");
    }

    fn missing(&mut self) -> bool {
        let control = self.app.control.missing();
        let all = ALL.map(|which| self.app.wire(which).missing());
        self.app.owed > 0 || control > 0 || all.iter().any(|&missing| missing > 0)
    }

    fn losses(&mut self) -> String {
        let all = ALL.map(|which| (which, self.app.wire(which).missing()));
        format!("{all:?}, and {} chunks to write", self.app.owed)
    }

    /// One turn, and whether it was as it should be. `None` if a session ended
    /// with it.
    fn turn(&mut self, limit: Duration) -> Result<Option<Turn>, String> {
        let before = self.app.contract.calls;
        let begin = Instant::now();
        let turn = catch_unwind(AssertUnwindSafe(|| {
            self.event_loop.turn(&mut self.app, Some(limit))
        }));
        if let Some(complaint) = &self.app.contract.complaint {
            return Err(complaint.clone());
        }
        if self.app.items.disturbed {
            return Err("Items was asked for an item in its rest".to_owned());
        }
        let contract = &self.app.contract;
        let goes_on = match turn {
            Err(panic) if panic.is::<Planned>() => None,
            Err(panic) => return Err(format!("panicked: {:?}", panic.downcast_ref::<String>())),
            Ok(Err(_)) if contract.failed => None,
            Ok(Err(error)) => return Err(format!("the turn failed: {error}")),
            Ok(Ok(turn)) if turn.finished != contract.stopped => {
                return Err(format!("stopped: {}, but {turn:?}", contract.stopped));
            }
            Ok(Ok(turn)) => (!turn.finished).then_some(turn),
        };
        let Some(turn) = goes_on else {
            self.app.contract.begin_anew();
            self.app.items.wire.refuse = false;
            return Ok(None);
        };
        self.is_alive(turn, self.app.contract.calls > before, begin)?;
        Ok(Some(turn))
    }

    /// Neither busy with nothing nor asleep for good.
    fn is_alive(&mut self, turn: Turn, called: bool, begin: Instant) -> Result<(), String> {
        if begin.elapsed() >= STALL {
            return Err(format!("stalled, and missing: {}", self.losses()));
        }
        let idle = !called && turn.again == Some(Duration::ZERO);
        self.idle = if idle { self.idle + 1 } else { 0 };
        match self.idle > IDLE {
            true => Err("busy with nothing".to_owned()),
            false => Ok(()),
        }
    }
}
