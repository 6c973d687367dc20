//! Each direction ends by itself, and nobody loses what was on its way.

use std::io::{Read, Write};
use std::net::Shutdown;
use std::thread;
use std::time::Duration;

use miocene::net::TcpStream;
use miocene::{ByteLines, EventLoop, Family, Flow};

use crate::common::{turn, until};
use crate::hall::{CLIENTS, Client, Hall, What, When, client, received, serve, tcp_client};

type TcpHall = Hall<ByteLines, TcpStream>;

#[test]
fn a_peer_that_ends_its_direction_gets_the_answer_and_then_the_end() {
    for length in [10, 3_000_000] {
        let mut hall = TcpHall::new();
        hall.clients = Family::new(CLIENTS).frame(4_000_000);
        let (ann, mut peer) = tcp_client("ann");
        let ann = hall.clients.insert(ann);
        peer.set_nonblocking(false).unwrap();
        let client = thread::spawn(move || {
            // The last line has no end.
            peer.write_all(&vec![b'x'; length]).unwrap();
            peer.shutdown(Shutdown::Write).unwrap();
            let mut got = Vec::new();
            peer.read_to_end(&mut got).map(|_| got.len())
        });
        let mut event_loop = EventLoop::new().unwrap();
        serve(&mut event_loop, &mut hall, |_| client.is_finished());
        assert_eq!(client.join().unwrap().unwrap(), length + 1);
        assert_eq!(hall.reason(ann), Some("Ended(Eof)"));
        event_loop.close(&mut hall);
    }
}

#[test]
fn a_member_that_has_ended_can_still_be_written_to_until_it_is_closed() {
    let mut hall: Hall = Hall::new();
    let (ann, mut peer) = client("ann");
    let ann = hall.clients.insert(ann);
    hall.on
        .add(When::Ended, "ann", |_, _, _| Ok(Flow::Continue));
    peer.shutdown(Shutdown::Write).unwrap();
    let mut event_loop = EventLoop::new().unwrap();
    until(&mut event_loop, &mut hall, |hall| hall.has_ended(ann));
    for _ in 0..3 {
        hall.clients.get_mut(ann).unwrap().out.send(b"news\n");
        let _ = turn(&mut event_loop, &mut hall);
        assert_eq!(received(&mut peer), (b"news\n".to_vec(), false));
    }
    assert!(hall.clients.close(ann));
    serve(&mut event_loop, &mut hall, |hall| {
        hall.reason(ann).is_some()
    });
    assert_eq!(hall.reason(ann), Some("Asked"));
    assert!(received(&mut peer).1);
    event_loop.close(&mut hall);
}

#[test]
fn our_direction_ends_after_what_is_unsent_and_reading_goes_on() {
    const MUCH: usize = 20_000_000;
    let mut hall = TcpHall::new();
    // That so much is unsent is not to stop the reading.
    hall.clients = Family::new(CLIENTS).unsent(MUCH, MUCH, MUCH);
    hall.echoes = false;
    let (ann, mut peer) = tcp_client("ann");
    let ann = hall.clients.insert(ann);
    hall.on.add(When::Item, "ann", |_, _, member| {
        member.out.send(&vec![b'x'; MUCH]);
        member.finish();
        member.out.send(b"dropped");
        Ok(Flow::Continue)
    });
    peer.write_all(b"go\n").unwrap();
    let mut event_loop = EventLoop::new().unwrap();
    let (mut got, mut at_end) = (0, false);
    serve(&mut event_loop, &mut hall, |_| {
        let (bytes, end) = received(&mut peer);
        got += bytes.len();
        at_end |= end;
        at_end
    });
    assert_eq!(got, MUCH);
    assert_eq!(hall.reason(ann), None, "half-open");
    peer.write_all(b"still here\n").unwrap();
    serve(&mut event_loop, &mut hall, |hall| {
        hall.items(ann) == b"gostill here"
    });
    // With both directions over, there is nothing to stay for.
    hall.on
        .add(When::Ended, "ann", |_, _, _| Ok(Flow::Continue));
    drop(peer);
    serve(&mut event_loop, &mut hall, |hall| {
        hall.reason(ann).is_some()
    });
    assert_eq!(hall.reason(ann), Some("Ended(Eof)"));
    event_loop.close(&mut hall);
}

