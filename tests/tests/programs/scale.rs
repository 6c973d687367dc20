//! Two sizes of everything: for the gate, and for the long run.

use std::env;
use std::time::Duration;

/// Whether this is the long run, which a person starts: `tests/soak`.
pub fn is_long() -> bool {
    env::var_os("MIOCENE_SOAK").is_some()
}

/// A number for the gate, and one for the long run.
pub fn either<T>(gate: T, long: T) -> T {
    if is_long() { long } else { gate }
}

/// Seconds for the gate and for the long run.
pub fn seconds(gate: u64, long: u64) -> Duration {
    Duration::from_secs(either(gate, long))
}
