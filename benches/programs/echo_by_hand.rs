//! The twin of `echo.rs`, on mio alone: a short read ends the drain, and what a
//! write leaves behind waits for WRITABLE. No limits, and no deadlines.

use std::io::{self, Read, Write};

use mio::net::{TcpListener, TcpStream};
use mio::{Events, Interest, Poll, Registry, Token};
use slab::Slab;

const SERVER: Token = Token(usize::MAX - 1);

struct Client {
    stream: TcpStream,
    unsent: Vec<u8>,
}

fn main() -> io::Result<()> {
    let loopback = "127.0.0.1:0".parse().map_err(io::Error::other)?;
    let mut server = TcpListener::bind(loopback)?;
    println!("listening on {}", server.local_addr()?);
    let mut poll = Poll::new()?;
    let mut events = Events::with_capacity(1024);
    let mut clients = Slab::new();
    let mut buffer = vec![0; 64 * 1024];
    poll.registry()
        .register(&mut server, SERVER, Interest::READABLE)?;
    loop {
        match poll.poll(&mut events, None) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            result => result?,
        }
        for event in &events {
            if event.token() == SERVER {
                accept(&server, &mut clients, poll.registry())?;
                continue;
            }
            let key = event.token().0;
            let Some(client) = clients.get_mut(key) else {
                continue;
            };
            let mut open = true;
            if event.is_writable() && !client.unsent.is_empty() {
                open = client.flush().is_ok();
            }
            if open && event.is_readable() {
                open = client
                    .echo(&mut buffer, poll.registry(), key)
                    .unwrap_or(false);
            }
            if !open {
                clients.remove(key);
            }
        }
    }
}

fn accept(server: &TcpListener, clients: &mut Slab<Client>, registry: &Registry) -> io::Result<()> {
    loop {
        let mut stream = match server.accept() {
            Ok((stream, _address)) => stream,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
            Err(error) => return Err(error),
        };
        let entry = clients.vacant_entry();
        registry.register(&mut stream, Token(entry.key()), Interest::READABLE)?;
        entry.insert(Client {
            stream,
            unsent: Vec::new(),
        });
    }
}

impl Client {
    /// Sends back all there is to read. Whether there may be more some day.
    fn echo(&mut self, buffer: &mut [u8], registry: &Registry, key: usize) -> io::Result<bool> {
        loop {
            match self.stream.read(buffer) {
                Ok(0) => return Ok(false),
                Ok(count) => {
                    self.send(&buffer[..count], registry, key)?;
                    if count < buffer.len() {
                        return Ok(true);
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(true),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    fn send(&mut self, mut bytes: &[u8], registry: &Registry, key: usize) -> io::Result<()> {
        while self.unsent.is_empty() && !bytes.is_empty() {
            match self.stream.write(bytes) {
                Ok(count) => bytes = &bytes[count..],
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    let both = Interest::READABLE | Interest::WRITABLE;
                    registry.reregister(&mut self.stream, Token(key), both)?;
                    break;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        self.unsent.extend_from_slice(bytes);
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        while !self.unsent.is_empty() {
            match self.stream.write(&self.unsent) {
                Ok(count) => drop(self.unsent.drain(..count)),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}