/// Without lingering, what the client still sends makes the system throw away
/// what it has not read.
#[test]
fn a_client_that_is_still_sending_gets_the_whole_of_an_early_reply() {
    const REPLY: usize = 3_000_000;
    for by_flow in [true, false] {
        let mut hall = TcpHall::new();
        hall.echoes = false;
        let (ann, mut peer) = tcp_client("ann");
        let ann = hall.clients.insert(ann);
        hall.on.add(When::Item, "ann", move |hall, _, member| {
            member.out.send(&vec![b'e'; REPLY]);
            if by_flow {
                return Ok(Flow::Close);
            }
            hall.clients.close(ann);
            Ok(Flow::Continue)
        });
        // So that the system still holds much of it when all has been written.
        socket2::SockRef::from(&peer)
            .set_recv_buffer_size(32_768)
            .unwrap();
        peer.set_nonblocking(false).unwrap();
        let client = thread::spawn(move || {
            peer.write_all(b"a request\n").unwrap();
            // Its body, which nobody wants.
            let mut sent = 0;
            let mut got = Vec::new();
            let mut buffer = vec![0; 100_000];
            while got.len() < REPLY {
                if sent < 60_000 {
                    peer.write_all(&[b'b'; 1_000])?;
                    sent += 1_000;
                }
                match peer.read(&mut buffer)? {
                    0 => break,
                    count => got.extend_from_slice(&buffer[..count]),
                }
            }
            std::io::Result::Ok(got.len())
        });
        let mut event_loop = EventLoop::new().unwrap();
        serve(&mut event_loop, &mut hall, |_| client.is_finished());
        assert_eq!(client.join().unwrap().unwrap(), REPLY);
        serve(&mut event_loop, &mut hall, |hall| {
            hall.reason(ann).is_some()
        });
        assert_eq!(hall.reason(ann), Some("Asked"));
        event_loop.close(&mut hall);
    }
}

#[test]
fn lingering_has_an_end() {
    let mut hall = TcpHall::new();
    hall.clients = Family::new(CLIENTS).linger(Duration::from_millis(50), 1_000);
    let (ann, mut peer) = tcp_client("ann");
    let ann = hall.clients.insert(ann);
    hall.on.add(When::Item, "ann", |_, _, _| Ok(Flow::Close));
    peer.write_all(b"hello\n").unwrap();
    let mut event_loop = EventLoop::new().unwrap();
    // The peer keeps its end open, and goes on sending.
    serve(&mut event_loop, &mut hall, |hall| {
        let _ = peer.write(&[b'x'; 100]);
        hall.reason(ann).is_some()
    });
    assert_eq!(hall.reason(ann), Some("Asked"));
    event_loop.close(&mut hall);
}

#[test]
fn a_reset_ends_one_connection_with_the_error() {
    let mut hall = TcpHall::new();
    let (ann, mut peer) = tcp_client("ann");
    let (bob, mut bob_peer) = tcp_client("bob");
    let ann = hall.clients.insert(ann);
    hall.clients.insert(bob);
    let mut event_loop = EventLoop::new().unwrap();
    let _ = turn(&mut event_loop, &mut hall);
    peer.write_all(b"half a li").unwrap();
    socket2::SockRef::from(&peer)
        .set_linger(Some(Duration::ZERO))
        .unwrap();
    drop(peer);
    serve(&mut event_loop, &mut hall, |hall| {
        hall.reason(ann).is_some()
    });
    let reason = hall.reason(ann).unwrap();
    assert!(reason.starts_with("Ended(Io("), "{reason}");
    bob_peer.write_all(b"hello\n").unwrap();
    let mut got = Vec::new();
    serve(&mut event_loop, &mut hall, |_| {
        got.extend(received(&mut bob_peer).0);
        got == b"hello\n"
    });
    event_loop.close(&mut hall);
}

