//! What is nothing where there is no simulated world.

use std::io;

use mio::Poll;

use crate::Config;

/// What a loop with these limits waits with.
pub(crate) fn poll(_config: &mut Config) -> io::Result<Poll> {
    Poll::new()
}

/// Events that were held back are those of a hostile system.
#[inline(always)]
pub(crate) fn holds_events(_poll: &Poll) -> bool {
    false
}

/// A wait for events that is not over when it returns is one of a simulated
/// world.
#[inline(always)]
pub(crate) fn is_asleep(_poll: &Poll) -> bool {
    false
}

/// A loop begins to call an application.
#[inline(always)]
pub(crate) fn note_turned(_poll: &Poll) {}

/// A simulated loop has no descriptor.
#[inline(always)]
#[allow(dead_code, reason = "nobody asks where mio's poll has none")]
pub(crate) fn must_have_a_descriptor(_poll: &Poll) {}
