//! A member that is taken out is as it was, and can become something else.

use std::io::Write;

use miocene::net::{TcpStream, UnixStream};
use miocene::{
    ByteLines, Bytes, Closed, Connection, EventLoop, Family, Flow, LengthPrefixed, Tokens, handlers,
};

use crate::common::{turn, until};
use crate::hall::{CLIENTS, Hall, What, When, client, received, serve, tcp_client};

#[test]
fn to_leave_hands_over_what_is_unread_and_unsent_and_ends_nothing() {
    for by_flow in [false, true] {
        let mut hall: Hall = Hall::new();
        hall.kept = Some(Vec::new());
        hall.echoes = false;
        let (ann, mut peer) = client("ann");
        let ann = hall.clients.insert(ann);
        hall.on.add(When::Item, "ann", move |hall, _, member| {
            member.out.send(b"unsent");
            if by_flow {
                return Ok(Flow::Leave);
            }
            hall.clients.leave(ann);
            Ok(Flow::Continue)
        });
        peer.write_all(b"go\nun\nread").unwrap();
        let mut event_loop = EventLoop::new().unwrap();
        until(&mut event_loop, &mut hall, |hall| {
            hall.reason(ann).is_some()
        });
        assert_eq!(hall.reason(ann), Some("Left"));
        let left = hall.kept.take().unwrap().remove(0);
        assert_eq!(left.token(), None, "in no loop any more");
        let parts = left.into_parts();
        assert_eq!(parts.unread, b"un\nread");
        assert_eq!(parts.unsent, b"unsent");
        assert_eq!(parts.state, "ann");
        assert_eq!(
            received(&mut peer),
            (Vec::new(), false),
            "neither flushed nor shut down"
        );
        event_loop.close(&mut hall);
    }
}

#[test]
fn to_leave_while_the_peer_is_slow_hands_over_what_the_system_has_not_taken() {
    const MUCH: usize = 20_000_000;
    let mut hall: Hall<ByteLines, TcpStream> = Hall::new();
    hall.clients = Family::new(CLIENTS).unsent(0, MUCH, MUCH);
    hall.kept = Some(Vec::new());
    hall.echoes = false;
    let (ann, mut peer) = tcp_client("ann");
    let ann = hall.clients.insert(ann);
    let sent: Vec<u8> = (0..MUCH).map(|number| (number % 251) as u8).collect();
    let reply = sent.clone();
    hall.on.add(When::Item, "ann", move |_, _, member| {
        member.out.send(&reply);
        Ok(Flow::Continue)
    });
    peer.write_all(b"go\nhalf").unwrap();
    let mut event_loop = EventLoop::new().unwrap();
    until(&mut event_loop, &mut hall, |hall| {
        !hall.items(ann).is_empty()
    });
    assert!(hall.clients.leave(ann));
    serve(&mut event_loop, &mut hall, |hall| {
        hall.reason(ann).is_some()
    });
    let parts = hall.kept.take().unwrap().remove(0).into_parts();
    assert_eq!(parts.unread, b"half");
    assert!(!parts.unsent.is_empty());
    let mut got = Vec::new();
    serve(&mut event_loop, &mut hall, |_| {
        got.extend(received(&mut peer).0);
        got.len() + parts.unsent.len() == MUCH
    });
    got.extend(parts.unsent);
    assert!(got == sent, "none lost, none twice");
    event_loop.close(&mut hall);
}

const LINES: Tokens = Tokens::new(1);
const FRAMES: Tokens = Tokens::new(2);
const RAW: Tokens = Tokens::new(3);

/// Begins with lines; a line asks for frames, and a frame for bytes.
struct Upgrading {
    lines: Family<Connection<ByteLines, u32, UnixStream>>,
    frames: Family<Connection<LengthPrefixed, u32, UnixStream>>,
    raw: Family<Connection<Bytes, u32, UnixStream>>,
    seen: Vec<String>,
}

#[handlers]
impl Upgrading {
    #[handler(tokens = LINES)]
    fn line(&mut self, client: &mut Connection<ByteLines, u32, UnixStream>, line: &[u8]) -> Flow {
        client.state += 1;
        self.seen.push(format!("line {}", line.escape_ascii()));
        client.out.send(b"ok\n");
        if line == b"frames" {
            Flow::Leave
        } else {
            Flow::Continue
        }
    }

    #[closed(tokens = LINES)]
    fn upgrade(&mut self, client: Connection<ByteLines, u32, UnixStream>, why: Closed) {
        if !matches!(why, Closed::Left) {
            return;
        }
        let parts = client.into_parts();
        let framing = LengthPrefixed::u8();
        let mut next = Connection::with_framing(parts.stream, framing, parts.state);
        next.put_back(parts.unread);
        next.out.send(&parts.unsent);
        self.frames.insert(next);
    }

