//! The twin of `channel.rs`, on calloop.

mod batches;

use std::error::Error;
use std::time::Duration;

use batches::{Batches, CAPACITY};
use calloop::EventLoop;
use calloop::channel::{Event, sync_channel};

fn main() -> Result<(), Box<dyn Error>> {
    let batches = Batches::from_arguments()?;
    let mut event_loop = EventLoop::<u64>::try_new()?;
    let (sender, numbers) = sync_channel(CAPACITY);
    event_loop
        .handle()
        .insert_source(numbers, |event, (), sum| match event {
            Event::Msg(number) => *sum += number,
            Event::Closed => {}
        })?;
    let mut sum = 0;
    for batch in batches.iter() {
        for number in batch {
            sender.try_send(number)?;
        }
        event_loop.dispatch(Some(Duration::ZERO), &mut sum)?;
    }
    batches.check(sum)
}
