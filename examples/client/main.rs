// A client of lines: those of standard input go to the server, those of the server
// to standard output. A connection that is lost is made again.
//
//     cargo run --release --example client ADDRESS
//
// See README.md.

pub mod backlog;
pub mod backoff;
pub mod client;
pub mod input;

use std::env;
use std::error::Error;
use std::io::{self, Write, stderr};
use std::net::ToSocketAddrs;
use std::process::ExitCode;
use std::thread;

use miocene::{EventLoop, channel};

use client::Client;

fn main() -> ExitCode {
    let Some(address) = env::args().nth(1).filter(|address| address.contains(':')) else {
        let _ = writeln!(
            stderr(),
            "usage: client ADDRESS, as in `client 127.0.0.1:7000`"
        );
        return ExitCode::from(2);
    };
    match run(&address) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let cause = error.source().map(|cause| format!(": {cause}"));
            let _ = writeln!(stderr(), "client: {error}{}", cause.unwrap_or_default());
            ExitCode::FAILURE
        }
    }
}

fn run(address: &str) -> Result<(), Box<dyn Error>> {
    let addresses = address.to_socket_addrs();
    let addresses: Vec<_> = addresses
        .map_err(|error| format!("{address}: {error}"))?
        .collect();
    if addresses.is_empty() {
        return Err(format!("{address} stands for no address").into());
    }
    let (sender, lines) = channel(input::AHEAD);
    // It may wait for input when the program ends, which it does not hinder.
    thread::spawn(move || input::read_lines(io::stdin().lock(), sender));
    Ok(EventLoop::new()?.run(&mut Client::new(addresses, lines))?)
}
