//! What the framework guarantees, under faults. Beside each guarantee is a program
//! that makes the mistake it is about, in the same world: the same test sees it.
#![cfg(feature = "sim")]

mod bad_peers;
mod by_hand;
mod crowd;
mod failing;
mod interruptions;
mod limits;
mod not_draining;
mod pieces;
mod stale;
mod starving;
