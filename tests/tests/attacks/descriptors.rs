//! A server that may open no more descriptors.

use std::time::Duration;

use miocene_tests::crowd::Crowd;
use miocene_tests::program::Program;
use miocene_tests::report::{
    Attack,
    Expected::{Breaks, Survives},
};
use miocene_tests::server::Server;
use miocene_tests::trouble::Attacked;

const CLIENTS: usize = 100;

/// How long there are no descriptors.
const SHORTAGE: Duration = Duration::from_secs(1);

/// When all clients must be served once there are descriptors again.
const RECOVERY: Duration = Duration::from_secs(2);

pub fn attacks() -> Vec<Attack> {
    vec![Attack {
        name: "no descriptors for 1 s".to_owned(),
        make: Box::new(shortage),
        expected: [Survives, Breaks("code: 24, "), Breaks("code: 24, ")],
    }]
}

fn shortage(program: &Program) -> Attacked {
    let mut server = Server::start(program)?;
    Crowd::settle(&mut server)?;
    let process = server.process();
    let allowed = process.limit_descriptors(process.lowest_free_descriptor()?)?;
    let mut crowd = Crowd::park(&mut server, CLIENTS)?;
    server.rests(SHORTAGE)?;
    process.limit_descriptors(allowed)?;
    crowd.is_served(&mut server, RECOVERY)
}
