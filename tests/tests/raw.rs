//! Handlers that do their own I/O, and those that are told of room to write.
#![cfg(unix)]

mod common;

use std::fmt;
use std::io::{self, Read, Write};
use std::net::SocketAddr;
use std::os::unix::net::UnixStream;
use std::time::Duration;

use common::{LONG, loop_with_a_budget_of_one, turn, until};
use miocene::mio::net::UdpSocket;
use miocene::{EventLoop, Fd, Interest, Readiness, Token, handlers};

const STREAM: Token = Token(0);
const SOCKET: Token = Token(1);

struct Reader {
    stream: Fd<UnixStream>,
    calls: usize,
    read: usize,
}

#[handlers]
impl Reader {
    /// Could write at any time, and never does.
    #[handler(token = STREAM, interest = READABLE | WRITABLE, raw)]
    fn ready(&mut self, ready: &mut Readiness) -> io::Result<()> {
        self.calls += 1;
        let stream = self.stream.get_mut();
        self.read += ready.try_io(Interest::READABLE, || stream.read(&mut [0; 16]))?;
        Ok(())
    }
}

#[test]
fn room_to_write_that_nobody_uses_wakes_nobody() {
    let (ours, mut theirs) = UnixStream::pair().unwrap();
    let mut app = Reader {
        stream: Fd::new(ours).unwrap(),
        calls: 0,
        read: 0,
    };
    let mut event_loop = EventLoop::new().unwrap();
    for _ in 0..20 {
        assert_eq!(turn(&mut event_loop, &mut app).again, None);
    }
    assert!(app.calls <= 2, "{} calls for nothing", app.calls);
    theirs.write_all(b"x").unwrap();
    until(&mut event_loop, &mut app, |app| app.read == 1);
}

struct Datagrams {
    socket: UdpSocket,
    refused: usize,
    received: usize,
}

#[handlers]
impl Datagrams {
    #[handler(token = SOCKET, raw)]
    fn ready(&mut self, ready: &mut Readiness) {
        match ready.try_io(Interest::READABLE, || self.socket.recv(&mut [0; 16])) {
            Ok(_) => self.received += 1,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => {
                assert_eq!(error.kind(), io::ErrorKind::ConnectionRefused);
                self.refused += 1;
            }
        }
    }
}

#[test]
fn a_datagram_that_was_refused_is_not_the_end_of_a_socket() {
    let peer = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    let address: SocketAddr = peer.local_addr().unwrap();
    let socket = UdpSocket::bind("127.0.0.1:0".parse().unwrap()).unwrap();
    socket.connect(address).unwrap();
    // What others send to it is refused, as if nobody had the port; and meanwhile
    // nobody else can take it.
    peer.connect(address).unwrap();
    let mut app = Datagrams {
        socket,
        refused: 0,
        received: 0,
    };
    let mut event_loop = EventLoop::new().unwrap();
    let _ = turn(&mut event_loop, &mut app);
    app.socket.send(b"is anybody there?").unwrap();
    until(&mut event_loop, &mut app, |app| app.refused == 1);
    peer.connect(app.socket.local_addr().unwrap()).unwrap();
    peer.send(b"now there is").unwrap();
    until(&mut event_loop, &mut app, |app| app.received == 1);
}

/// An error of the application's own, with the system's inside.
#[derive(Debug)]
struct Wrapped(io::Error);

impl fmt::Display for Wrapped {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("something went wrong")
    }
}

impl std::error::Error for Wrapped {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.0)
    }
}

struct Outspoken {
    stream: Fd<UnixStream>,
    through_try_io: bool,
    calls: usize,
}

#[handlers]
impl Outspoken {
    #[handler(token = STREAM, interest = READABLE, raw)]
    fn ready(&mut self, ready: &mut Readiness) -> Result<(), Wrapped> {
        self.calls += 1;
        let stream = self.stream.get_mut();
        let mut read = || stream.read(&mut [0; 16]);
        match self.through_try_io {
            true => ready.try_io(Interest::READABLE, read),
            false => read(),
        }
        .map(drop)
        .map_err(Wrapped)
    }
}

