//! What threads and a loop hand each other, and how the loop comes to look.
//!
//! The primitives are named in one place, so that a model checker can stand in for
//! them: `tests/handoff` takes these files in with its own.

mod bell;
mod queue;

pub(crate) use bell::Bell;
pub(crate) use queue::{Batch, Queue, Refused, Taken};

mod sync {
    pub(super) use std::sync::{Condvar, Mutex, MutexGuard, PoisonError, atomic};
}
