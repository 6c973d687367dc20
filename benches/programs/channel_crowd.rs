//! Four threads that send so many messages each, as fast as the channel takes
//! them, into a loop that checks that none is lost or out of order.

use std::error::Error;
use std::thread;

use miocene::{EventLoop, Receiver, Token, channel, handlers};

const MESSAGES: Token = Token(0);
const CAPACITY: usize = 1024;
const THREADS: usize = 4;

struct Crowd {
    messages: Receiver<(usize, u64)>,
    /// What is to come next of each thread.
    next: [u64; THREADS],
}

#[handlers]
impl Crowd {
    #[handler(token = MESSAGES)]
    fn message(&mut self, (thread, number): (usize, u64)) {
        assert_eq!(number, self.next[thread], "of thread {thread}");
        self.next[thread] += 1;
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let each: u64 = std::env::args().nth(1).ok_or("how many?")?.parse()?;
    let (sender, messages) = channel(CAPACITY);
    let mut crowd = Crowd {
        messages,
        next: [0; THREADS],
    };
    let mut event_loop = EventLoop::new()?;
    thread::scope(|scope| {
        for thread in 0..THREADS {
            let sender = sender.clone();
            scope.spawn(move || {
                for number in 0..each {
                    sender.send((thread, number)).expect("the loop is there");
                }
            });
        }
        drop(sender);
        event_loop.run(&mut crowd)
    })?;
    match crowd.next == [each; THREADS] {
        true => Ok(()),
        false => Err(format!("{:?} have come in place of {each} each", crowd.next).into()),
    }
}
