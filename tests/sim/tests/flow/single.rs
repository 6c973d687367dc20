//! Rows of single sources.

use std::io::{self, Read};

use miocene::mio::event::Source;
use miocene::net::UnixStream;
use miocene::sim::{App, Faults, Peer, Queue, Sim, Twin};
use miocene::{Drain, Flow, Input, Interest, Next, Readiness, Token, Writable, handlers};

use crate::row;

const SOURCE: Token = Token(0);
const OTHER: Token = Token(1);

/// A source of numbers, and another one, so that the loop goes on.
struct Numbers {
    source: Twin<u32>,
    other: Twin<()>,
    read: Vec<u32>,
    flow: Flow,
}

#[handlers]
impl Numbers {
    #[handler(token = SOURCE)]
    fn number(&mut self, number: u32) -> Flow {
        self.read.push(number);
        self.flow
    }

    #[handler(token = OTHER)]
    fn other(&mut self, _item: ()) {}
}

const COUNT: u32 = 5;

fn all() -> Vec<u32> {
    (0..COUNT).collect()
}

#[test]
fn readable() {
    row(Faults::swarm(), |sim, flow| {
        let (queue, source) = sim.twin();
        let (_other, other) = sim.twin();
        let app = sim.start(Numbers {
            source,
            other,
            read: Vec::new(),
            flow,
        });
        all().into_iter().for_each(|number| queue.push(number));
        sim.calm();
        let read = || app.with(|app| app.read.clone());
        match flow {
            Flow::Continue => assert_eq!(read(), all()),
            Flow::Pause => goes_on(sim, &read, || app.context(|cx| cx.resume(SOURCE))),
            Flow::Close | Flow::Leave => {
                app.context(|cx| cx.resume(SOURCE));
                sim.calm();
                assert_eq!(read().len(), 1, "it is detached: {flow:?}");
                goes_on(sim, &read, || app.context(|cx| cx.attach(SOURCE)));
            }
            Flow::Stop => {
                assert_eq!(read(), [0]);
                assert!(app.ended().unwrap().is_ok());
                assert_eq!(queue.len(), COUNT as usize - 1, "the rest is still there");
            }
        }
    });
}

/// One item, and one more each time, until all have come.
fn goes_on(sim: &Sim, read: &impl Fn() -> Vec<u32>, has_it_go_on: impl Fn()) {
    for count in 1..COUNT as usize {
        assert_eq!(read(), all()[..count]);
        has_it_go_on();
        sim.calm();
    }
    assert_eq!(read(), all());
}

/// Single bytes of a stream.
struct Bytes(UnixStream);

impl Drain for Bytes {
    type Item<'b> = u8;

    fn source(&mut self) -> &mut dyn Source {
        &mut self.0
    }

    fn next(&mut self, _: &mut Input) -> io::Result<Next<u8>> {
        let mut byte = [0];
        match self.0.read(&mut byte)? {
            0 => Ok(Next::End),
            _ => Ok(Next::Item(byte[0])),
        }
    }
}

impl Writable for Bytes {}

/// One that is read, and written to when there is room.
struct Both {
    source: Bytes,
    other: Twin<()>,
    read: usize,
    edges: usize,
    flow: Flow,
}

#[handlers]
impl Both {
    #[handler(token = SOURCE, interest = WRITABLE)]
    fn room(&mut self) -> Flow {
        self.edges += 1;
        self.flow
    }

    #[handler(token = SOURCE, interest = READABLE)]
    fn byte(&mut self, _: u8) {
        self.read += 1;
    }

    #[handler(token = OTHER)]
    fn other(&mut self, _item: ()) {}
}

#[test]
fn writable() {
    // A stream may not be refused by the poll here: that would end the loop.
    row(Faults::plain(), |sim, flow| {
        let (stream, peer) = sim.stream();
        let (_other, other) = sim.twin();
        let app = sim.start(Both {
            source: Bytes(stream),
            other,
            read: 0,
            edges: 0,
            flow,
        });
        sim.calm();
        assert!(app.with(|app| app.edges) > 0, "there is room at once");
        peer.send("abc");
        sim.calm();
        let read = || app.with(|app| app.read);
        match flow {
            Flow::Continue => assert_eq!(read(), 3),
            Flow::Pause => {
                assert_eq!(read(), 0);
                app.change(|app| app.flow = Flow::Continue);
                app.context(|cx| cx.resume(SOURCE));
                sim.calm();
                assert_eq!(read(), 3, "the edge was not lost");
            }
            Flow::Close | Flow::Leave => {
                assert_eq!((read(), app.is_running()), (0, true));
                app.change(|app| app.flow = Flow::Continue);
                app.context(|cx| cx.attach(SOURCE));
                sim.calm();
                assert_eq!(read(), 3, "the field has stayed");
            }
            Flow::Stop => {
                assert!(app.ended().unwrap().is_ok());
                assert_eq!(read(), 0);
            }
        }
    });
}

/// Reads bytes by itself.
struct Raw {
    source: UnixStream,
    other: Twin<()>,
    read: usize,
    flow: Flow,
}

#[handlers]
impl Raw {
    #[handler(token = SOURCE, interest = READABLE | WRITABLE, raw)]
    fn ready(&mut self, ready: &mut Readiness) -> io::Result<Flow> {
        if ready.is_readable() {
            self.read += ready.try_io(Interest::READABLE, || self.source.read(&mut [0]))?;
            return Ok(self.flow);
        }
        Ok(Flow::Continue)
    }

    #[handler(token = OTHER)]
    fn other(&mut self, _item: ()) {}
}

fn raw(sim: &Sim, flow: Flow) -> (App<Raw>, Peer, Queue<()>) {
    let (source, peer) = sim.stream();
    let (queue, other) = sim.twin();
    let app = sim.start(Raw {
        source,
        other,
        read: 0,
        flow,
    });
    peer.send("abc");
    sim.calm();
    (app, peer, queue)
}

#[test]
fn raw_handlers() {
    row(Faults::plain(), |sim, flow| {
        let (app, _peer, _other) = raw(sim, flow);
        let read = || app.with(|app| app.read);
        match flow {
            Flow::Continue => assert_eq!(read(), 3),
            Flow::Pause => {
                for count in 1..3 {
                    assert_eq!(read(), count);
                    app.context(|cx| cx.resume(SOURCE));
                    sim.calm();
                }
                assert_eq!(read(), 3);
            }
            Flow::Close | Flow::Leave => {
                for count in 1..3 {
                    app.context(|cx| cx.resume(SOURCE));
                    sim.calm();
                    assert_eq!(read(), count, "it is detached");
                    app.context(|cx| cx.attach(SOURCE));
                    sim.calm();
                }
                assert_eq!(read(), 3);
            }
            Flow::Stop => {
                assert!(app.ended().unwrap().is_ok());
                assert_eq!(read(), 1);
            }
        }
    });
}
