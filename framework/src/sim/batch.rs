//! What may befall a batch of events, of a simulated system or of a hostile one.

use crate::Readiness;

/// What events say that nobody has earned.
pub(super) const UNEARNED: [Readiness; 5] = [
    Readiness::READABLE,
    Readiness::WRITABLE,
    Readiness::READ_CLOSED,
    Readiness::WRITE_CLOSED,
    Readiness::ERROR,
];

/// Has events change places, as is chosen: of so many, 0 for none.
pub(super) fn shuffle<T>(batch: &mut [T], mut choose: impl FnMut(u64) -> u64) {
    for one in 1..batch.len() {
        if let Some(other) = choose(one as u64 + 1).checked_sub(1) {
            batch.swap(one, other as usize);
        }
    }
}
