use std::time::{Duration, Instant};

use crate::state::{after, read_clock};

/// So much later than now; further away than any program runs, if it cannot be
/// told.
pub(super) fn from_now(length: Duration) -> Instant {
    after(read_clock(), length)
}

/// When something is due that is set now: not in the turn that is under way, whose
/// time is not later than this.
pub(super) fn due(deadline: Instant) -> Instant {
    const LATER: Duration = Duration::from_nanos(1);
    deadline.max(from_now(LATER))
}
