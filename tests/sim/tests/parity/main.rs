//! The same scripts on real sockets and in a simulated world. What a program is
//! told and what its calls return must be the same; where it is not, the kernel
//! is right.
//!
//! Permitted differences, and no others:
//!
//! * Into how many events what happens between two looks is merged: what is
//!   compared is all that the loop was told of a token.
//! * How much the buffers hold. While somebody fills them, and until they are empty
//!   again, room may come at another moment.
//! * A Unix socket says that there is room after each read of its peer's, and the
//!   model only when there was none.
#![cfg(all(
    feature = "sim",
    target_os = "linux",
    not(mio_unsupported_force_poll_poll)
))]

mod applications;
mod compare;
mod connecting;
mod play;
mod script;
mod streams;
mod worlds;

use script::Kind::{Tcp, Unix};
use script::drawn;

#[test]
fn random_scripts() {
    let many = std::env::var("MIOCENE_SEEDS").ok();
    let seeds = many.and_then(|many| many.parse().ok()).unwrap_or(150);
    for seed in 0..seeds {
        for kind in [Tcp, Unix] {
            if let Err(difference) = compare::compare(kind, 128, &drawn(seed)) {
                panic!("seed {seed}: {difference}");
            }
        }
    }
}
