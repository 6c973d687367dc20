//! The client of lines, under faults, and its waits in the time of a simulated world.
#![cfg(feature = "sim")]

#[path = "../common/mod.rs"]
mod common;
mod conversation;
mod host;
mod kept;
#[allow(dead_code, reason = "a whole program")]
#[path = "../../../../examples/client/main.rs"]
mod program;
mod terminal;
mod waits;

const ADDRESS: &str = "127.0.0.1:7000";
