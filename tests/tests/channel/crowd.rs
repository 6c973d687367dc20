//! Several threads that send as fast as they can.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;

pub const THREADS: usize = 4;
const CAPACITY: usize = 64;

static LIVE: AtomicUsize = AtomicUsize::new(0);

/// A message that is counted while it is there.
struct Counted {
    thread: usize,
    number: u64,
}

impl Counted {
    fn new(thread: usize, number: u64) -> Counted {
        LIVE.fetch_add(1, Ordering::SeqCst);
        Counted { thread, number }
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        LIVE.fetch_sub(1, Ordering::SeqCst);
    }
}

struct Crowd {
    messages: Receiver<Counted>,
    /// What is to come next of each thread.
    next: [u64; THREADS],
    most: usize,
}

#[handlers]
impl Crowd {
    #[handler(token = MESSAGES)]
    fn message(&mut self, message: Counted) {
        assert_eq!(
            message.number, self.next[message.thread],
            "lost, or out of order"
        );
        self.next[message.thread] += 1;
        self.most = self.most.max(LIVE.load(Ordering::SeqCst));
    }
}

/// What each thread sends.
const EACH: u64 = 1_000_000;

#[test]
fn of_four_threads_nothing_is_lost_or_out_of_order_and_memory_is_bounded() {
    let (sender, messages) = channel(CAPACITY);
    let mut crowd = Crowd {
        messages,
        next: [0; THREADS],
        most: 0,
    };
    let mut event_loop = EventLoop::new().unwrap();
    let mut turns = 1;
    // Wakes are counted from the first turn on.
    assert!(!turn(&mut event_loop, &mut crowd).finished);
    // They end also if the loop fails, since the receiver is dropped then.
    let threads = [0, 1, 2, 3].map(|thread| {
        let sender = sender.clone();
        thread::spawn(move || {
            for number in 0..EACH {
                sender.send(Counted::new(thread, number)).unwrap();
            }
        })
    });
    drop(sender);
    while !event_loop.turn(&mut crowd, LONG).unwrap().finished {
        turns += 1;
        #[cfg(target_os = "linux")]
        wakes::are_few(&event_loop, turns);
    }
    for thread in threads {
        thread.join().unwrap();
    }
    assert_eq!(crowd.next, [EACH; THREADS]);
    // Each thread holds one that it is about to send, and the handler has one.
    assert!(
        crowd.most <= CAPACITY + THREADS + 1,
        "{} at once",
        crowd.most
    );
    assert!(crowd.most >= CAPACITY, "the channel was never full");
    assert_eq!(LIVE.load(Ordering::SeqCst), 0);
}
