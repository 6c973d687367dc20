//! Memory for each connection that has been busy and is idle.

use std::io::Read;
use std::net::TcpStream;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use super::clients::Clients;
use super::{BY_HAND, CALLOOP, ECHO, TOKIO, WEIGHED};
use crate::cargo::Profile;
use crate::measured::Measured;
use crate::server::Server;
use crate::table::Table;

const TITLE: &str = "Echo: memory for each idle connection";

const CONNECTIONS: usize = 10_000;

/// Bytes of the heap for each.
const BOUND: f64 = 48.0;

/// Descriptors of a process beside those of the connections, with room for
/// those of a tool.
const OTHERS: usize = 100;

/// Measures ours, and beside it the twins.
pub(crate) fn table() -> Measured<Table> {
    if let Some(why) = descriptors(CONNECTIONS) {
        return Ok(Table::not_run(TITLE, &why));
    }
    let columns = [
        "server",
        "resident",
        "of the allocator",
        "asked for",
        "bound",
    ];
    let mut table = Table::new(TITLE, &columns).note(
        "Bytes, as the difference between 10,000 connections, each of which has echoed once and \
         is idle, and none. Asked for: what the program has asked the allocator for. Of the \
         allocator: each such piece with a header of 8 bytes, in steps of 16, as glibc does it. \
         Resident: anonymous memory as the system sees it, with what the allocator keeps for \
         later. The bound is for what is asked for.",
    );
    let [requested, taken] = heap()?;
    let row = vec![
        "ours".to_owned(),
        format!("{:.1}", resident(ECHO)?),
        format!("{taken:.1}"),
        format!("{requested:.1}"),
        format!("≤ {BOUND}"),
    ];
    table.row(row, requested <= BOUND);
    for (name, twin) in [("by hand", BY_HAND), ("calloop", CALLOOP), ("tokio", TOKIO)] {
        let mut row = vec![name.to_owned(), format!("{:.1}", resident(twin)?)];
        row.extend(["–"; 3].map(str::to_owned));
        table.row(row, true);
    }
    Ok(table)
}

/// Why there cannot be so many connections, if so. The limit is raised if need
/// be, also for the servers that are started.
pub(super) fn descriptors(connections: usize) -> Option<String> {
    let needed = (connections + OTHERS) as u64;
    let limits = getrlimit(Resource::Nofile);
    if limits.current.is_none_or(|current| current >= needed) {
        return None;
    }
    let raised = Rlimit {
        current: limits.maximum,
        ..limits
    };
    let raises = limits.maximum.is_none_or(|maximum| maximum >= needed);
    if raises && setrlimit(Resource::Nofile, raised).is_ok() {
        return None;
    }
    Some(format!("a process may not have {needed} descriptors"))
}

/// What each connection costs: the bytes asked for, and those of the allocator.
fn heap() -> Measured<[f64; 2]> {
    let server = Server::start(Profile::Release.command(WEIGHED)?)?;
    let weigh = || -> Measured<[f64; 2]> {
        let mut text = String::new();
        let mut scales = TcpStream::connect(server.addresses()[1])?;
        scales.read_to_string(&mut text)?;
        let mut numbers = text.split_whitespace().map(str::parse);
        let mut next = || numbers.next().ok_or("a number is missing");
        Ok([next()??, next()??])
    };
    // The first client has what is allocated once.
    used(&server, 1)?;
    let before = weigh()?;
    let clients = used(&server, CONNECTIONS)?;
    let after = weigh()?;
    drop(clients);
    Ok([0, 1].map(|which| (after[which] - before[which]) / CONNECTIONS as f64))
}

/// How much the resident memory of a server grows for each connection.
fn resident(program: &str) -> Measured<f64> {
    let server = Server::start(Profile::Release.command(program)?)?;
    used(&server, 1)?;
    let before = server.process().memory()?;
    let clients = used(&server, CONNECTIONS)?;
    let after = server.process().memory()?;
    drop(clients);
    Ok((after as f64 - before as f64) / CONNECTIONS as f64)
}

/// Connections that have echoed once.
fn used(server: &Server, count: usize) -> Measured<Clients> {
    let mut clients = Clients::connect(server, count)?;
    clients.round(server, 1)?;
    Ok(clients)
}
