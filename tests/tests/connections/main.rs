//! What connections promise: frames, output, both directions, and time.
#![cfg(unix)]

#[path = "../common/mod.rs"]
mod common;
#[path = "../common/hall.rs"]
mod hall;

mod budget;
mod deadlines;
mod directions;
mod frames;
mod output;
mod room;
mod transports;
