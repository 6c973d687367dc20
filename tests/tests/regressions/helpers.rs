//! What several of the tests need.

use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream as Peer;

use miocene::mio::event::Source;
use miocene::mio::{Interest, Registry};
use miocene::net::{TcpStream, UnixStream};
use miocene::{ByteLines, Connection, EventLoop, Handlers, Token, Transport};

use crate::common::turn;
use crate::hall::{Client, Hall};

pub type TcpHall = Hall<ByteLines, TcpStream>;

/// More turns than anything takes for which nothing is waited.
pub const MANY: usize = 20;

/// As many turns as it takes to see what there is, none of which sleeps.
pub fn turns<A: Handlers>(event_loop: &mut EventLoop, app: &mut A) {
    for _ in 0..MANY {
        let _ = turn(event_loop, app);
    }
}

/// How many turns that do not sleep it takes until the loop has finished, if that
/// is not too many.
pub fn turns_until_finished<A: Handlers>(event_loop: &mut EventLoop, app: &mut A) -> Option<usize> {
    (1..=MANY).find(|_| turn(event_loop, app).finished)
}

/// A stream that a poll can be made to refuse.
pub struct Guarded {
    stream: UnixStream,
    refused: bool,
}

impl Guarded {
    pub fn client(name: &'static str, refused: bool) -> (Client<ByteLines, Guarded>, Peer) {
        let (ours, theirs) = Peer::pair().unwrap();
        theirs.set_nonblocking(true).unwrap();
        let stream = UnixStream::from_std(ours).unwrap();
        (
            Connection::with_state(Guarded { stream, refused }, name),
            theirs,
        )
    }
}

impl Read for Guarded {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.stream.read(buffer)
    }
}

impl Write for Guarded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.stream.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}

impl Source for Guarded {
    fn register(&mut self, registry: &Registry, token: Token, what: Interest) -> io::Result<()> {
        if self.refused {
            return Err(io::Error::other("refused"));
        }
        self.stream.register(registry, token, what)
    }

    fn reregister(&mut self, registry: &Registry, token: Token, what: Interest) -> io::Result<()> {
        self.stream.reregister(registry, token, what)
    }

    fn deregister(&mut self, registry: &Registry) -> io::Result<()> {
        self.stream.deregister(registry)
    }
}

impl Transport for Guarded {
    type Address = ();

    fn peer_address(&self) -> io::Result<()> {
        Ok(())
    }

    fn end_writing(&mut self) -> io::Result<()> {
        self.stream.end_writing()
    }
}
