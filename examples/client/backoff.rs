//! How long to wait before the next attempt.

use std::time::Duration;

/// The most that the first wait may be.
pub const SHORTEST: Duration = Duration::from_millis(100);
/// The most that any wait may be.
pub const LONGEST: Duration = Duration::from_secs(10);

/// Waits that become longer, and differ: clients that have lost one server at the
/// same moment are not to come back at the same moment.
pub struct Backoff {
    most: Duration,
    random: u64,
}

impl Backoff {
    /// Clients with different seeds wait for different times.
    pub fn new(seed: u64) -> Backoff {
        Backoff {
            most: SHORTEST,
            random: seed,
        }
    }

    /// The next wait: at least the half of what it may be at the most, which is doubled
    /// each time.
    pub fn next_wait(&mut self) -> Duration {
        let most = self.most;
        self.most = LONGEST.min(most * 2);
        most / 2 + (most / 2).mul_f64(self.fraction())
    }

    /// Begins anew with the shortest wait.
    pub fn reset(&mut self) {
        self.most = SHORTEST;
    }

    /// From 0 up to 1: splitmix64, for which a counter is enough of a seed.
    fn fraction(&mut self) -> f64 {
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.random;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        mixed as f64 / u64::MAX as f64
    }
}
