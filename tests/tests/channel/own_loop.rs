//! Who sends to the loop of its own thread, which could not make room meanwhile.

use super::common::{AT_ONCE, Datagrams};
use super::*;

#[test]
fn a_handler_that_fills_its_own_channel_is_refused() {
    let (mut app, sender) = inbox(4);
    app.own = Some(sender.clone());
    sender.send(0).unwrap();
    drop(sender);
    EventLoop::new().unwrap().run(&mut app).unwrap();
    assert_eq!(app.received, [0, 100, 101, 102, 103]);
    assert_eq!(app.refused, [104]);
}

#[test]
fn a_host_that_fills_the_channel_of_its_loop_is_refused() {
    let (mut app, sender) = inbox(2);
    let mut event_loop = EventLoop::new().unwrap();
    let _ = turn(&mut event_loop, &mut app);
    sender.send(1).unwrap();
    sender.send(2).unwrap();
    assert!(matches!(sender.send(3), Err(SendError::OwnLoop(3))));
    until(&mut event_loop, &mut app, |app| app.received == [1, 2]);
    sender.send(4).unwrap();
    until(&mut event_loop, &mut app, |app| app.received.len() == 3);
}

/// Who has driven the loop before may wait for it, and who drives it now may not.
#[test]
fn a_loop_may_move_to_another_thread_between_turns() {
    const MESSAGES: u64 = 1_000;

    let (mut app, sender) = inbox(2);
    let mut event_loop = EventLoop::new().unwrap();
    sender.send(0).unwrap();
    until(&mut event_loop, &mut app, |app| app.received == [0]);
    let (drained, is_drained) = mpsc::channel();
    let own = sender.clone();
    sender.send(1).unwrap();
    let there = thread::spawn(move || {
        until(&mut event_loop, &mut app, |app| app.received == [0, 1]);
        drained.send(()).unwrap();
        app.stops_at = Some(MESSAGES);
        while !event_loop.turn(&mut app, LONG).unwrap().finished {}
        app.stops_at = None;
        let _ = event_loop.turn(&mut app, AT_ONCE).unwrap();
        own.send(1).unwrap();
        own.send(2).unwrap();
        assert!(matches!(own.send(3), Err(SendError::OwnLoop(3))));
        app.received
    });
    is_drained.recv().unwrap();
    for number in 2..=MESSAGES {
        sender.send(number).unwrap();
    }
    assert_eq!(there.join().unwrap(), (0..=MESSAGES).collect::<Vec<_>>());
}

const SOCKET: Token = Token(1);

/// Fills its own channel for each datagram.
struct Desk {
    messages: Receiver<u64>,
    own: Sender<u64>,
    socket: Datagrams,
    received: usize,
    refused: usize,
}

#[handlers]
impl Desk {
    #[handler(token = MESSAGES)]
    fn message(&mut self, _: u64) {
        self.received += 1;
    }

    #[handler(token = SOCKET)]
    fn datagram(&mut self, _: &[u8]) {
        while self.own.send(0).is_ok() {}
        self.refused += 1;
    }
}

#[test]
fn a_loop_that_has_moved_is_where_it_runs_before_it_drains_anything() {
    let (own, messages) = channel(2);
    let (socket, peer) = Datagrams::pair();
    let mut app = Desk {
        messages,
        own,
        socket,
        received: 0,
        refused: 0,
    };
    let mut event_loop = EventLoop::new().unwrap();
    let _ = turn(&mut event_loop, &mut app);
    peer.send(b"fill").unwrap();
    let (done, is_done) = mpsc::channel();
    thread::spawn(move || {
        until(&mut event_loop, &mut app, |app| app.received == 2);
        done.send(app.refused).unwrap();
    });
    assert_eq!(is_done.recv_timeout(LONG.unwrap()), Ok(1));
}