    #[handler(tokens = FRAMES)]
    fn frame(
        &mut self,
        client: &mut Connection<LengthPrefixed, u32, UnixStream>,
        frame: &[u8],
    ) -> Flow {
        client.state += 1;
        self.seen.push(format!("frame {}", frame.escape_ascii()));
        client.send_frame(b"ok").unwrap();
        if frame == b"bytes" {
            Flow::Leave
        } else {
            Flow::Continue
        }
    }

    #[closed(tokens = FRAMES)]
    fn upgrade_again(&mut self, client: Connection<LengthPrefixed, u32, UnixStream>, why: Closed) {
        if !matches!(why, Closed::Left) {
            return;
        }
        let parts = client.into_parts();
        let mut next = Connection::with_state(parts.stream, parts.state);
        next.put_back(parts.unread);
        next.out.send(&parts.unsent);
        self.raw.insert(next);
    }

    #[handler(tokens = RAW)]
    fn bytes(&mut self, client: &mut Connection<Bytes, u32, UnixStream>, bytes: &[u8]) {
        self.seen.push(format!(
            "bytes {} of {}",
            bytes.escape_ascii(),
            client.state
        ));
        client.out.send(bytes);
    }
}

#[test]
fn a_connection_goes_on_in_another_family_with_another_framing_cut_anywhere() {
    let conversation = b"hello\nframes\n\x02hi\x05bytesthe rest";
    for cut in 0..=conversation.len() {
        let (ours, mut peer) = std::os::unix::net::UnixStream::pair().unwrap();
        peer.set_nonblocking(true).unwrap();
        let mut app = Upgrading {
            lines: Family::new(LINES),
            frames: Family::new(FRAMES),
            raw: Family::new(RAW),
            seen: Vec::new(),
        };
        app.lines
            .insert(Connection::new(UnixStream::from_std(ours).unwrap()));
        let mut event_loop = EventLoop::new().unwrap();
        let mut got = Vec::new();
        let (first, second) = conversation.split_at(cut);
        peer.write_all(first).unwrap();
        for _ in 0..8 {
            let _ = turn(&mut event_loop, &mut app);
        }
        peer.write_all(second).unwrap();
        let whole = b"ok\nok\n\x02ok\x02okthe rest";
        serve(&mut event_loop, &mut app, |_| {
            got.extend(received(&mut peer).0);
            got.len() >= whole.len()
        });
        assert_eq!(
            got.escape_ascii().to_string(),
            whole.escape_ascii().to_string(),
            "cut at {cut}"
        );
        let seen = ["line hello", "line frames", "frame hi", "frame bytes"];
        assert_eq!(app.seen[..4], seen, "cut at {cut}");
        let rest: String = app.seen[4..]
            .iter()
            .map(|seen| &seen["bytes ".len()..seen.len() - " of 4".len()])
            .collect();
        assert_eq!(rest, "the rest", "cut at {cut}");
        event_loop.close(&mut app);
    }
}

#[test]
fn a_member_that_is_inserted_and_left_at_once_is_as_it_was() {
    let mut hall: Hall = Hall::new();
    hall.kept = Some(Vec::new());
    let (mut ann, mut ann_peer) = client("ann");
    ann.out.send(b"unsent");
    ann.put_back(b"unread".to_vec());
    let ann = hall.clients.insert(ann);
    hall.clients.leave(ann);
    let mut event_loop = EventLoop::new().unwrap();
    let _ = turn(&mut event_loop, &mut hall);
    assert_eq!(hall.told(ann), [&What::Closed("Left".into())]);
    let parts = hall.kept.take().unwrap().remove(0).into_parts();
    assert_eq!(
        (parts.unread, parts.unsent),
        (b"unread".to_vec(), b"unsent".to_vec())
    );
    assert_eq!(received(&mut ann_peer).0, b"");
    event_loop.close(&mut hall);
}

#[test]
fn who_is_aborted_before_it_is_registered_is_sent_nothing() {
    let mut hall: Hall = Hall::new();
    let (mut ann, mut peer) = client("ann");
    ann.out.send(b"never mind");
    let ann = hall.clients.insert(ann);
    assert!(hall.clients.abort(ann));
    let mut event_loop = EventLoop::new().unwrap();
    let _ = turn(&mut event_loop, &mut hall);
    assert_eq!(hall.told(ann), [&What::Closed("Aborted".into())]);
    assert_eq!(received(&mut peer), (Vec::new(), true));
    event_loop.close(&mut hall);
}
