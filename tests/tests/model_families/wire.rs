//! A stream with whims, its peer, and what is sent on it.

use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::net::UnixStream as Std;

use miocene::mio::event::Source;
use miocene::mio::{Interest, Registry};
use miocene::net::UnixStream;
use miocene::{Token, Transport};

use crate::rng::Rng;

/// The line with this number that is sent in one direction of a connection.
pub fn line(from_peer: bool, id: u32, number: u32, large: bool) -> Vec<u8> {
    let direction = if from_peer { 'p' } else { 'm' };
    let mut line = format!("{direction} {id} {number} ").into_bytes();
    let hash = (id * 31 + number).wrapping_mul(0x9E37_79B9) >> 8;
    let length = match hash % 8 {
        0 if large => hash % 90_000,
        1 => hash % 3_000,
        2 => 0,
        _ => hash % 90,
    };
    line.resize(line.len() + length as usize, b'.');
    line
}

/// What can be sent of the lines from a number on, one after the other.
pub fn lines_from(from_peer: bool, id: u32, number: u32, large: bool) -> impl Iterator<Item = u8> {
    (number..).flat_map(move |number| {
        let mut line = line(from_peer, id, number, large);
        line.push(b'\n');
        line
    })
}

/// A stream that is interrupted, takes less than it is given, and, unless a
/// short read of it is to be believed, holds bytes as a layer does.
pub struct Wire<const SHORT: bool> {
    stream: UnixStream,
    rng: Rng,
    read: Vec<u8>,
    written: Vec<u8>,
}

impl<const SHORT: bool> Wire<SHORT> {
    /// How much was written and has not left.
    pub fn held(&self) -> usize {
        self.written.len()
    }
}

impl<const SHORT: bool> Read for Wire<SHORT> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.rng.one_in(20) {
            return Err(ErrorKind::Interrupted.into());
        }
        if SHORT {
            return self.stream.read(buffer);
        }
        if self.read.is_empty() {
            let mut record = [0; 3000];
            let count = self.stream.read(&mut record)?;
            self.read.extend_from_slice(&record[..count]);
        }
        let count = (1 + self.rng.below(2000) as usize)
            .min(self.read.len())
            .min(buffer.len());
        buffer[..count].copy_from_slice(&self.read[..count]);
        self.read.drain(..count);
        Ok(count)
    }
}

impl<const SHORT: bool> Write for Wire<SHORT> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.rng.one_in(20) {
            return Err(ErrorKind::Interrupted.into());
        }
        let most = bytes.len().min(1 + self.rng.below(5000) as usize);
        if SHORT {
            return self.stream.write(&bytes[..most]);
        }
        if self.written.len() > 5000 {
            self.flush()?;
        }
        self.written.extend_from_slice(&bytes[..most]);
        Ok(most)
    }

    fn flush(&mut self) -> io::Result<()> {
        while !self.written.is_empty() {
            let count = self.stream.write(&self.written)?;
            self.written.drain(..count);
        }
        Ok(())
    }
}

impl<const SHORT: bool> Source for Wire<SHORT> {
    fn register(&mut self, registry: &Registry, token: Token, what: Interest) -> io::Result<()> {
        self.stream.register(registry, token, what)
    }

    fn reregister(&mut self, registry: &Registry, token: Token, what: Interest) -> io::Result<()> {
        self.stream.reregister(registry, token, what)
    }

    fn deregister(&mut self, registry: &Registry) -> io::Result<()> {
        self.stream.deregister(registry)
    }
}

impl<const SHORT: bool> Transport for Wire<SHORT> {
    type Address = ();
    const SHORT_READ_IS_DRY: bool = SHORT;

    fn peer_address(&self) -> io::Result<()> {
        Ok(())
    }

    fn end_writing(&mut self) -> io::Result<()> {
        assert!(self.written.is_empty(), "the end before all has left");
        self.stream.end_writing()
    }

    fn holds_input(&self) -> bool {
        !self.read.is_empty()
    }
}

