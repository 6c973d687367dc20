//! Two single sources of frames.

mod reader;

use std::array;
use std::cell::RefCell;
use std::hash::{Hash, Hasher};
use std::rc::Rc;

use miocene::Readiness;
use miocene::sim::{App, Queue, Sim};

use crate::walk::{LONG, Subject, run, tight};
use reader::{Frames, Known, Reader, SOURCES, Shared};

pub use reader::{Ask, FRAME};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    Turn,
    TimePasses,
    /// So many bytes arrive.
    Arrive(usize, usize),
    PeerHalfCloses(usize),
    PeerResets(usize),
    Asks(usize, Ask),
    PauseOrResume(usize),
    Attach(usize),
    Spurious(usize),
}

pub use Action::*;

pub struct Singles {
    app: App<Reader>,
    known: [Shared; 2],
    _keeper: Queue<()>,
}

impl Subject for Singles {
    type Action = Action;

    fn script() -> String {
        String::new()
    }

    fn begin(sim: &Sim) -> Singles {
        let mut streams = Vec::new();
        let known: [Shared; 2] = array::from_fn(|_| {
            let (stream, peer) = sim.stream();
            streams.push(stream);
            Rc::new(RefCell::new(Known::of(peer)))
        });
        let mut sources = streams
            .into_iter()
            .zip(&known)
            .map(|(stream, known)| Frames {
                stream,
                kept: Vec::new(),
                known: Rc::clone(known),
            });
        let (queue, keeper) = sim.twin();
        let reader = Reader {
            one: sources.next().unwrap(),
            two: sources.next().unwrap(),
            keeper,
            wrong: None,
        };
        let app = sim.start_with(tight(8), reader);
        app.turn_once();
        Singles {
            app,
            known,
            _keeper: queue,
        }
    }

    fn act(&mut self, _: &Sim, action: Action) -> bool {
        let known = |number: usize| self.known[number].borrow_mut();
        match action {
            Turn => {
                self.app.turn_once();
                true
            }
            TimePasses => {
                self.time_passes();
                true
            }
            Arrive(number, count) => known(number).send(count),
            PeerHalfCloses(number) => {
                let known = &mut *known(number);
                known.peer.half_closes();
                !std::mem::replace(&mut known.ending, true)
            }
            PeerResets(number) => {
                let known = &mut *known(number);
                known.peer.resets();
                known.lost = true;
                !std::mem::replace(&mut known.reset, true)
            }
            Asks(number, ask) => known(number).ask.replace(ask) != Some(ask),
            PauseOrResume(number) => {
                let known = &mut *known(number);
                known.paused ^= known.attached;
                self.app.context(|cx| match known.paused {
                    true => cx.pause(SOURCES[number]),
                    false => cx.resume(SOURCES[number]),
                });
                known.attached
            }
            Attach(number) => {
                self.attach(number) || {
                    known(number).lost = true;
                    self.attach(number)
                }
            }
            Spurious(number) => {
                let token = SOURCES[number];
                self.app.deliver(token, Readiness::READABLE).unwrap();
                true
            }
        }
    }

    fn hash(&self, hasher: &mut impl Hasher) {
        self.app.inspect().hash(hasher);
        for known in &self.known {
            let known = known.borrow();
            (known.ask, known.attached, known.paused, known.rests).hash(hasher);
            (
                known.sent as isize - (known.handled * FRAME) as isize,
                known.ends,
            )
                .hash(hasher);
            (known.ending, known.lost, known.reset).hash(hasher);
        }
    }

    fn check(&self) -> Result<(), String> {
        self.app.check()?;
        if !self.app.is_running() {
            return Err("the loop has ended".to_owned());
        }
        match self.app.with(|reader| reader.wrong.clone()) {
            Some(wrong) => Err(wrong),
            None => Ok(()),
        }
    }

    fn is_at_rest(&self) -> Result<(), String> {
        match self.known.iter().find(|known| known.borrow().is_stalled()) {
            Some(known) => Err(format!("{:?} is stalled", known.borrow().peer)),
            None => Ok(()),
        }
    }

    fn finish(self, _: &Sim) -> Result<(), String> {
        run(&self.app, &self)?;
        for (number, token) in (0..).zip(SOURCES) {
            self.known[number].borrow_mut().ask = None;
            if !self.attach(number) {
                self.known[number].borrow_mut().paused = false;
                self.app.context(|cx| cx.resume(token));
            }
        }
        run(&self.app, &self)?;
        self.time_passes();
        run(&self.app, &self)?;
        for known in &self.known {
            let known = known.borrow();
            let told = known.ends == u32::from(known.ending);
            let served = known.is_handled() && told;
            if !(served || known.lost) {
                let (sent, handled, ends) = (known.sent, known.handled, known.ends);
                return Err(format!(
                    "{:?}: of {sent} bytes {handled} frames were handled; {ends} ends",
                    known.peer
                ));
            }
        }
        Ok(())
    }
}

impl Singles {
    /// What was closed is attached again, with what was left of it.
    fn attach(&self, number: usize) -> bool {
        let known = &mut *self.known[number].borrow_mut();
        if known.attached && !known.lost || known.ends > 0 {
            return false;
        }
        self.app.context(|cx| cx.attach(SOURCES[number]));
        (known.attached, known.rests, known.paused) = (true, false, false);
        true
    }

    fn time_passes(&self) {
        Sim::pass(LONG);
        // What has rested goes on in the next turn.
        for known in &self.known {
            known.borrow_mut().rests = false;
        }
    }
}
