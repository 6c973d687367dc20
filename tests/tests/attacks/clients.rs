//! What clients do, one and many, well-behaved or not.

use std::process::{Child, Command, Stdio};

use miocene_tests::checks::crowds::{
    many, many_while_stopped, reset_after_accept, reset_before_accept,
};
use miocene_tests::program::Program;
use miocene_tests::report::{
    Attack,
    Expected::{Breaks, NotTried, Survives},
};
use miocene_tests::server::{PATIENCE, Server};
use miocene_tests::trouble::{Attacked, Trouble};

pub fn attacks() -> Vec<Attack> {
    let attack = |name: &str, make: fn(&Program) -> Attacked| Attack {
        name: name.to_owned(),
        make: Box::new(make),
        expected: [Survives, Survives, Survives],
    };
    vec![
        attack("nc", netcat),
        Attack {
            // By hand it is luck: now and then clients are lost, in the way that
            // the next attack shows.
            expected: [Survives, NotTried, NotTried],
            ..attack("1,000 clients at once", many)
        },
        Attack {
            // mio's own listener has a queue for 128.
            expected: [Survives, NotTried, Breaks("connected ")],
            ..attack("1,000 clients while stopped", many_while_stopped)
        },
        attack("RST before the accept", reset_before_accept),
        attack("RST after the accept", reset_after_accept),
    ]
}

fn netcat(program: &Program) -> Attacked {
    let mut server = Server::start(program)?;
    let address = server.address();
    let mut netcat = Killed(
        Command::new("nc")
            .args([address.ip().to_string(), address.port().to_string()])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| Trouble::tool("nc", &error))?,
    );
    server.wait_for(PATIENCE, |server| server.greeted().len() == 1)?;
    server.wait_for(PATIENCE, |_| matches!(netcat.0.try_wait(), Ok(Some(_))))
}

/// A child that does not outlive this.
struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        // It may have exited by itself; then there is nothing to kill.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
