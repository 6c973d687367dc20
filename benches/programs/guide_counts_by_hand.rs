//! The twin of `guide_counts.rs`, on mio alone.

use std::io;

use mio::net::TcpListener;
use mio::{Events, Interest, Poll, Token};

const SERVER: Token = Token(0);

struct Guide {
    server: TcpListener,
    accepted: u64,
}

fn main() -> io::Result<()> {
    let loopback = "127.0.0.1:0".parse().map_err(io::Error::other)?;
    let server = TcpListener::bind(loopback)?;
    println!("listening on {}", server.local_addr()?);
    let mut guide = Guide {
        server,
        accepted: 0,
    };
    let result = run(&mut guide);
    println!("{} connections", guide.accepted);
    result
}

fn run(guide: &mut Guide) -> io::Result<()> {
    let mut poll = Poll::new()?;
    let mut events = Events::with_capacity(1024);
    poll.registry()
        .register(&mut guide.server, SERVER, Interest::READABLE)?;
    loop {
        match poll.poll(&mut events, None) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            result => result?,
        }
        for event in &events {
            match event.token() {
                SERVER => loop {
                    match guide.server.accept() {
                        Ok((_connection, _address)) => guide.accepted += 1,
                        Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                        Err(error) => return Err(error),
                    }
                },
                _ => unreachable!("nothing else is registered"),
            }
        }
    }
}
