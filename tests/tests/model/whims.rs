//! What the handlers ask for: of the loop, and in the same breath of the model.

use std::panic::resume_unwind;

use miocene::{BoxError, Context, Flow};

use crate::app::App;
use crate::contract::{ALL, Which};

/// What a handler panics with when it means to.
pub struct Planned;

impl App {
    /// What a handler of `me` does after it has read.
    pub fn act(&mut self, cx: &mut Context<'_>, me: Which) -> Result<Flow, BoxError> {
        if self.calm {
            return Ok(Flow::Continue);
        }
        for _ in 0..self.rng.below(3) {
            let whom = self.rng.one_of(&ALL);
            self.ask(cx, whom);
        }
        match self.rng.one_in(24) {
            true => Err("an error".into()),
            false => Ok(self.answer(me)),
        }
    }

    /// What `#[ended]` does about a source that is over.
    pub fn follow(&mut self, cx: &mut Context<'_>, which: Which) -> Result<Flow, BoxError> {
        match self.rng.below(4) {
            _ if self.calm => self.attach(cx, which),
            0 => {}
            1 => self.replace(cx, which),
            _ => self.attach(cx, which),
        }
        match self.rng.below(8) {
            _ if self.calm => Ok(Flow::Continue),
            0 => Err("an error".into()),
            1 => {
                self.contract.stopped = true;
                Ok(Flow::Stop)
            }
            _ => Ok(self.rng.one_of(&[Flow::Continue, Flow::Pause, Flow::Close])),
        }
    }

    /// Everything is to be attached, and nothing to be paused or at rest.
    pub fn mend(&mut self, cx: &mut Context<'_>) {
        for which in ALL {
            match self.contract.is_detached(which) || which == Which::Items {
                true => self.attach(cx, which),
                false => self.resume(cx, which),
            }
        }
    }

    fn ask(&mut self, cx: &mut Context<'_>, whom: Which) {
        match self.rng.below(500) {
            0..=79 => {
                cx.pause(whom.token());
                self.contract.pause(whom);
            }
            80..=219 => self.resume(cx, whom),
            // What was read and not yielded would be gone: only for what leaves nothing.
            220..=279 if whom != Which::Lines || self.contract.is_detached(whom) => {
                self.attach(cx, whom);
            }
            280..=299 => self.replace(cx, whom),
            300 => {
                cx.stop();
                self.contract.stopped = true;
            }
            301 => {
                cx.fail("on purpose");
                (self.contract.stopped, self.contract.failed) = (true, true);
            }
            302 => resume_unwind(Box::new(Planned)),
            _ => {}
        }
    }

    /// What a handler answers for its source, or `#[failed]` for that of the
    /// failure.
    pub fn answer(&mut self, me: Which) -> Flow {
        let flow = match self.rng.below(240) {
            _ if self.calm => Flow::Continue,
            0..=19 => Flow::Pause,
            // What a source has left that is closed is kept by the one in its field.
            20..=29 if me != Which::Lines || !self.contract.is_attaching(me) => {
                self.rng.one_of(&[Flow::Close, Flow::Leave])
            }
            30 => Flow::Stop,
            _ => Flow::Continue,
        };
        self.contract.answered(me, flow);
        flow
    }

    fn resume(&mut self, cx: &mut Context<'_>, whom: Which) {
        cx.resume(whom.token());
        self.contract.resume(whom);
    }

    fn attach(&mut self, cx: &mut Context<'_>, whom: Which) {
        if whom == Which::Items && !self.calm {
            self.items.wire.refuse = self.rng.one_in(8);
        }
        let registrations = self.wire(whom).registrations();
        self.contract.attach(whom, registrations);
        cx.attach(whom.token());
    }

    /// Another source in the field, of which nothing has been sent yet.
    fn replace(&mut self, cx: &mut Context<'_>, whom: Which) {
        self.wire(whom).renew(cx.registry());
        if whom == Which::Lines {
            self.lines.kept.clear();
        }
        self.attach(cx, whom);
    }
}
