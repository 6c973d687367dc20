//! Rows of a family's handlers, for members that are no connections.

use std::io::{self, Read};

use miocene::mio::event::Source;
use miocene::net::UnixStream;
use miocene::sim::{App, Faults, Peer, Queue, Sim, Twin};
use miocene::{
    Closed, Drain, Family, Flow, Input, Interest, Next, Readiness, Token, Tokens, Writable,
    handlers,
};

use crate::row;

const OTHER: Token = Token(0);
const DRAINED: Tokens = Tokens::new(1);
const RAWS: Tokens = Tokens::new(2);

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

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum By {
    Byte,
    Room,
    Raw,
}

struct Streams {
    /// Another source, so that the loop goes on.
    other: Twin<()>,
    drained: Family<Bytes>,
    raws: Family<UnixStream>,
    read: usize,
    edges: usize,
    left: Vec<String>,
    by: By,
    flow: Flow,
}

impl Streams {
    fn answer(&self, by: By) -> Flow {
        match by == self.by {
            true => self.flow,
            false => Flow::Continue,
        }
    }
}

#[handlers]
impl Streams {
    #[handler(token = OTHER)]
    fn other(&mut self, _item: ()) {}

    #[handler(tokens = DRAINED)]
    fn byte(&mut self, _: &mut Bytes, _: u8) -> Flow {
        self.read += 1;
        self.answer(By::Byte)
    }

    #[handler(tokens = DRAINED, interest = WRITABLE)]
    fn room(&mut self, _: &mut Bytes) -> Flow {
        self.edges += 1;
        self.answer(By::Room)
    }

    #[handler(tokens = RAWS, raw)]
    fn raw(&mut self, stream: &mut UnixStream, ready: &mut Readiness) -> io::Result<Flow> {
        self.read += ready.try_io(Interest::READABLE, || stream.read(&mut [0]))?;
        Ok(self.answer(By::Raw))
    }

    #[closed(tokens = DRAINED)]
    fn closed(&mut self, _: Bytes, why: Closed) {
        self.left.push(format!("{why:?}"));
    }

    #[closed(tokens = RAWS)]
    fn raw_closed(&mut self, _: UnixStream, why: Closed) {
        self.left.push(format!("{why:?}"));
    }
}

struct Scene {
    app: App<Streams>,
    peer: Peer,
    token: Token,
    _other: Queue<()>,
}

impl Scene {
    fn new(sim: &Sim, by: By, flow: Flow) -> Scene {
        let (_other, other) = sim.twin();
        let (stream, peer) = sim.stream();
        let (mut drained, mut raws) = (Family::new(DRAINED), Family::new(RAWS));
        let token = match by {
            By::Raw => raws.insert(stream),
            _ => drained.insert(Bytes(stream)),
        };
        let app = sim.start(Streams {
            other,
            drained,
            raws,
            read: 0,
            edges: 0,
            left: Vec::new(),
            by,
            flow,
        });
        peer.send("abc");
        sim.calm();
        Scene {
            app,
            peer,
            token,
            _other,
        }
    }

    fn resume(&self, sim: &Sim) {
        self.app
            .change(|app| app.drained.resume(self.token) || app.raws.resume(self.token));
        sim.calm();
    }

    fn read(&self) -> usize {
        self.app.with(|app| app.read)
    }

    #[track_caller]
    fn left_with(&self, why: &str) {
        assert_eq!(self.app.with(|app| app.left.clone()), [why]);
    }

    #[track_caller]
    fn has_stopped(&self) {
        assert!(self.app.ended().expect("it stops").is_ok());
        self.left_with("Stopped");
    }

    /// What follows is the same for those that are read, in either way.
    fn is_as_the_table_says(&self, sim: &Sim, flow: Flow) {
        match flow {
            Flow::Continue => assert_eq!(self.read(), 3),
            Flow::Pause => {
                for count in 1..3 {
                    assert_eq!(self.read(), count);
                    self.resume(sim);
                }
                assert_eq!(self.read(), 3);
            }
            Flow::Close => self.left_with("Asked"),
            Flow::Leave => self.left_with("Left"),
            Flow::Stop => self.has_stopped(),
        }
        let reads_on = matches!(flow, Flow::Continue | Flow::Pause);
        assert_eq!(self.read(), if reads_on { 3 } else { 1 });
    }
}

#[test]
fn readable() {
    row(Faults::swarm(), |sim, flow| {
        let scene = Scene::new(sim, By::Byte, flow);
        if !scene.peer.was_cut() {
            scene.is_as_the_table_says(sim, flow);
        }
    });
}

#[test]
fn raw() {
    row(Faults::swarm(), |sim, flow| {
        let scene = Scene::new(sim, By::Raw, flow);
        if !scene.peer.was_cut() {
            scene.is_as_the_table_says(sim, flow);
        }
    });
}

#[test]
fn writable() {
    row(Faults::plain(), |sim, flow| {
        let scene = Scene::new(sim, By::Room, flow);
        let edges = scene.app.with(|app| app.edges);
        assert!(edges > 0, "there is room at once");
        match flow {
            Flow::Continue => assert_eq!(scene.read(), 3),
            Flow::Pause => {
                assert_eq!(scene.read(), 0, "reading stops");
                scene.app.change(|app| app.flow = Flow::Continue);
                scene.resume(sim);
                assert_eq!(scene.read(), 3);
            }
            Flow::Close => scene.left_with("Asked"),
            Flow::Leave => scene.left_with("Left"),
            Flow::Stop => scene.has_stopped(),
        }
    });
}
