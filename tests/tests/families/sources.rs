//! A family may be of anything: sources of one's own, raw streams.

use std::io::{self, Read, Write};
use std::os::unix::net::{UnixDatagram, UnixStream as Peer};

use miocene::mio::event::Source;
use miocene::mio::net::UnixStream;
use miocene::{
    Closed, Drain, Ended, Error, EventLoop, Family, Fd, Flow, Input, Interest, Next, Readiness,
    Tokens, Writable, handlers,
};

use crate::common::{Datagrams, Lines, turn, until};
use crate::hall::{received, serve};

const SOCKETS: Tokens = Tokens::new(1);
const STREAMS: Tokens = Tokens::new(2);
const LINES: Tokens = Tokens::new(3);
const UNREAD: Tokens = Tokens::new(4);

/// Bytes of a stream that can be written to.
struct Port(Fd<Peer>);

impl Drain for Port {
    type Item<'b> = &'b [u8];

    fn source(&mut self) -> &mut dyn Source {
        &mut self.0
    }

    fn next<'b>(&mut self, input: &'b mut Input) -> io::Result<Next<&'b [u8]>> {
        Ok(match input.fill(|buffer| self.0.read(buffer))? {
            0 => Next::End,
            count => Next::Item(input.take(count)),
        })
    }
}

impl Writable for Port {}

struct Zoo {
    sockets: Family<Datagrams>,
    streams: Family<UnixStream>,
    lines: Family<Lines>,
    unread: Family<Port>,
    seen: Vec<String>,
}

#[handlers]
impl Zoo {
    #[handler(tokens = SOCKETS)]
    fn datagram(&mut self, _: &mut Datagrams, datagram: &[u8]) -> Result<Flow, &'static str> {
        self.seen
            .push(format!("datagram {}", datagram.escape_ascii()));
        match datagram {
            b"leave" => Ok(Flow::Leave),
            b"fail" => Err("planned"),
            _ => Ok(Flow::Continue),
        }
    }

    #[closed(tokens = SOCKETS)]
    fn no_datagrams(&mut self, mut socket: Datagrams, why: Closed) {
        self.seen.push(format!("{why:?}"));
        socket.registrations = 0;
    }

    #[handler(tokens = STREAMS, interest = READABLE | WRITABLE, raw)]
    fn raw(&mut self, stream: &mut UnixStream, ready: &mut Readiness) -> io::Result<Flow> {
        let mut buffer = [0; 4];
        let count = ready.try_io(Interest::READABLE, || stream.read(&mut buffer))?;
        self.seen
            .push(format!("raw {}", buffer[..count].escape_ascii()));
        if count == 0 {
            return Ok(Flow::Close);
        }
        ready.try_io(Interest::WRITABLE, || stream.write(&buffer[..count]))?;
        Ok(Flow::Continue)
    }

    #[closed(tokens = STREAMS)]
    fn no_raw(&mut self, _: UnixStream, why: Closed) {
        self.seen.push(format!("{why:?}"));
    }

    #[handler(tokens = LINES)]
    fn line(&mut self, member: &mut Lines, line: &[u8]) -> Flow {
        assert!(member.kept.is_empty(), "the loop holds what is unread");
        self.seen.push(format!("line {}", line.escape_ascii()));
        if line == b"leave\n" {
            Flow::Leave
        } else {
            Flow::Continue
        }
    }

    #[ended(tokens = LINES)]
    fn end(&mut self, _: &mut Lines, why: Ended) {
        self.seen.push(format!("{why:?}"));
    }

    #[closed(tokens = LINES)]
    fn no_lines(&mut self, member: Lines, why: Closed) {
        self.seen
            .push(format!("{why:?} with {}", member.kept.escape_ascii()));
    }

    /// Nobody reads them: they are read all the same.
    #[handler(tokens = UNREAD, interest = WRITABLE)]
    fn room(&mut self, port: &mut Port) {
        self.seen.push("room".into());
        // The peer may have gone.
        let _ = port.0.write_all(b"x");
    }

    #[closed(tokens = UNREAD)]
    fn no_port(&mut self, _: Port, why: Closed) {
        self.seen.push(format!("{why:?}"));
    }
}

fn zoo() -> (Zoo, EventLoop) {
    let zoo = Zoo {
        sockets: Family::new(SOCKETS),
        streams: Family::new(STREAMS),
        lines: Family::new(LINES),
        unread: Family::new(UNREAD),
        seen: Vec::new(),
    };
    (zoo, EventLoop::new().unwrap())
}

#[test]
fn members_of_a_kind_of_ones_own_are_drained_and_closed_like_any() {
    let (mut zoo, mut event_loop) = zoo();
    let mut peers = Vec::new();
    for name in ["one", "leave", "fail"] {
        let (socket, peer) = Datagrams::pair();
        zoo.sockets.insert(socket);
        peer.send(name.as_bytes()).unwrap();
        peers.push(peer);
    }
    until(&mut event_loop, &mut zoo, |zoo| zoo.seen.len() == 5);
    zoo.seen.sort();
    assert_eq!(
        zoo.seen,
        [
            "Failed(\"planned\")",
            "Left",
            "datagram fail",
            "datagram leave",
            "datagram one"
        ]
    );
    assert_eq!(zoo.sockets.len(), 1);
    event_loop.close(&mut zoo);
}

