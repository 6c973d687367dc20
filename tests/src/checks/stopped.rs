//! A server that is stopped for longer than its deadlines, as by Ctrl-Z or on a
//! machine that sleeps.

use std::thread;

use crate::program::Program;
use crate::server::{PATIENCE, Server};
use crate::trouble::Attacked;

use crate::client::Client;
use crate::scale::seconds;

const EACH: usize = 20;

/// Whoever has spoken while the server was stopped is not late. Nobody waits for
/// another's answer before it speaks, so that nobody is late for that either.
pub fn data_waits(short: &Program) -> Attacked<String> {
    let mut server = Server::start(short)?;
    let mut clients = Vec::new();
    for number in 0..3 * EACH {
        let client = Client::connect(&server.place(), number)?;
        client.say("hello\n")?;
        clients.push(client);
    }
    for client in &mut clients {
        client.hears("hello")?;
    }
    let (idle, rest) = clients.split_at(EACH);
    let (begun, late) = rest.split_at(EACH);
    for client in begun {
        client.say("wor")?;
    }
    server.wait_for(PATIENCE, |server| {
        server.process().is_asleep().unwrap_or(false)
    })?;
    server.stop()?;
    for client in idle {
        client.say("world\n")?;
    }
    for client in begun {
        client.say("ld\n")?;
    }
    // This is what is done to it.
    thread::sleep(seconds(2, 5));
    for client in late {
        client.say("world\n")?;
    }
    server.resume()?;
    for client in &mut clients {
        client.hears("world")?;
        client.say("again\n")?;
    }
    for client in &mut clients {
        client.hears("again")?;
    }
    server.runs()?;
    Ok(String::new())
}
