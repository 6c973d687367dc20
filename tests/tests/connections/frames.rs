//! What comes is cut into frames, wherever the network has cut it.

use std::io::Write;

use miocene::net::UnixStream;
use miocene::{
    ByteLines, Bytes, Connection, Ended, EventLoop, Family, Flow, FrameError, Framing,
    LengthPrefixed, Lines, Split, Tokens, handlers,
};

use crate::common::{turn, until};
use crate::hall::{CLIENTS, Client, Hall, What, When, client, received, serve, tcp_client};

fn frames<F>(hall: &Hall<F>, token: miocene::Token) -> Vec<String>
where
    F: for<'b> Framing<Frame<'b> = &'b [u8]>,
{
    let items = hall.told(token).into_iter().filter_map(|what| match what {
        What::Item(bytes) => Some(bytes.escape_ascii().to_string()),
        _ => None,
    });
    items.collect()
}

/// A conversation of one framing, cut at every byte: the frames are the same.
fn cut_anywhere<F>(conversation: &[u8], expected: &[&str])
where
    F: for<'b> Framing<Frame<'b> = &'b [u8]> + Default + 'static,
{
    for cut in 0..=conversation.len() {
        let mut hall: Hall<F> = Hall::new();
        hall.echoes = false;
        let (ann, mut peer) = client::<F>("ann");
        let ann = hall.clients.insert(ann);
        let mut event_loop = EventLoop::new().unwrap();
        peer.write_all(&conversation[..cut]).unwrap();
        for _ in 0..2 {
            let _ = turn(&mut event_loop, &mut hall);
        }
        peer.write_all(&conversation[cut..]).unwrap();
        drop(peer);
        serve(&mut event_loop, &mut hall, |hall| hall.has_ended(ann));
        assert_eq!(frames(&hall, ann), expected, "cut at {cut}");
        event_loop.close(&mut hall);
    }
}

#[test]
fn lines_are_the_same_wherever_they_are_cut_and_the_last_needs_no_end() {
    let expected = ["one", "two", "", "\\r", "last"];
    cut_anywhere::<ByteLines>(b"one\ntwo\r\n\n\r\r\nlast", &expected);
}

#[test]
fn length_prefixed_frames_are_the_same_wherever_they_are_cut() {
    let conversation = b"\x00\x00\x00\x03one\x00\x00\x00\x00\x00\x00\x00\x05three";
    cut_anywhere::<Prefixed>(conversation, &["one", "", "three"]);
}

/// With a default, to be made of nothing.
struct Prefixed(LengthPrefixed);

impl Default for Prefixed {
    fn default() -> Prefixed {
        Prefixed(LengthPrefixed::u32_be())
    }
}

impl Framing for Prefixed {
    type Frame<'b> = &'b [u8];

    fn split(&mut self, unread: &[u8], seen: usize) -> Result<Split, FrameError> {
        self.0.split(unread, seen)
    }

    fn frame<'b>(&mut self, bytes: &'b [u8]) -> Result<&'b [u8], FrameError> {
        self.0.frame(bytes)
    }
}

#[test]
fn an_end_within_a_frame_is_an_error_of_the_frame() {
    let mut hall: Hall<Prefixed> = Hall::new();
    let (ann, mut peer) = client::<Prefixed>("ann");
    let ann = hall.clients.insert(ann);
    peer.write_all(b"\x00\x00\x00\x05thr").unwrap();
    drop(peer);
    let mut event_loop = EventLoop::new().unwrap();
    until(&mut event_loop, &mut hall, |hall| {
        hall.reason(ann).is_some()
    });
    let reason = hall.reason(ann).unwrap();
    assert!(reason.starts_with("Ended(Frame("), "{reason}");
    assert_eq!(event_loop.counters().closed.frame, 1);
    event_loop.close(&mut hall);
}

#[test]
fn a_frame_as_long_as_the_limit_is_one_and_one_byte_more_ends_reading_with_last_words() {
    for (length, too_long) in [(99, false), (100, true)] {
        let mut hall: Hall = Hall::new();
        hall.clients = Family::new(CLIENTS).frame(100);
        let (ann, mut peer) = client("ann");
        let ann = hall.clients.insert(ann);
        hall.on
            .add(When::Ended, "ann", |_, _, member: &mut Client| {
                member.out.send(b"too long\n");
                Ok(Flow::Close)
            });
        let mut line = vec![b'x'; length];
        line.push(b'\n');
        peer.write_all(&line).unwrap();
        let mut event_loop = EventLoop::new().unwrap();
        let mut got = Vec::new();
        serve(&mut event_loop, &mut hall, |_| {
            got.extend(received(&mut peer).0);
            !got.is_empty()
        });
        if !too_long {
            assert_eq!(got, line);
            assert!(!hall.has_ended(ann));
        } else {
            assert_eq!(got, b"too long\n");
            drop(peer);
            serve(&mut event_loop, &mut hall, |hall| {
                hall.reason(ann).is_some()
            });
            assert_eq!(hall.reason(ann), Some("Ended(TooLong)"));
            assert_eq!(event_loop.counters().closed.too_long, 1);
            assert_eq!(hall.items(ann), b"", "none of it");
        }
        event_loop.close(&mut hall);
    }
}

