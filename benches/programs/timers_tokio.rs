//! The twin of `timers.rs`, on tokio in one thread: its timers as they are, polled
//! all by one task. With a task for each, as is the habit there, it would be more.

mod deadlines;

use std::error::Error;
use std::future::{Future, poll_fn};
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll};

use deadlines::Plan;
use tokio::runtime::Builder;
use tokio::task::unconstrained;
use tokio::time::{Instant, Sleep, sleep_until};

fn main() -> Result<(), Box<dyn Error>> {
    let runtime = Builder::new_current_thread().enable_time().build()?;
    let plan = Plan::from_arguments()?;
    runtime.block_on(unconstrained(run(plan)));
    Ok(())
}

async fn run(plan: Plan) {
    let mut sleeps: Vec<Pin<Box<Sleep>>> = poll_fn(|cx| {
        let set = plan.set().iter().map(|deadline| {
            let mut sleep = Box::pin(sleep_until(Instant::from_std(*deadline)));
            // It is set when it is polled.
            assert!(sleep.as_mut().poll(cx).is_pending());
            sleep
        });
        Poll::Ready(set.collect())
    })
    .await;
    for (sleep, deadline) in sleeps.iter_mut().zip(plan.moved()) {
        sleep.as_mut().reset(Instant::from_std(*deadline));
    }
    sleeps.drain(..plan.cancelled());
    let mut fired = 0;
    if plan.passes() && !sleeps.is_empty() {
        // The runtime has to look at the clock before it is of use to ask.
        park_once().await;
        poll_fn(|cx| {
            sleeps.retain_mut(|sleep| {
                let is_due = is_due(sleep, cx);
                fired += usize::from(is_due);
                !is_due
            });
            match sleeps.is_empty() {
                true => Poll::Ready(()),
                false => Poll::Pending,
            }
        })
        .await;
    }
    plan.end(fired)
}

/// Ends when any of the timers has woken the task.
async fn park_once() {
    let mut parked = false;
    poll_fn(|_| match mem::replace(&mut parked, true) {
        true => Poll::Ready(()),
        false => Poll::Pending,
    })
    .await;
}

fn is_due(sleep: &mut Pin<Box<Sleep>>, cx: &mut Context<'_>) -> bool {
    sleep.as_mut().poll(cx).is_ready()
}
