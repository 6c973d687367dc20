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

const PIECE: [u8; 100] = [b'x'; 100];
/// In bytes. More pieces than a turn's budget, which the system holds.
const SHORT: usize = 100 * PIECE.len();
/// More than the system holds.
const LONG: usize = 20_000 * PIECE.len();

/// Reads one byte, and answers it with many while it is paused.
struct Answering {
    stream: Fd<Peer>,
    read: usize,
    left: usize,
}

impl Answering {
    fn pair(left: usize) -> (Answering, Peer) {
        let (ours, theirs) = Peer::pair().unwrap();
        theirs.set_nonblocking(true).unwrap();
        let answering = Answering {
            stream: Fd::new(ours).unwrap(),
            read: 0,
            left,
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

impl Both {
    /// Answers of so many bytes, both of which were asked for.
    fn asked_for(length: usize) -> (Both, [Peer; 2]) {
        let (single, mut single_peer) = Answering::pair(length);
        let (member, mut member_peer) = Answering::pair(length);
        let mut members = Family::new(MEMBERS);
        members.insert(member);
        for peer in [&mut single_peer, &mut member_peer] {
            peer.write_all(b"go").unwrap();
        }
        (Both { single, members }, [single_peer, member_peer])
    }

    /// Each has read one byte of two, since it is paused, and written all.
    fn assert_answered(&self) {
        for answering in self.members.iter().chain([&self.single]) {
            assert_eq!((answering.read, answering.left), (1, 0));
        }
    }
}

/// A single source and a member are alike in this. Nobody reads what they write,
/// so that no event comes.
#[test]
fn who_pauses_while_it_writes_is_called_again_until_all_is_written() {
    let (mut app, peers) = Both::asked_for(SHORT);
    let mut event_loop = EventLoop::new().unwrap();
    let at_rest = (0..1_000).find(|_| turn(&mut event_loop, &mut app).again.is_none());
    assert!(at_rest.is_some(), "there is no end of turns");
    app.assert_answered();
    drop(peers);
    event_loop.close(&mut app);
}

#[test]
fn who_pauses_while_it_writes_is_called_when_there_is_room_again() {
    let (mut app, mut peers) = Both::asked_for(LONG);
    let mut event_loop = EventLoop::new().unwrap();
    turns(&mut event_loop, &mut app);
    assert!(app.single.left > 0, "the system holds all of it");
    for peer in &mut peers {
        let mut count = 0;
        serve(&mut event_loop, &mut app, |_| {
            count += received(peer).0.len();
            count >= LONG
        });
    }
    app.assert_answered();
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