#[test]
fn a_length_that_is_announced_and_above_the_limit_ends_reading_before_it_comes() {
    let mut hall: Hall<Prefixed> = Hall::new();
    let (ann, mut peer) = client::<Prefixed>("ann");
    let ann = hall.clients.insert(ann);
    peer.write_all(&u32::MAX.to_be_bytes()).unwrap();
    let mut event_loop = EventLoop::new().unwrap();
    until(&mut event_loop, &mut hall, |hall| hall.has_ended(ann));
    assert!(hall.told(ann).contains(&&What::Ended("TooLong".into())));
    event_loop.close(&mut hall);
}

/// Longer than the loop's buffer, several of them, in pieces of an odd size.
#[test]
fn frames_of_more_than_64_kib_come_whole_when_the_limit_allows_them() {
    let mut hall: Hall<Prefixed> = Hall::new();
    hall.clients = Family::new(CLIENTS)
        .frame(1_000_000)
        .unsent(4_000_000, 4_000_000, 8_000_000);
    hall.echoes = false;
    let (ann, mut peer) = client::<Prefixed>("ann");
    let ann = hall.clients.insert(ann);
    let mut sent = Vec::new();
    let mut payloads = Vec::new();
    for length in [65_532_usize, 65_533, 70_000, 3, 999_990, 200_000] {
        let payload: Vec<u8> = (0..length)
            .map(|at| ((at * 31 + length) % 253) as u8)
            .collect();
        sent.extend((length as u32).to_be_bytes());
        sent.extend(&payload);
        payloads.push(payload);
    }
    let mut event_loop = EventLoop::new().unwrap();
    let mut rest = &sent[..];
    while !rest.is_empty() {
        match peer.write(&rest[..rest.len().min(7_777)]) {
            Ok(count) => rest = &rest[count..],
            Err(_) => drop(turn(&mut event_loop, &mut hall)),
        }
    }
    serve(&mut event_loop, &mut hall, |hall| {
        hall.items(ann).len() == payloads.concat().len()
    });
    let items = hall.told(ann).into_iter().filter_map(|what| match what {
        What::Item(bytes) => Some(bytes),
        _ => None,
    });
    assert!(items.eq(&payloads));
    event_loop.close(&mut hall);
}

/// Lines until one says so, and then bytes as they come.
#[derive(Default)]
enum Protocol {
    #[default]
    Lines,
    Bytes,
}

impl Framing for Protocol {
    type Frame<'b> = &'b [u8];

    fn split(&mut self, unread: &[u8], seen: usize) -> Result<Split, FrameError> {
        match self {
            Protocol::Lines => ByteLines.split(unread, seen),
            Protocol::Bytes => Bytes.split(unread, seen),
        }
    }

    fn frame<'b>(&mut self, bytes: &'b [u8]) -> Result<&'b [u8], FrameError> {
        match self {
            Protocol::Lines => ByteLines.frame(bytes),
            Protocol::Bytes => Bytes.frame(bytes),
        }
    }
}

#[test]
fn a_framing_that_its_handler_changes_holds_for_the_next_byte() {
    let conversation = b"one\nbytes\nno end";
    for cut in 0..=conversation.len() {
        let mut hall: Hall<Protocol> = Hall::new();
        let (ann, mut peer) = client::<Protocol>("ann");
        let ann = hall.clients.insert(ann);
        hall.on.add(When::Item, "ann", |hall, _, _| {
            hall.on
                .add(When::Item, "ann", |_, _, member: &mut Client<Protocol>| {
                    *member.framing_mut() = Protocol::Bytes;
                    Ok(Flow::Continue)
                });
            Ok(Flow::Continue)
        });
        let mut event_loop = EventLoop::new().unwrap();
        peer.write_all(&conversation[..cut]).unwrap();
        for _ in 0..2 {
            let _ = turn(&mut event_loop, &mut hall);
        }
        peer.write_all(&conversation[cut..]).unwrap();
        serve(&mut event_loop, &mut hall, |hall| {
            hall.items(ann).len() >= b"onebytesno end".len()
        });
        assert_eq!(hall.items(ann), b"onebytesno end", "cut at {cut}");
        assert_eq!(frames(&hall, ann)[..2], ["one", "bytes"]);
        event_loop.close(&mut hall);
    }
}

