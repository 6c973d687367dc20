//! The twin of `timers.rs`, on mio and the heap of the standard library. What is
//! moved or cancelled stays in the heap until it comes to the top.

mod deadlines;

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::error::Error;
use std::time::{Duration, Instant};

use deadlines::Plan;
use mio::{Events, Poll};
use slab::Slab;

#[derive(Default)]
struct Timers {
    heap: BinaryHeap<Reverse<Entry>>,
    items: Slab<Item>,
    entries: u64,
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    deadline: Instant,
    /// No other entry has it; among equal deadlines the first is first.
    number: u64,
    key: usize,
}

struct Item {
    item: usize,
    /// The number of its entry that counts.
    entry: u64,
}

impl Timers {
    fn insert(&mut self, deadline: Instant, item: usize) -> usize {
        let entry = self.entries;
        let key = self.items.insert(Item { item, entry });
        self.push(deadline, key);
        key
    }

    fn rearm(&mut self, key: usize, deadline: Instant) {
        if let Some(item) = self.items.get_mut(key) {
            item.entry = self.entries;
            self.push(deadline, key);
        }
    }

    fn cancel(&mut self, key: usize) -> Option<usize> {
        Some(self.items.try_remove(key)?.item)
    }

    fn push(&mut self, deadline: Instant, key: usize) {
        self.heap.push(Reverse(Entry {
            deadline,
            number: self.entries,
            key,
        }));
        self.entries += 1;
    }

    fn pop_due(&mut self, now: Instant) -> Option<usize> {
        while self.heap.peek()?.0.deadline <= now {
            let Reverse(entry) = self.heap.pop()?;
            let item = self.items.get(entry.key);
            if item.is_some_and(|item| item.entry == entry.number) {
                return self.cancel(entry.key);
            }
        }
        None
    }

    fn timeout(&self, now: Instant) -> Option<Duration> {
        let Reverse(first) = self.heap.peek()?;
        Some(first.deadline.saturating_duration_since(now))
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut poll = Poll::new()?;
    let mut events = Events::with_capacity(1024);
    let mut timers = Timers::default();
    let mut fired = 0;
    let plan = Plan::from_arguments()?;
    let set = plan.set().iter().enumerate();
    let keys: Vec<usize> = set
        .map(|(number, deadline)| timers.insert(*deadline, number))
        .collect();
    for (key, deadline) in keys.iter().zip(plan.moved()) {
        timers.rearm(*key, *deadline);
    }
    for key in &keys[..plan.cancelled()] {
        timers.cancel(*key);
    }
    if plan.passes() {
        while let Some(timeout) = timers.timeout(Instant::now()) {
            poll.poll(&mut events, Some(timeout))?;
            let now = Instant::now();
            while timers.pop_due(now).is_some() {
                fired += 1;
            }
        }
    }
    plan.end(fired)
}