#[test]
fn a_member_that_cannot_be_registered_leaves_and_hinders_nobody() {
    let (mut zoo, mut event_loop) = zoo();
    let (mut refused, _peer) = Datagrams::pair();
    refused.refused = true;
    zoo.sockets.insert(refused);
    let (socket, peer): (_, UnixDatagram) = Datagrams::pair();
    zoo.sockets.insert(socket);
    peer.send(b"one").unwrap();
    until(&mut event_loop, &mut zoo, |zoo| zoo.seen.len() == 2);
    assert!(zoo.seen[0].starts_with("Register("), "{:?}", zoo.seen);
    assert_eq!(zoo.sockets.len(), 1);
    assert_eq!(event_loop.counters().closed.register, 1);
    event_loop.close(&mut zoo);
}

#[test]
fn raw_streams_of_mio_are_members() {
    let (mut zoo, mut event_loop) = zoo();
    let mut peers = Vec::new();
    for _ in 0..10 {
        let (ours, theirs) = Peer::pair().unwrap();
        ours.set_nonblocking(true).unwrap();
        theirs.set_nonblocking(true).unwrap();
        zoo.streams.insert(UnixStream::from_std(ours));
        peers.push((theirs, Vec::new()));
    }
    for (number, (peer, _)) in peers.iter_mut().enumerate() {
        peer.write_all(format!("hello from number {number}").as_bytes())
            .unwrap();
    }
    serve(&mut event_loop, &mut zoo, |_| {
        peers.iter_mut().enumerate().all(|(number, (peer, got))| {
            got.extend(received(peer).0);
            *got == format!("hello from number {number}").into_bytes()
        })
    });
    drop(peers);
    serve(&mut event_loop, &mut zoo, |zoo| zoo.streams.is_empty());
    assert_eq!(event_loop.counters().closed.asked, 10);
    event_loop.close(&mut zoo);
}

#[test]
fn a_source_with_a_place_for_it_takes_what_is_unread_with_it_and_brings_it_back() {
    let (mut zoo, mut event_loop) = zoo();
    let (mut lines, mut peer) = Lines::pair();
    lines.kept = b"hal".to_vec();
    zoo.lines.insert(lines);
    peer.write_all(b"f\nleave\nunread\n").unwrap();
    serve(&mut event_loop, &mut zoo, |zoo| zoo.seen.len() == 3);
    assert_eq!(
        zoo.seen,
        ["line half\\n", "line leave\\n", "Left with unread\\n"]
    );
    event_loop.close(&mut zoo);
}

#[test]
fn a_member_that_has_ended_stays_until_it_is_closed() {
    let (mut zoo, mut event_loop) = zoo();
    let (lines, mut peer) = Lines::pair();
    let token = zoo.lines.insert(lines);
    peer.write_all(b"last").unwrap();
    drop(peer);
    until(&mut event_loop, &mut zoo, |zoo| zoo.seen.len() == 2);
    for _ in 0..3 {
        let _ = turn(&mut event_loop, &mut zoo);
    }
    assert_eq!(zoo.seen, ["line last", "Eof"]);
    assert!(zoo.lines.contains(token));
    zoo.lines.close(token);
    let _ = turn(&mut event_loop, &mut zoo);
    assert_eq!(zoo.seen[2], "Asked with ");
    event_loop.close(&mut zoo);
}

#[test]
fn a_family_without_a_handler_that_reads_is_read_so_that_its_end_is_seen() {
    let (mut zoo, mut event_loop) = zoo();
    let (ours, mut peer) = Peer::pair().unwrap();
    zoo.unread.insert(Port(Fd::new(ours).unwrap()));
    peer.write_all(&[b'x'; 100_000]).unwrap();
    peer.shutdown(std::net::Shutdown::Write).unwrap();
    serve(&mut event_loop, &mut zoo, |zoo| zoo.unread.is_empty());
    assert!(zoo.seen.contains(&"Ended(Eof)".into()), "{:?}", zoo.seen);
    event_loop.close(&mut zoo);
}

#[test]
fn an_edge_of_room_to_write_is_told_of_a_member_of_ones_own() {
    let (mut zoo, mut event_loop) = zoo();
    let (ours, mut peer) = Peer::pair().unwrap();
    peer.set_nonblocking(true).unwrap();
    zoo.unread.insert(Port(Fd::new(ours).unwrap()));
    until(&mut event_loop, &mut zoo, |zoo| {
        zoo.seen.contains(&"room".into())
    });
    assert!(received(&mut peer).0.starts_with(b"x"));
    event_loop.close(&mut zoo);
}

#[test]
fn a_family_that_was_built_with_another_constant_is_an_error_that_names_both() {
    let (mut zoo, mut event_loop) = zoo();
    zoo.lines = Family::new(Tokens::new(77));
    let error = event_loop.run(&mut zoo).unwrap_err();
    assert!(matches!(error, Error::OtherTokens { .. }), "{error:?}");
    let text = error.to_string();
    for part in ["LINES", "77", "3", "self.lines"] {
        assert!(text.contains(part), "{part} in: {text}");
    }
}
