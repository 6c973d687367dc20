//! Urgent data in a stream: it splits a read, so that a short one says nothing.

use std::io::Write;

use crate::server::Server;
use crate::trouble::Attacked;

use crate::client::Client;
use crate::oracle::{self, Random};
use crate::program::Program;
use crate::scale::either;

/// Each round sends something, an urgent byte, and something more. Every second
/// time the server finds all of it at once, since it is stopped meanwhile.
pub fn splits_reads(echo: &Program) -> Attacked<String> {
    let mut server = Server::start(echo)?;
    let mut client = Client::connect(&server.place(), 0)?;
    let mut random = Random::new(7);
    let mut offset = 0;
    for round in 0..either(300, 10_000) {
        let stops = round % 2 == 0;
        // Something follows, or the next urgent byte would make an ordinary one of
        // this on a Unix socket.
        let (before, after) = (random.below(200), 1 + random.below(200));
        let mut bytes = vec![0; before + after];
        oracle::fill(0, offset, &mut bytes);
        offset += bytes.len();
        if stops {
            server.stop()?;
        }
        client.stream().write_all(&bytes[..before])?;
        // It is no part of the stream, unless it is asked for there.
        client.stream().send_out_of_band(b"!")?;
        client.stream().write_all(&bytes[before..])?;
        if stops {
            server.resume()?;
        }
        client.expects(bytes.len())?;
    }
    server.runs()?;
    Ok(String::new())
}
