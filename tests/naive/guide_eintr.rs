//! The server of mio's guide, with the one repair that is usually made to it:
//! a poll that a signal interrupted is tried again.
//!
//! The rest is as in `guide.rs` beside it.

use std::error::Error;
use std::time::Duration;
use std::{env, io};

use mio::net::TcpListener;
use mio::{Events, Interest, Poll, Token};

const SERVER: Token = Token(0);

fn main() -> Result<(), Box<dyn Error>> {
    let address = env::args().nth(1);
    let address = address.as_deref().unwrap_or("127.0.0.1:9000").parse()?;

    let mut poll = Poll::new()?;
    let mut events = Events::with_capacity(128);

    let mut listener = TcpListener::bind(address)?;
    poll.registry()
        .register(&mut listener, SERVER, Interest::READABLE)?;
    println!("listening on {}", listener.local_addr()?);

    // Start our event loop.
    loop {
        // Poll the OS for events, waiting at most 100 milliseconds.
        match poll.poll(&mut events, Some(Duration::from_millis(100))) {
            Err(ref err) if interrupted(err) => continue,
            polled => polled?,
        }

        // Process each event.
        for event in events.iter() {
            // We can use the token we previously provided to `register` to
            // determine for which type the event is.
            match event.token() {
                SERVER => loop {
                    // One or more connections are ready, so we'll attempt to
                    // accept them (in a loop).
                    match listener.accept() {
                        Ok((_connection, address)) => {
                            println!("Got a connection from: {address}");
                        }
                        // A "would block error" is returned if the operation
                        // is not ready, so we'll stop trying to accept
                        // connections.
                        Err(ref err) if would_block(err) => break,
                        Err(err) => return Err(err.into()),
                    }
                },
                _ => unreachable!("nothing else is registered"),
            }
        }
    }
}

fn would_block(err: &io::Error) -> bool {
    err.kind() == io::ErrorKind::WouldBlock
}

fn interrupted(err: &io::Error) -> bool {
    err.kind() == io::ErrorKind::Interrupted
}
