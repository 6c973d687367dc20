//! Memory for output that nobody uses, kept for neighbours that are written to.

use std::cell::Cell;

use super::Busy;
use crate::family::OutputLimits;

/// The first of some memory for output that nobody uses, and how many follow.
struct Pool {
    first: Cell<Option<Box<Busy>>>,
    count: Cell<usize>,
}

/// How much is kept for neighbours that are written to, for each thread: so
/// many of at most so many bytes, 4 MiB in all.
const POOLED: usize = 1024;
const POOLED_CAPACITY: usize = 4096;

thread_local! {
    static POOL: Pool = const { Pool { first: Cell::new(None), count: Cell::new(0) } };
}

impl Pool {
    fn take(&self) -> Option<Box<Busy>> {
        let mut busy = self.first.take()?;
        self.first.set(busy.next.take());
        self.count.set(self.count.get() - 1);
        Some(busy)
    }

    fn put(&self, mut busy: Box<Busy>) {
        if self.count.get() < POOLED && busy.bytes.capacity() <= POOLED_CAPACITY {
            busy.next = self.first.take();
            busy.recycle(OutputLimits::default());
            self.first.set(Some(busy));
            self.count.set(self.count.get() + 1);
        }
    }
}

impl Drop for Pool {
    /// One after the other: as a chain of boxes it would be a recursion.
    fn drop(&mut self) {
        while self.take().is_some() {}
    }
}

/// Memory from the pool, or new.
pub(super) fn pooled() -> Box<Busy> {
    // A thread that is ending has no pool any more.
    let pooled = POOL.try_with(Pool::take).ok().flatten();
    pooled.unwrap_or_default()
}

/// Memory that is not needed any more.
pub(super) fn give_back(busy: Box<Busy>) {
    let _ = POOL.try_with(|pool| pool.put(busy));
}
