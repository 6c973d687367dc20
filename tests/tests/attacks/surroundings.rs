//! What a server finds where it is started.

use miocene_tests::checks::addresses::{UNNAMED, port_in_use};
use miocene_tests::crowd::Crowd;
use miocene_tests::program::Program;
use miocene_tests::report::{
    Attack,
    Expected::{Breaks, Survives},
};
use miocene_tests::server::{PATIENCE, Server};
use miocene_tests::trouble::Attacked;

const CLIENTS: usize = 50;

pub fn attacks() -> Vec<Attack> {
    vec![
        Attack {
            name: "port in use".to_owned(),
            make: Box::new(port_in_use),
            expected: [Survives, Breaks(UNNAMED), Breaks(UNNAMED)],
        },
        Attack {
            name: "closed standard output".to_owned(),
            make: Box::new(closed_output),
            expected: [Survives, Breaks("panicked"), Breaks("panicked")],
        },
    ]
}

/// The reader of the output has gone, as in `guide | head -1`.
fn closed_output(program: &Program) -> Attacked {
    let mut server = Server::start_unheard(program)?;
    let mut crowd = Crowd::connect(server.place(), CLIENTS)?;
    crowd.is_dropped(&mut server, PATIENCE)?;
    server.runs()
}
