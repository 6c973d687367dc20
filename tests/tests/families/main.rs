//! What families promise: each guarantee is a test of what the application is
//! told and of what its peers see.
#![cfg(unix)]

#[path = "../common/mod.rs"]
mod common;
#[path = "../common/hall.rs"]
mod hall;

mod answers;
mod exchanging;
mod filling;
mod leaving;
mod panics;
mod replacing;
mod settling;
mod sources;
mod stopping;
mod strangers;
mod table;
mod tokens;
