//! Many deadlines in a source.

mod deadlines;

use std::error::Error;

use deadlines::Plan;
use miocene::{EventLoop, TimerId, Timers, Token, handlers};

const EXPIRY: Token = Token(0);

struct Expiring {
    expiry: Timers<usize>,
    fired: usize,
}

#[handlers]
impl Expiring {
    #[handler(token = EXPIRY)]
    fn expires(&mut self, _number: usize) {
        self.fired += 1;
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut event_loop = EventLoop::new()?;
    let mut app = Expiring {
        expiry: Timers::new(),
        fired: 0,
    };
    let plan = Plan::from_arguments()?;
    let set = plan.set().iter().enumerate();
    let ids: Vec<TimerId> = set
        .map(|(number, deadline)| app.expiry.at(*deadline, number))
        .collect();
    for (id, deadline) in ids.iter().zip(plan.moved()) {
        app.expiry.rearm_at(*id, *deadline);
    }
    for id in &ids[..plan.cancelled()] {
        app.expiry.cancel(*id);
    }
    if plan.passes() {
        event_loop.run(&mut app)?;
    }
    plan.end(app.fired)
}