/// The bytes are here, and no event will come for them any more.
#[test]
fn a_framing_that_somebody_else_changes_is_asked_at_once_for_what_waits() {
    for by_a_handler in [false, true] {
        let mut hall: Hall<Protocol> = Hall::new();
        let (ann, mut peer) = client::<Protocol>("ann");
        let (bob, mut bob_peer) = client::<Protocol>("bob");
        let [ann, bob] = [ann, bob].map(|member| hall.clients.insert(member));
        let mut event_loop = EventLoop::new().unwrap();
        peer.write_all(b"no end").unwrap();
        for _ in 0..3 {
            let _ = turn(&mut event_loop, &mut hall);
        }
        assert_eq!(hall.items(ann), b"");
        let change = move |hall: &mut Hall<Protocol>| {
            *hall.clients.get_mut(ann).unwrap().framing_mut() = Protocol::Bytes;
        };
        if by_a_handler {
            hall.on.add(When::Item, "bob", move |hall, _, _| {
                change(hall);
                Ok(Flow::Continue)
            });
            bob_peer.write_all(b"go\n").unwrap();
        } else {
            change(&mut hall);
        }
        serve(&mut event_loop, &mut hall, |hall| {
            hall.items(ann) == b"no end"
        });
        assert!(hall.items(bob).len() <= 2);
        event_loop.close(&mut hall);
    }
}

const MEMBERS: Tokens = Tokens::new(1);

struct Texts {
    members: Family<Connection<Lines, u32, UnixStream>>,
    seen: Vec<String>,
}

#[handlers]
impl Texts {
    #[handler(tokens = MEMBERS)]
    fn line(&mut self, member: &mut Connection<Lines, u32, UnixStream>, line: &str) {
        member.state += 1;
        // `state` and `out` borrow apart, and nothing is to be imported.
        write!(member.out, "{}: ", member.state);
        writeln!(member.out, "{line}");
        self.seen.push(line.to_owned());
    }

    #[ended(tokens = MEMBERS)]
    fn end(&mut self, member: &mut Connection<Lines, u32, UnixStream>, why: Ended) -> Flow {
        self.seen.push(why.to_string());
        writeln!(member.out, "sorry, {}", member.state);
        Flow::Close
    }
}

#[test]
fn lines_that_are_not_utf_8_end_reading_and_the_last_words_come() {
    let (ours, mut peer) = std::os::unix::net::UnixStream::pair().unwrap();
    peer.set_nonblocking(true).unwrap();
    let mut app = Texts {
        members: Family::new(MEMBERS),
        seen: Vec::new(),
    };
    app.members
        .insert(Connection::new(UnixStream::from_std(ours).unwrap()));
    peer.write_all("grüße\nzwei\n\u{1f600}\n".as_bytes())
        .unwrap();
    peer.write_all(b"\xff\nnever\n").unwrap();
    let mut event_loop = EventLoop::new().unwrap();
    let mut got = Vec::new();
    serve(&mut event_loop, &mut app, |_| {
        got.extend(received(&mut peer).0);
        got.ends_with(b"sorry, 3\n")
    });
    assert_eq!(app.seen[..3], ["grüße", "zwei", "\u{1f600}"]);
    assert_eq!(app.seen.len(), 4);
    assert_eq!(
        String::from_utf8(got).unwrap(),
        "1: grüße\n2: zwei\n3: \u{1f600}\nsorry, 3\n"
    );
    event_loop.close(&mut app);
}

/// Urgent data splits a read: what comes after it has no event of its own.
#[test]
fn urgent_data_in_the_stream_stalls_nothing() {
    let mut hall: Hall<ByteLines, miocene::net::TcpStream> = Hall::new();
    let (ann, mut peer) = tcp_client("ann");
    let ann = hall.clients.insert(ann);
    let mut event_loop = EventLoop::new().unwrap();
    let _ = turn(&mut event_loop, &mut hall);
    let mut expected = Vec::new();
    for round in 0..20 {
        peer.write_all(b"before\n").unwrap();
        socket2::SockRef::from(&peer)
            .send_out_of_band(b"!")
            .unwrap();
        peer.write_all(b"after\n").unwrap();
        expected.extend(b"beforeafter");
        serve(&mut event_loop, &mut hall, |hall| {
            hall.items(ann).len() >= expected.len()
        });
        assert_eq!(hall.items(ann), expected, "round {round}");
    }
    event_loop.close(&mut hall);
}