#[test]
fn the_last_words_in_ended_follow_what_was_sent_before() {
    let mut hall: Hall = Hall::new();
    let (ann, mut peer) = client("ann");
    let ann = hall.clients.insert(ann);
    hall.on
        .add(When::Ended, "ann", |_, _, member: &mut Client| {
            member.out.send(b"goodbye\n");
            Ok(Flow::Close)
        });
    peer.write_all(b"one\ntwo").unwrap();
    peer.shutdown(Shutdown::Write).unwrap();
    let mut event_loop = EventLoop::new().unwrap();
    serve(&mut event_loop, &mut hall, |hall| {
        hall.reason(ann).is_some()
    });
    assert_eq!(received(&mut peer), (b"one\ntwo\ngoodbye\n".to_vec(), true));
    event_loop.close(&mut hall);
}

#[test]
fn last_words_after_a_frame_too_long_and_finish_arrive_whole() {
    let mut hall: TcpHall = Hall::new();
    hall.clients = Family::new(CLIENTS).frame(100);
    let (ann, mut ann_peer) = tcp_client("ann");
    let ann = hall.clients.insert(ann);
    hall.on.add(When::Ended, "ann", |_, _, member| {
        member.out.send(&[b'x'; 1_000_000]);
        member.finish();
        Ok(Flow::Continue)
    });
    ann_peer.set_nonblocking(false).unwrap();
    let mut event_loop = EventLoop::new().unwrap();
    let reader = std::thread::spawn(move || {
        ann_peer.write_all(&[b'a'; 100_000]).unwrap();
        let mut bytes = Vec::new();
        let end = ann_peer.read_to_end(&mut bytes);
        (bytes.len(), end.is_ok())
    });
    serve(&mut event_loop, &mut hall, |_| reader.is_finished());
    assert_eq!(
        reader.join().unwrap(),
        (1_000_000, true),
        "{:?}",
        hall.reason(ann)
    );
    until(&mut event_loop, &mut hall, |hall| {
        hall.reason(ann).is_some()
    });
    assert_eq!(hall.reason(ann), Some("Ended(TooLong)"));
    event_loop.close(&mut hall);
}

#[test]
fn a_reply_that_the_system_holds_arrives_whole_though_the_client_goes_on_sending() {
    let mut hall: TcpHall = Hall::new();
    let (ann, mut ann_peer) = tcp_client("ann");
    let ann = hall.clients.insert(ann);
    hall.echoes = false;
    hall.on.add(When::Item, "ann", |_, _, member| {
        member.out.send(&[b'x'; 300_000]);
        Ok(Flow::Continue)
    });
    let mut event_loop = EventLoop::new().unwrap();
    ann_peer.write_all(b"go\n").unwrap();
    until(&mut event_loop, &mut hall, |hall| {
        hall.told(ann).contains(&&What::Writable)
    });
    assert!(hall.clients.get(ann).unwrap().out.unsent().is_empty());
    hall.clients.close(ann);
    let _ = turn(&mut event_loop, &mut hall);
    ann_peer.write_all(b"more\n").unwrap();
    let _ = turn(&mut event_loop, &mut hall);
    ann_peer.set_nonblocking(false).unwrap();
    let reader = std::thread::spawn(move || {
        let mut bytes = Vec::new();
        let end = ann_peer.read_to_end(&mut bytes);
        (bytes.len(), end.is_ok())
    });
    serve(&mut event_loop, &mut hall, |_| reader.is_finished());
    assert_eq!(reader.join().unwrap(), (300_000, true));
    event_loop.close(&mut hall);
}
