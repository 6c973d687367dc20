//! Messages through a channel, sent in batches between turns.

mod batches;

use std::error::Error;
use std::time::Duration;

use batches::{Batches, CAPACITY};
use miocene::{EventLoop, Receiver, Token, channel, handlers};

const NUMBERS: Token = Token(0);

struct Sum {
    numbers: Receiver<u64>,
    sum: u64,
}

#[handlers]
impl Sum {
    #[handler(token = NUMBERS)]
    fn number(&mut self, number: u64) {
        self.sum += number;
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let batches = Batches::from_arguments()?;
    let (sender, numbers) = channel(CAPACITY);
    let mut app = Sum { numbers, sum: 0 };
    let mut event_loop = EventLoop::new()?;
    for batch in batches.iter() {
        for number in batch {
            sender.try_send(number)?;
        }
        let _ = event_loop.turn(&mut app, Some(Duration::ZERO))?;
    }
    batches.check(app.sum)
}
