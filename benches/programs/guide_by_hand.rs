//! The twin of `examples/guide.rs`: the same server on mio alone, drained to
//! `WouldBlock`. It takes an address or a name, as the example does.

use std::io::{self, Write, stdout};
use std::net::ToSocketAddrs;

use mio::net::TcpListener;
use mio::{Events, Interest, Poll, Token};

const SERVER: Token = Token(0);

fn main() -> io::Result<()> {
    let address = std::env::args().nth(1);
    let address = address.as_deref().unwrap_or("127.0.0.1:9000");
    let mut addresses = address.to_socket_addrs()?;
    let address = addresses.next().ok_or(io::ErrorKind::InvalidInput)?;
    let mut server = TcpListener::bind(address)?;
    writeln!(stdout(), "listening on {}", server.local_addr()?)?;

    let mut poll = Poll::new()?;
    let mut events = Events::with_capacity(1024);
    poll.registry()
        .register(&mut server, SERVER, Interest::READABLE)?;
    loop {
        match poll.poll(&mut events, None) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            result => result?,
        }
        for event in &events {
            match event.token() {
                SERVER => loop {
                    match server.accept() {
                        Ok((_connection, address)) => {
                            writeln!(stdout(), "Got a connection from: {address}")?;
                        }
                        Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                        Err(error) => return Err(error),
                    }
                },
                _ => unreachable!("nothing else is registered"),
            }
        }
    }
}
