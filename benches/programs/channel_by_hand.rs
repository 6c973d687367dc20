//! The twin of `channel.rs`, on mio's waker and the channel of the standard
//! library. Who sends wakes the loop, unless somebody has done so already.

mod batches;

use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, SyncSender};
use std::time::Duration;

use batches::{Batches, CAPACITY};
use mio::{Events, Poll, Token, Waker};

const NUMBERS: Token = Token(0);

struct Sender {
    numbers: SyncSender<u64>,
    call: Arc<Call>,
}

struct Call {
    waker: Waker,
    called: AtomicBool,
}

impl Sender {
    fn send(&self, number: u64) -> Result<(), Box<dyn Error>> {
        self.numbers.try_send(number)?;
        if !self.call.called.swap(true, Ordering::SeqCst) {
            self.call.waker.wake()?;
        }
        Ok(())
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let batches = Batches::from_arguments()?;
    let mut poll = Poll::new()?;
    let mut events = Events::with_capacity(1024);
    let (sender, numbers) = mpsc::sync_channel(CAPACITY);
    let call = Arc::new(Call {
        waker: Waker::new(poll.registry(), NUMBERS)?,
        called: AtomicBool::new(false),
    });
    let sender = Sender {
        numbers: sender,
        call: Arc::clone(&call),
    };
    let mut sum = 0;
    for batch in batches.iter() {
        for number in batch {
            sender.send(number)?;
        }
        poll.poll(&mut events, Some(Duration::ZERO))?;
        for event in &events {
            match event.token() {
                NUMBERS => {
                    call.called.store(false, Ordering::SeqCst);
                    while let Ok(number) = numbers.try_recv() {
                        sum += number;
                    }
                }
                _ => unreachable!("nothing else is registered"),
            }
        }
    }
    batches.check(sum)
}
