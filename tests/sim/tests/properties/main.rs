//! What can be said of a world, and of a test that fails in it.
#![cfg(feature = "sim")]

mod connecting;
mod echo;
#[allow(dead_code)]
#[path = "../guarantees/failing.rs"]
mod failing;
mod failures;
mod outcomes;
mod promises;
mod worlds;