/// The other end of a connection.
pub struct Peer {
    pub id: u32,
    /// None once it is closed.
    stream: Option<Std>,
    /// It has closed before the end.
    gone: bool,
    large: bool,
    /// Lines that were begun, and what of them is not written yet.
    pub begun: u32,
    unwritten: Vec<u8>,
    pub written: usize,
    /// It has ended its direction.
    pub shut: bool,
    /// What it has got: bytes, whole lines, and the beginning of the next.
    pub got: usize,
    lines: u32,
    rest: Vec<u8>,
    pub ended: bool,
}

pub fn pair<const SHORT: bool>(id: u32, large: bool, rng: &mut Rng) -> (Wire<SHORT>, Peer) {
    let (ours, theirs) = Std::pair().unwrap();
    if rng.one_in(2) {
        let ours = socket2::SockRef::from(&ours);
        ours.set_send_buffer_size(4096).unwrap();
    }
    let wire = Wire {
        stream: UnixStream::from_std(ours).unwrap(),
        rng: rng.split(),
        read: Vec::new(),
        written: Vec::new(),
    };
    (wire, Peer::new(id, theirs, large))
}

impl Peer {
    pub fn new(id: u32, stream: Std, large: bool) -> Peer {
        stream.set_nonblocking(true).unwrap();
        Peer {
            id,
            stream: Some(stream),
            gone: false,
            large,
            begun: 0,
            unwritten: Vec::new(),
            written: 0,
            shut: false,
            got: 0,
            lines: 0,
            rest: Vec::new(),
            ended: false,
        }
    }

    /// Whether it listens, or has hung up when all was said.
    pub fn is_open(&self) -> bool {
        !self.gone
    }

    /// Whether it waits for something.
    pub fn waits(&self) -> bool {
        self.stream.is_some() && !self.ended
    }

    /// Closes when it has read the end, as it should.
    pub fn hang_up(&mut self) {
        if self.ended {
            self.shut = true;
            self.stream = None;
        }
    }

    /// Begins so many lines, and writes so many bytes at the most.
    pub fn send(&mut self, lines: u32, most: usize) {
        let Some(stream) = self.stream.as_mut().filter(|_| !self.shut) else {
            return;
        };
        for _ in 0..lines {
            let line = line(true, self.id, self.begun, self.large);
            self.unwritten.extend(line.into_iter().chain([b'\n']));
            self.begun += 1;
        }
        let most = most.min(self.unwritten.len());
        if let Ok(count) = stream.write(&self.unwritten[..most]) {
            self.unwritten.drain(..count);
            self.written += count;
        }
    }

    /// Whether all that was begun is written.
    pub fn is_done(&self) -> bool {
        self.unwritten.is_empty() || self.shut || self.stream.is_none()
    }

    pub fn shut(&mut self) {
        if let Some(stream) = &self.stream {
            self.shut = true;
            let _ = stream.shutdown(std::net::Shutdown::Write);
        }
    }

    pub fn close(&mut self) {
        self.gone |= self.stream.take().is_some();
    }

    /// Reads so many bytes at the most, and compares them.
    pub fn read(&mut self, most: usize) -> Result<(), String> {
        let Some(stream) = &mut self.stream else {
            return Ok(());
        };
        let mut buffer = vec![0; most];
        let count = match stream.read(&mut buffer) {
            Ok(0) => {
                self.ended = true;
                0
            }
            Ok(count) => count,
            Err(error) => {
                self.ended |= error.kind() != ErrorKind::WouldBlock;
                0
            }
        };
        self.got += count;
        self.rest.extend_from_slice(&buffer[..count]);
        while let Some(end) = self.rest.iter().position(|&byte| byte == b'\n') {
            let wanted = line(false, self.id, self.lines, self.large);
            if self.rest[..end] != wanted[..] {
                let got = String::from_utf8_lossy(&self.rest[..end.min(30)]).into_owned();
                return Err(format!(
                    "peer {} got {got:?} for its line {}",
                    self.id, self.lines
                ));
            }
            self.rest.drain(..=end);
            self.lines += 1;
        }
        Ok(())
    }
}
