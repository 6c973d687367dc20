//! Each row of the table in the documentation of `Flow`, for single sources.
#![cfg(unix)]

mod common;

use std::error::Error as _;
use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;

use common::{AT_ONCE, turn};
use miocene::mio::event::Source;
use miocene::{
    BoxError, Config, Drain, Error, EventLoop, Fd, Flow, Input, Interest, Next, Readiness, Token,
    Writable, handlers,
};

/// Single bytes of a stream.
struct Bytes(Fd<UnixStream>);

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

const STREAM: Token = Token(0);

type Answer = fn() -> Result<Flow, BoxError>;

struct Both {
    stream: Bytes,
    read: usize,
    edges: usize,
    on_item: Answer,
    on_edge: Answer,
}

#[handlers]
impl Both {
    #[handler(token = STREAM, interest = WRITABLE)]
    fn room(&mut self) -> Result<Flow, BoxError> {
        self.edges += 1;
        (self.on_edge)()
    }

    #[handler(token = STREAM, interest = READABLE)]
    fn byte(&mut self, _: u8) -> Result<Flow, BoxError> {
        self.read += 1;
        (self.on_item)()
    }
}

fn both() -> (Both, UnixStream) {
    let (ours, mut theirs) = UnixStream::pair().unwrap();
    theirs.write_all(b"abc").unwrap();
    let app = Both {
        stream: Bytes(Fd::new(ours).unwrap()),
        read: 0,
        edges: 0,
        on_item: || Ok(Flow::Continue),
        on_edge: || Ok(Flow::Continue),
    };
    (app, theirs)
}

/// Three turns: what was read, how many edges came, and whether it finished.
fn outcome(app: &mut Both) -> (usize, usize, bool) {
    let mut event_loop = EventLoop::new().unwrap();
    let mut finished = false;
    for _ in 0..3 {
        finished |= turn(&mut event_loop, app).finished;
        if finished {
            break;
        }
    }
    event_loop.close(app);
    (app.read, app.edges, finished)
}

#[test]
fn readable() {
    let cases: [(Answer, usize, bool); 5] = [
        (|| Ok(Flow::Continue), 3, false),
        (|| Ok(Flow::Pause), 1, false),
        (|| Ok(Flow::Close), 1, true),
        (|| Ok(Flow::Leave), 1, true),
        (|| Ok(Flow::Stop), 1, true),
    ];
    for (on_item, read, finished) in cases {
        let (mut app, _peer) = both();
        app.on_item = on_item;
        let seen = outcome(&mut app);
        assert_eq!((seen.0, seen.2), (read, finished), "{:?}", on_item());
    }
}

#[test]
fn writable() {
    let cases: [(Answer, usize, bool); 5] = [
        (|| Ok(Flow::Continue), 3, false),
        (|| Ok(Flow::Pause), 0, false),
        (|| Ok(Flow::Close), 0, true),
        (|| Ok(Flow::Leave), 0, true),
        (|| Ok(Flow::Stop), 0, true),
    ];
    for (on_edge, read, finished) in cases {
        let (mut app, _peer) = both();
        app.on_edge = on_edge;
        let seen = outcome(&mut app);
        assert!(seen.1 >= 1, "room to write is there from the start");
        assert_eq!((seen.0, seen.2), (read, finished), "{:?}", on_edge());
    }
}

#[test]
fn an_error_names_the_handler_whose_it_is() {
    let (mut app, _peer) = both();
    app.on_edge = || Err("no room for that".into());
    let error = EventLoop::new().unwrap().run(&mut app).unwrap_err();
    assert!(
        matches!(
            &error,
            Error::Handler {
                handler: "room",
                ..
            }
        ),
        "{error:?}"
    );
    let (mut app, _peer) = both();
    app.on_item = || Err("indigestible".into());
    let error = EventLoop::new().unwrap().run(&mut app).unwrap_err();
    assert!(
        matches!(
            &error,
            Error::Handler {
                handler: "byte",
                ..
            }
        ),
        "{error:?}"
    );
    assert_eq!(error.source().unwrap().to_string(), "indigestible");
}

struct Own {
    stream: Fd<UnixStream>,
    read: usize,
    written: usize,
    flow: Flow,
}

#[handlers]
impl Own {
    /// Reads a byte if it can, and otherwise writes one.
    #[handler(token = STREAM, interest = READABLE | WRITABLE, raw)]
    fn ready(&mut self, ready: &mut Readiness) -> io::Result<Flow> {
        let stream = self.stream.get_mut();
        if ready.is_readable() {
            ready.try_io(Interest::READABLE, || stream.read(&mut [0]))?;
            self.read += 1;
        } else {
            self.written += ready.try_io(Interest::WRITABLE, || stream.write(b"x"))?;
        }
        Ok(self.flow)
    }
}

fn own(flow: Flow, sent: &[u8]) -> (Own, UnixStream) {
    let (ours, mut theirs) = UnixStream::pair().unwrap();
    theirs.write_all(sent).unwrap();
    let app = Own {
        stream: Fd::new(ours).unwrap(),
        read: 0,
        written: 0,
        flow,
    };
    (app, theirs)
}

#[test]
fn raw() {
    for (flow, read, finished) in [
        (Flow::Continue, 3, false),
        (Flow::Pause, 1, false),
        (Flow::Close, 1, true),
        (Flow::Leave, 1, true),
        (Flow::Stop, 1, true),
    ] {
        let (mut app, _peer) = own(flow, b"abc");
        let mut event_loop = EventLoop::new().unwrap();
        let end =
            turn(&mut event_loop, &mut app).finished || turn(&mut event_loop, &mut app).finished;
        event_loop.close(&mut app);
        assert_eq!((app.read, end), (read, finished), "{flow:?}");
    }
}

#[test]
fn a_pause_of_a_raw_handler_stops_its_reading_and_not_its_writing() {
    let (mut app, mut peer) = own(Flow::Pause, b"");
    let mut config = Config::default();
    config.budget = 1;
    let mut event_loop = EventLoop::with_config(config).unwrap();
    // It writes, pauses, and is called on, since the write did not block.
    for written in 1..=5 {
        let turn = event_loop.turn(&mut app, AT_ONCE).unwrap();
        assert!(app.written >= written);
        assert!(turn.again.is_some());
        peer.write_all(b"unread").unwrap();
    }
    assert_eq!(app.read, 0);
}
