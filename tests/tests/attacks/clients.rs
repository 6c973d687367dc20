//! What clients do, one and many, well-behaved or not.

use std::fs;
use std::process::{Child, Command, Stdio};

use miocene_tests::crowd::Crowd;
use miocene_tests::process::raise_descriptor_limit;
use miocene_tests::program::Program;
use miocene_tests::report::{
    Attack,
    Expected::{Breaks, NotTried, Survives},
};
use miocene_tests::server::{PATIENCE, Server};
use miocene_tests::trouble::{Attacked, Trouble};

const MANY: usize = 1_000;
const SOME: usize = 50;

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

fn many(program: &Program) -> Attacked {
    allow_many()?;
    let mut server = Server::start(program)?;
    let mut crowd = Crowd::connect(server.address(), MANY)?;
    crowd.is_served(&mut server, PATIENCE)
}

/// The queue must hold them all.
fn many_while_stopped(program: &Program) -> Attacked {
    allow_many()?;
    let longest_queue = fs::read_to_string("/proc/sys/net/core/somaxconn")?;
    if longest_queue
        .trim()
        .parse()
        .is_ok_and(|longest: usize| longest < MANY)
    {
        return Err(Trouble::not_run(format!(
            "somaxconn is {}",
            longest_queue.trim()
        )));
    }
    let mut server = Server::start(program)?;
    let mut crowd = Crowd::park(&mut server, MANY)?;
    crowd.is_served(&mut server, PATIENCE)
}

fn allow_many() -> Attacked {
    let allowed = raise_descriptor_limit()?;
    if allowed < 2 * MANY as u64 {
        return Err(Trouble::not_run(format!("only {allowed} descriptors")));
    }
    Ok(())
}

fn reset_before_accept(program: &Program) -> Attacked {
    let mut server = Server::start(program)?;
    let mut crowd = Crowd::park_and(&mut server, 2 * SOME, Crowd::reset_half)?;
    crowd.is_served(&mut server, PATIENCE)
}

fn reset_after_accept(program: &Program) -> Attacked {
    let mut server = Server::start(program)?;
    let mut first = Crowd::connect(server.address(), SOME)?;
    first.is_served(&mut server, PATIENCE)?;
    first.reset()?;
    let mut second = Crowd::connect(server.address(), SOME)?;
    second.is_served(&mut server, PATIENCE)
}