#[test]
fn would_block_that_is_let_out_ends_the_call_and_nothing_else() {
    for through_try_io in [true, false] {
        let (ours, mut theirs) = UnixStream::pair().unwrap();
        let mut app = Outspoken {
            stream: Fd::new(ours).unwrap(),
            through_try_io,
            calls: 0,
        };
        let mut event_loop = EventLoop::new().unwrap();
        for burst in 1..=3 {
            theirs.write_all(b"x").unwrap();
            let turn = event_loop.turn(&mut app, LONG).unwrap();
            assert_eq!(app.calls, 2 * burst, "one that reads, one that blocks");
            assert_eq!(turn.again, None);
        }
    }
}

struct Writer {
    stream: Fd<UnixStream>,
    written: usize,
}

#[handlers]
impl Writer {
    #[handler(token = STREAM, interest = WRITABLE)]
    fn room(&mut self) -> io::Result<()> {
        loop {
            self.written += self.stream.write(&[0; 4096])?;
        }
    }
}

#[test]
fn a_writable_handler_may_write_until_it_would_block() {
    let (ours, mut theirs) = UnixStream::pair().unwrap();
    let mut app = Writer {
        stream: Fd::new(ours).unwrap(),
        written: 0,
    };
    let mut event_loop = EventLoop::new().unwrap();
    let full = event_loop.turn(&mut app, LONG).unwrap();
    assert!(app.written > 0 && full.again.is_none() && !full.finished);
    if cfg!(mio_unsupported_force_poll_poll) {
        return; // There, a source that is not mio's is told once.
    }
    let first = app.written;
    theirs.read_exact(&mut vec![0; first]).unwrap();
    until(&mut event_loop, &mut app, |app| app.written > first);
}

/// Answers each byte with many, a piece in a call, and asks for no WRITABLE.
struct Answering {
    stream: Fd<UnixStream>,
    pieces: usize,
}

#[handlers]
impl Answering {
    #[handler(token = STREAM, raw)]
    fn ready(&mut self, ready: &mut Readiness) -> io::Result<()> {
        let stream = self.stream.get_mut();
        match ready.try_io(Interest::READABLE, || stream.read(&mut [0])) {
            Ok(count) => self.pieces += 10 * count,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
        if self.pieces > 0 {
            ready.try_io(Interest::WRITABLE, || stream.write(b"piece"))?;
            self.pieces -= 1;
        }
        Ok(())
    }
}

#[test]
fn a_reader_that_wrote_and_did_not_block_is_called_again_whatever_the_budget() {
    let (ours, mut theirs) = UnixStream::pair().unwrap();
    let mut app = Answering {
        stream: Fd::new(ours).unwrap(),
        pieces: 0,
    };
    let mut event_loop = loop_with_a_budget_of_one();
    theirs.write_all(b"x").unwrap();
    while event_loop.turn(&mut app, LONG).unwrap().again.is_some() {}
    theirs.read_exact(&mut [0; 50]).unwrap();
    assert_eq!(app.pieces, 0);
}

struct Silent {
    stream: Fd<UnixStream>,
    calls: usize,
}

#[handlers]
impl Silent {
    #[handler(token = STREAM, raw)]
    fn ready(&mut self, _: &mut Readiness) {
        self.calls += 1;
    }
}

#[test]
fn a_handler_that_tries_nothing_is_called_again_and_starves_nobody() {
    let (ours, mut theirs) = UnixStream::pair().unwrap();
    theirs.write_all(b"x").unwrap();
    let mut app = Silent {
        stream: Fd::new(ours).unwrap(),
        calls: 0,
    };
    let mut event_loop = EventLoop::new().unwrap();
    for turns in 1..=3 {
        let turn = event_loop.turn(&mut app, LONG).unwrap();
        assert_eq!((app.calls, turn.again), (64 * turns, Some(Duration::ZERO)));
    }
}
