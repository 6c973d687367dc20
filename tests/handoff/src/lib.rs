//! What threads and a loop hand each other, in every order in which it can happen:
//! the files of the library, with the primitives of a model checker, which finds a
//! loop that sleeps for ever as a deadlock.
#![cfg(test)]

#[path = "../../../framework/src/handoff/bell.rs"]
mod bell;
#[path = "../../../framework/src/handoff/queue.rs"]
mod queue;

mod naive;
mod world;

mod sync {
    pub(super) use loom::sync::{Condvar, Mutex, MutexGuard, atomic};
    pub(super) use std::sync::PoisonError;
}

use std::sync::Arc;

use bell::Bell;
use loom::model::Builder;
use loom::thread;
use queue::{Batch, Queue, Refused, Taken};
use sync::atomic::{AtomicBool, Ordering};
use world::{Handoff, Waker, World};

/// Runs a model in each order in which threads are interrupted up to three times.
fn in_every_order(model: impl Fn() + Sync + Send + 'static) {
    let mut builder = Builder::new();
    builder.preemption_bound = Some(3);
    builder.check(model);
}

/// Two threads that send a message each, and a loop that sleeps whenever it found
/// nothing.
fn two_senders<H: Handoff>(handoff: fn() -> H, receive: fn(&World<H>, usize) -> Vec<u32>) {
    in_every_order(move || {
        let world = Arc::new(World::of(handoff()));
        let senders = [1, 2].map(|message| {
            let world = Arc::clone(&world);
            thread::spawn(move || world.send(message))
        });
        let mut received = receive(&world, 2);
        received.sort_unstable();
        assert_eq!(received, [1, 2]);
        for sender in senders {
            sender.join().unwrap();
        }
    });
}

#[test]
fn whoever_sends_wakes_the_loop_and_at_most_one_wake_is_on_its_way() {
    two_senders(|| Queue::new(4), World::receive);
}

#[test]
#[should_panic(expected = "deadlock")]
fn without_a_second_look_a_message_is_forgotten() {
    two_senders(naive::LooksOnce::new, World::receive);
}

#[test]
#[should_panic(expected = "deadlock")]
fn a_wake_that_is_forgotten_after_the_look_is_lost() {
    two_senders(|| Queue::new(4), World::receive_and_forget);
}

/// Two sources that threads fill, each once, and a loop that looks at both whenever it
/// is woken.
fn two_sources(rings: fn(&Bell) -> bool) {
    in_every_order(move || {
        let shared = Arc::new((
            [AtomicBool::new(false), AtomicBool::new(false)],
            Bell::new(),
            Waker::new(),
        ));
        let threads = [0, 1].map(|source| {
            let shared = Arc::clone(&shared);
            thread::spawn(move || {
                let (filled, asked, waker) = &*shared;
                filled[source].store(true, Ordering::SeqCst);
                if rings(asked) {
                    waker.wake();
                }
            })
        });
        let (filled, asked, waker) = &*shared;
        while !filled.iter().all(|filled| filled.load(Ordering::SeqCst)) {
            waker.wait();
            asked.hush();
        }
        for thread in threads {
            thread.join().unwrap();
        }
    });
}

#[test]
fn two_sources_that_are_filled_at_once_wake_the_loop_once() {
    two_sources(Bell::ring);
}

#[test]
#[should_panic(expected = "two wakes")]
fn without_a_bell_each_source_wakes_the_loop() {
    two_sources(|_| true);
}

#[test]
fn a_wake_that_has_failed_is_tried_again() {
    in_every_order(|| {
        let bell = Bell::new();
        for error in [1, 2] {
            assert_eq!(bell.ring_and_wake(|| Err(error)), Err(error));
        }
        assert_eq!(bell.ring_and_wake(|| Ok::<(), i32>(())), Ok(()));
        assert_eq!(bell.ring_and_wake(|| Err(3)), Ok(()), "it is on its way");
    });
}

#[test]
fn what_was_changed_without_the_lock_is_seen_after_a_nudge() {
    in_every_order(|| {
        let shared = Arc::new((World::of(Queue::new(4)), AtomicBool::new(true)));
        let sends = {
            let shared = Arc::clone(&shared);
            thread::spawn(move || shared.0.send(1))
        };
        let goes = {
            let shared = Arc::clone(&shared);
            thread::spawn(move || {
                let (world, held) = &*shared;
                held.store(false, Ordering::Release);
                world.nudge();
            })
        };
        let (world, held) = &*shared;
        let received = world.receive_until(|| !held.load(Ordering::Relaxed));
        assert!(received == [1] || received.is_empty());
        sends.join().unwrap();
        goes.join().unwrap();
    });
}

#[test]
fn messages_of_one_thread_come_in_order_and_the_last_sender_ends_the_channel() {
    in_every_order(|| {
        let world = Arc::new(World::of(Queue::new(4)));
        world.enter();
        let sends = {
            let world = Arc::clone(&world);
            thread::spawn(move || {
                world.send(1);
                world.send(2);
                world.leave();
            })
        };
        let only_leaves = {
            let world = Arc::clone(&world);
            thread::spawn(move || world.leave())
        };
        assert_eq!(world.receive(usize::MAX), [1, 2]);
        sends.join().unwrap();
        only_leaves.join().unwrap();
    });
}

#[test]
fn who_waits_for_room_is_told_of_it() {
    in_every_order(|| {
        let world = Arc::new(World::of(Queue::new(1)));
        let senders = [1, 2].map(|message| {
            let world = Arc::clone(&world);
            thread::spawn(move || world.wait_and_send(message))
        });
        let mut received = world.receive(2);
        received.sort_unstable();
        assert_eq!(received, [1, 2]);
        for sender in senders {
            sender.join().unwrap();
        }
    });
}

#[test]
fn who_waits_for_room_is_told_that_nobody_makes_any() {
    in_every_order(|| {
        let queue = Arc::new(Queue::new(1));
        assert_eq!(queue.try_send(1), Ok(true));
        let sender = {
            let queue = Arc::clone(&queue);
            thread::spawn(move || queue.send(2))
        };
        queue.close();
        assert_eq!(sender.join().unwrap(), Err(Refused::Closed(2)));
    });
}
