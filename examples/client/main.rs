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

use std::error::Error;
use std::io;
use std::net::ToSocketAddrs;
use std::thread;

use miocene::{EventLoop, channel};

use client::Client;

fn main() -> Result<(), Box<dyn Error>> {
    let address = std::env::args().nth(1);
    let address = address.ok_or("usage: client ADDRESS, as in `client 127.0.0.1:7000`")?;
    let addresses: Vec<_> = address.to_socket_addrs()?.collect();
    if addresses.is_empty() {
        return Err(format!("{address} stands for no address").into());
    }
    let (sender, lines) = channel(input::AHEAD);
    // It may wait for input when the program ends, which it does not hinder.
    thread::spawn(move || input::read_lines(io::stdin().lock(), sender));
    Ok(EventLoop::new()?.run(&mut Client::new(addresses, lines))?)
}
