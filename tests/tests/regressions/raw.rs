//! Raw handlers whose source is paused.

use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream as Peer;

use miocene::mio::Registry;
use miocene::mio::event::Source;
use miocene::{Config, EventLoop, Family, Fd, Flow, Interest, Readiness, Token, Tokens, handlers};

use crate::common::turn;
use crate::hall::{Hall, RawMember, received, serve};
use crate::helpers::turns;

const SINGLE: Token = Token(0);
const MEMBERS: Tokens = Tokens::new(1);

/// More than a turn's budget of pieces, and than the system holds.
const PIECES: usize = 2_000;
const PIECE: [u8; 1_000] = [b'x'; 1_000];

/// Reads one byte, and answers it with many while it is paused.
struct Answering {
    stream: Fd<Peer>,
    read: usize,
    left: usize,
}

impl Answering {
    fn pair() -> (Answering, Peer) {
        let (ours, theirs) = Peer::pair().unwrap();
        theirs.set_nonblocking(true).unwrap();
        let answering = Answering {
            stream: Fd::new(ours).unwrap(),
            read: 0,
            left: PIECES * PIECE.len(),
        };
        (answering, theirs)
    }

    fn go_on(&mut self, ready: &mut Readiness) -> io::Result<Flow> {
        let stream = self.stream.get_mut();
        if ready.is_readable() {
            self.read += ready.try_io(Interest::READABLE, || stream.read(&mut [0]))?;
        }
        if self.read > 0 && self.left > 0 {
            let piece = &PIECE[..self.left.min(PIECE.len())];
            self.left -= ready.try_io(Interest::WRITABLE, || stream.write(piece))?;
        }
        Ok(match self.read {
            0 => Flow::Continue,
            _ => Flow::Pause,
        })
    }
}

impl Source for Answering {
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

struct Both {
    single: Answering,
    members: Family<Answering>,
}

#[handlers]
impl Both {
    #[handler(token = SINGLE, interest = READABLE | WRITABLE, raw)]
    fn single(&mut self, ready: &mut Readiness) -> io::Result<Flow> {
        self.single.go_on(ready)
    }

    #[handler(tokens = MEMBERS, interest = READABLE | WRITABLE, raw)]
    fn member(&mut self, member: &mut Answering, ready: &mut Readiness) -> io::Result<Flow> {
        member.go_on(ready)
    }
}

/// A single source and a member are alike in this.
#[test]
fn who_pauses_while_it_writes_goes_on_writing() {
    let (single, single_peer) = Answering::pair();
    let (member, member_peer) = Answering::pair();
    let mut members = Family::new(MEMBERS);
    let token = members.insert(member);
    let mut app = Both { single, members };
    let mut peers = [single_peer, member_peer];
    let mut event_loop = EventLoop::new().unwrap();
    for peer in &mut peers {
        peer.write_all(b"go").unwrap();
    }
    for peer in &mut peers {
        let mut count = 0;
        serve(&mut event_loop, &mut app, |_| {
            count += received(peer).0.len();
            count >= PIECES * PIECE.len()
        });
    }
    turns(&mut event_loop, &mut app);
    let member = app.members.get(token).unwrap();
    for answering in [&app.single, member] {
        assert_eq!((answering.left, answering.read), (0, 1), "it is paused");
    }
    event_loop.close(&mut app);
}

#[test]
fn a_raw_member_that_keeps_waking_the_loop_while_paused_is_taken_off_until_it_goes_on() {
    let mut hall: Hall = Hall::new();
    let (ann, mut peer) = RawMember::pair("ann");
    let ann = hall.raws.insert(ann);
    let mut config = Config::default();
    config.wakes_while_paused = 3;
    let mut event_loop = EventLoop::with_config(config).unwrap();
    assert!(hall.raws.pause(ann));
    let _ = turn(&mut event_loop, &mut hall);
    for _ in 0..10 {
        peer.write_all(b"x").unwrap();
        let _ = turn(&mut event_loop, &mut hall);
    }
    // poll(2) reports a source once until it is read: there is nothing to take off.
    if cfg!(not(mio_unsupported_force_poll_poll)) {
        assert_eq!(event_loop.counters().taken_off, 1);
    }
    assert_eq!(hall.items(ann), b"");
    assert!(hall.raws.resume(ann));
    serve(&mut event_loop, &mut hall, |hall| {
        hall.items(ann) == [b'x'; 10]
    });
    event_loop.close(&mut hall);
}
