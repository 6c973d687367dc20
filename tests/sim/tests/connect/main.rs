//! Members that connect: what comes of each of them, whatever the system, the
//! network and the servers do.
#![cfg(feature = "sim")]

mod again;
mod caller;
mod coming_back;
#[path = "../common/mod.rs"]
mod common;
mod limits;
mod outcomes;
mod servers;
mod verbs;

use common::swarm;

#[test]
fn every_attempt_ends_once_and_what_was_sent_arrives_once() {
    swarm(1_500, outcomes::every_attempt_ends_once);
}

#[test]
fn one_that_connects_again_reaches_a_server_that_comes_up_later() {
    swarm(300, coming_back::reaches_a_server_that_comes_up_later);
}
