//! Tests of what is wrong, which must fail.

use std::env;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::AtomicU64;

use miocene::sim::{Seeds, Sim};

/// Something has happened in some of the worlds, so the test was about it.
#[track_caller]
pub fn was_seen(count: AtomicU64, what: &str) {
    assert!(
        is_one_seed() || count.into_inner() > 0,
        "never seen: {what}"
    );
}

/// The one seed, or script, that somebody has asked for need not be one that shows it.
pub fn is_one_seed() -> bool {
    ["MIOCENE_SEED", "MIOCENE_SCRIPT"]
        .iter()
        .any(|name| env::var_os(name).is_some())
}

/// The test fails with some of the seeds, and says so with these words.
#[track_caller]
pub fn fails(seeds: Seeds, words: &str, test: impl Fn(&Sim) + Sync) {
    if is_one_seed() {
        return;
    }
    let Err(payload) = catch_unwind(AssertUnwindSafe(|| seeds.run(test))) else {
        panic!("nobody has seen the mistake");
    };
    let message = payload.downcast::<String>().expect("a panic with a text");
    assert!(message.contains(words), "{words:?} is not in: {message}");
}
