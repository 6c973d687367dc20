//! The twin of `timers.rs`, on calloop: a source for each deadline, with a
//! dispatcher, by which it can be moved.

mod deadlines;

use std::error::Error;

use calloop::timer::{TimeoutAction, Timer};
use calloop::{Dispatcher, EventLoop, RegistrationToken};
use deadlines::Plan;

/// What all closures share: how many have come.
type Fired = usize;

fn main() -> Result<(), Box<dyn Error>> {
    let mut event_loop = EventLoop::<Fired>::try_new()?;
    let handle = event_loop.handle();
    let mut fired = 0;
    let plan = Plan::from_arguments()?;
    let set = plan.set().iter().map(|deadline| {
        let timer = Timer::from_deadline(*deadline);
        let dispatcher = Dispatcher::new(timer, |_deadline, (), fired: &mut Fired| {
            *fired += 1;
            TimeoutAction::Drop
        });
        let token = handle.register_dispatcher(dispatcher.clone())?;
        Ok((dispatcher, token))
    });
    let timers: Vec<(Dispatcher<'_, Timer, Fired>, RegistrationToken)> =
        set.collect::<calloop::Result<_>>()?;
    for ((dispatcher, token), deadline) in timers.iter().zip(plan.moved()) {
        dispatcher.as_source_mut().set_deadline(*deadline);
        handle.update(token)?;
    }
    for (_, token) in &timers[..plan.cancelled()] {
        handle.remove(*token);
    }
    if plan.passes() {
        while fired < timers.len() - plan.cancelled() {
            event_loop.dispatch(None, &mut fired)?;
        }
    }
    plan.end(fired)
}
