//! What the two ends of a channel have in common.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::handoff::Queue;
use crate::wake::Wake;

#[derive(Debug)]
pub(super) struct Shared<M> {
    pub(super) queue: Queue<M>,
    /// Of the loop that the receiver is in.
    target: Mutex<Option<Wake>>,
}

impl<M> Shared<M> {
    pub(super) fn new(capacity: usize) -> Shared<M> {
        Shared {
            queue: Queue::new(capacity),
            target: Mutex::default(),
        }
    }

    /// From here on, the receiver is in this loop, or in none.
    pub(super) fn move_to(&self, target: Option<Wake>) {
        *self.target() = target;
    }

    /// Has the loop look. If it cannot be woken, it finds what there is when it wakes
    /// up next.
    #[cold]
    #[inline(never)]
    pub(super) fn wake(&self) {
        let target = self.target().clone();
        if let Some(target) = target {
            let _ = target.wake();
        }
    }

    /// Whether who sends here would wait for the loop of this very thread.
    pub(super) fn is_own_loop(&self) -> bool {
        self.target().as_ref().is_some_and(Wake::is_of_this_thread)
    }

    fn target(&self) -> MutexGuard<'_, Option<Wake>> {
        self.target.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
