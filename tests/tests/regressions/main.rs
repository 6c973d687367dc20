//! What families and connections once got wrong.
#![cfg(unix)]

#[path = "../common/mod.rs"]
mod common;
#[path = "../common/hall.rs"]
mod hall;

mod deadlines;
mod exchanging;
mod helpers;
mod input;
mod output;
mod panics;
mod raw;
mod stopping;
mod waiting;
