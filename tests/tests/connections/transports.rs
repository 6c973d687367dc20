//! Streams that are layers: they read and write as little as they like, and hold
//! bytes of which no event tells.

use std::io::{self, Read, Write};
use std::net::Shutdown;

use miocene::mio::event::Source;
use miocene::mio::{Interest, Registry, Token};
use miocene::net::UnixStream;
use miocene::{ByteLines, Connection, EventLoop, Framing, Transport};

use crate::common::until;
use crate::hall::{Client, Hall, received, serve};

/// Writes a byte at a time. Reads what there is, and gives three bytes of it at
/// a time.
struct Layer {
    stream: UnixStream,
    held: Vec<u8>,
}

impl Read for Layer {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.held.is_empty() {
            let mut bytes = [0; 1000];
            let count = self.stream.read(&mut bytes)?;
            self.held.extend(&bytes[..count]);
        }
        let count = self.held.len().min(buffer.len()).min(3);
        buffer[..count].copy_from_slice(&self.held[..count]);
        self.held.drain(..count);
        Ok(count)
    }
}

impl Write for Layer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.stream.write(&bytes[..bytes.len().min(1)])
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}

impl Source for Layer {
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

impl Transport for Layer {
    type Address = &'static str;

    fn peer_address(&self) -> io::Result<&'static str> {
        Ok("a layer")
    }

    fn end_writing(&mut self) -> io::Result<()> {
        self.stream.shutdown(Shutdown::Write)
    }

    fn holds_input(&self) -> bool {
        !self.held.is_empty()
    }
}

fn layer<F: Framing + Default>() -> (Client<F, Layer>, std::os::unix::net::UnixStream) {
    let (ours, theirs) = std::os::unix::net::UnixStream::pair().unwrap();
    theirs.set_nonblocking(true).unwrap();
    let stream = UnixStream::from_std(ours).unwrap();
    (
        Connection::with_state(
            Layer {
                stream,
                held: Vec::new(),
            },
            "ann",
        ),
        theirs,
    )
}

#[test]
fn short_reads_and_writes_lose_nothing() {
    let mut hall: Hall<ByteLines, Layer> = Hall::new();
    let (ann, mut peer) = layer();
    hall.clients.insert(ann);
    let mut lines = Vec::new();
    for line in 0..500 {
        lines.extend(format!("line {line}\n").into_bytes());
    }
    let mut event_loop = EventLoop::new().unwrap();
    let (mut rest, mut got) = (&lines[..], Vec::new());
    serve(&mut event_loop, &mut hall, |_| {
        if let Ok(count) = peer.write(rest) {
            rest = &rest[count..];
        }
        got.extend(received(&mut peer).0);
        got.len() >= lines.len()
    });
    assert!(got == lines);
    event_loop.close(&mut hall);
}

/// It stops after the first line, with more in the layer and nothing in the
/// socket.
#[test]
fn what_a_layer_holds_is_read_after_a_pause_though_no_event_comes() {
    let mut hall: Hall<ByteLines, Layer> = Hall::new();
    let (ann, mut peer) = layer();
    assert_eq!(ann.peer_addr().unwrap(), "a layer");
    let ann = hall.clients.insert(ann);
    hall.on.add(crate::hall::When::Item, "ann", |_, _, _| {
        Ok(miocene::Flow::Pause)
    });
    peer.write_all(b"one\ntwo\nthree\n").unwrap();
    let mut event_loop = EventLoop::new().unwrap();
    until(&mut event_loop, &mut hall, |hall| hall.items(ann) == b"one");
    for _ in 0..3 {
        let _ = crate::common::turn(&mut event_loop, &mut hall);
    }
    assert_eq!(hall.items(ann), b"one");
    assert!(hall.clients.resume(ann));
    serve(&mut event_loop, &mut hall, |hall| {
        hall.items(ann) == b"onetwothree"
    });
    event_loop.close(&mut hall);
}
