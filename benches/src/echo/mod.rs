//! An echo server with its clients: messages of 64 bytes, one and fifty
//! connections, one and sixteen messages on their way at once.

mod clients;
mod idle;
mod instructions;
mod memory;
mod system_calls;

pub(crate) use idle::table as among_idle;
pub(crate) use instructions::{beside_others, table as instructions};
pub(crate) use memory::table as memory;
pub(crate) use system_calls::table as system_calls;

use crate::measured::Measured;
use crate::server::Server;
use clients::Clients;

/// The programs of ours.
const ECHO: &str = "echo";
const WITH_STATE: &str = "echo-with-state";
const LINES: &str = "echo-lines";
const WEIGHED: &str = "echo-weighed";

/// The twins.
const BY_HAND: &str = "echo-by-hand";
const CALLOOP: &str = "echo-calloop";
const TOKIO: &str = "echo-tokio";

/// Messages of a client that are on their way at once.
const DEPTHS: [usize; 2] = [1, 16];

/// Rounds: each client sends so many messages at once and gets them back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Rounds {
    depth: usize,
    count: usize,
}

/// What every run begins with, so that what is done once has been done.
const WARM_UP: [Rounds; 2] = [
    Rounds { depth: 1, count: 2 },
    Rounds {
        depth: 16,
        count: 2,
    },
];

/// Leads a server through a run with so many connections, which are still there
/// in the end.
fn drive(server: &Server, connections: usize, rounds: Option<Rounds>) -> Measured<Clients> {
    let mut clients = Clients::connect(server, connections)?;
    for Rounds { depth, count } in WARM_UP.into_iter().chain(rounds) {
        for _ in 0..count {
            clients.round(server, depth)?;
        }
    }
    Ok(clients)
}

/// How many rounds are enough to count: with one connection a round is short.
fn rounds(connections: usize, depth: usize) -> Rounds {
    let count = if connections == 1 { 200 } else { 20 };
    Rounds { depth, count }
}
