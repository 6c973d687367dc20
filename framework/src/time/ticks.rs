//! Ticks: sixty-fourths of a millisecond. The poll is late by up to a millisecond, to
//! which one of them adds little.

use std::time::Duration;

const NANOSECONDS: u32 = 1_000_000 / 64;
const A_SECOND: u64 = 1_000 * 64;

/// How long so many ticks take: not more than the [wheel](super::wheel) has.
pub(super) fn length(ticks: u64) -> Duration {
    // All of them are less than 64 bits of nanoseconds.
    Duration::from_nanos(ticks * u64::from(NANOSECONDS))
}

/// How many ticks pass in a time.
#[inline]
pub(super) fn within(length: Duration) -> u64 {
    let ticks = u64::from(length.subsec_nanos() / NANOSECONDS);
    let of_seconds = length.as_secs().saturating_mul(A_SECOND);
    of_seconds.saturating_add(ticks)
}
