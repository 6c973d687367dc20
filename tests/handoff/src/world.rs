//! A loop and what wakes it, as in the library but for its system.

use crate::sync::{Condvar, Mutex};
use crate::{Batch, Bell, Queue, Taken};

/// How messages are handed over.
pub trait Handoff: Send + Sync + 'static {
    /// Whether the loop has to be woken.
    fn send(&self, message: u32) -> bool;
    fn take(&self, batch: &mut Batch<u32>) -> Taken<u32>;
    /// Whether the loop, awake, is to ask for a message.
    fn has_news(&self) -> bool;
}

impl Handoff for Queue<u32> {
    fn send(&self, message: u32) -> bool {
        self.try_send(message).expect("there is room")
    }

    fn take(&self, batch: &mut Batch<u32>) -> Taken<u32> {
        Queue::take(self, batch)
    }

    fn has_news(&self) -> bool {
        Queue::has_news(self)
    }
}

pub struct World<H> {
    handoff: H,
    /// The loop was woken and has not looked yet.
    asked: Bell,
    waker: Waker,
}

impl<H: Handoff> World<H> {
    pub fn of(handoff: H) -> World<H> {
        World {
            handoff,
            asked: Bell::new(),
            waker: Waker::new(),
        }
    }

    pub fn send(&self, message: u32) {
        self.wake_if(self.handoff.send(message));
    }

    /// Receives so many messages, or all if there are fewer.
    pub fn receive(&self, count: usize) -> Vec<u32> {
        let (mut batch, mut received) = (Batch::new(), Vec::new());
        while self.look(&mut batch, &mut received, count) {
            self.waker.wait();
            self.asked.hush();
        }
        received
    }

    /// Receives until something is so that the loop asks for whenever it has looked.
    pub fn receive_until(&self, over: impl Fn() -> bool) -> Vec<u32> {
        let (mut batch, mut received) = (Batch::new(), Vec::new());
        loop {
            self.look(&mut batch, &mut received, usize::MAX);
            if over() {
                return received;
            }
            self.waker.wait();
            self.asked.hush();
        }
    }

    /// The same as `receive`, and wrong: by a loop that forgets the wakes that came while it looked.
    pub fn receive_and_forget(&self, count: usize) -> Vec<u32> {
        let (mut batch, mut received) = (Batch::new(), Vec::new());
        self.waker.wait();
        while self.look(&mut batch, &mut received, count) {
            self.asked.hush();
            self.waker.wait();
        }
        received
    }

    /// Takes what there is, if something is said to be. Whether there is to be more.
    fn look(&self, batch: &mut Batch<u32>, received: &mut Vec<u32>, count: usize) -> bool {
        if self.handoff.has_news() {
            loop {
                match self.handoff.take(batch) {
                    Taken::Message(message) => received.push(message),
                    Taken::Nothing => break,
                    Taken::Over => return false,
                }
            }
        }
        received.len() < count
    }

    fn wake_if(&self, silent: bool) {
        if silent && self.asked.ring() {
            self.waker.wake();
        }
    }
}

impl World<Queue<u32>> {
    pub fn wait_and_send(&self, message: u32) {
        let sent = self.handoff.send(message);
        self.wake_if(sent.expect("it is not closed"));
    }

    pub fn enter(&self) {
        self.handoff.add_sender();
    }

    pub fn nudge(&self) {
        self.wake_if(self.handoff.nudge());
    }

    pub fn leave(&self) {
        self.wake_if(self.handoff.remove_sender());
    }
}

/// What wakes a loop from a wait, as the system does it.
pub struct Waker {
    woken: Mutex<bool>,
    is_woken: Condvar,
}

impl Waker {
    pub fn new() -> Waker {
        Waker {
            woken: Mutex::new(false),
            is_woken: Condvar::new(),
        }
    }

    pub fn wake(&self) {
        let mut woken = self.woken.lock().unwrap();
        assert!(!*woken, "two wakes are on their way");
        *woken = true;
        self.is_woken.notify_one();
    }

    pub fn wait(&self) {
        let mut woken = self.woken.lock().unwrap();
        while !*woken {
            woken = self.is_woken.wait(woken).unwrap();
        }
        *woken = false;
    }
}
