//! What a server finds where it is started.

use miocene_tests::crowd::Crowd;
use miocene_tests::program::Program;
use miocene_tests::report::{
    Attack,
    Expected::{Breaks, Survives},
};
use miocene_tests::server::{PATIENCE, Server};
use miocene_tests::trouble::{Attacked, Trouble};

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

const UNNAMED: &str = "does not name the address";

/// The second server must end with an error that says which address is in use.
fn port_in_use(program: &Program) -> Attacked {
    let mut first = Server::start(program)?;
    let address = first.address();
    let mut second = Server::start_at(program, address)?;
    second.gives_up(PATIENCE)?;
    first.runs()?;
    let complaint = second.complaint();
    if complaint.contains(&address.to_string()) {
        Ok(())
    } else {
        Err(Trouble::broke(format!("{UNNAMED}: {complaint}")))
    }
}

/// The reader of the output has gone, as in `guide | head -1`.
fn closed_output(program: &Program) -> Attacked {
    let mut server = Server::start_unheard(program)?;
    let mut crowd = Crowd::connect(server.address(), CLIENTS)?;
    crowd.is_dropped(&mut server, PATIENCE)?;
    server.runs()
}
