//! Channels into a loop, with threads.
#![cfg(unix)]

#[path = "../common/mod.rs"]
mod common;

mod crowd;
mod members;
mod own_loop;
#[cfg(target_os = "linux")]
mod wakes;

use std::sync::mpsc;
use std::thread;

use common::{LONG, sleeps, turn, until};
use miocene::{
    EventLoop, Flow, Receiver, SendError, Sender, Token, TryRecvError, TrySendError, channel,
    handlers,
};

const MESSAGES: Token = Token(0);

struct Inbox {
    messages: Receiver<u64>,
    received: Vec<u64>,
    /// To which the handler sends until it is full.
    own: Option<Sender<u64>>,
    refused: Vec<u64>,
    stops_at: Option<u64>,
}

#[handlers]
impl Inbox {
    #[handler(token = MESSAGES)]
    fn message(&mut self, message: u64) -> Flow {
        self.received.push(message);
        if let Some(own) = self.own.take() {
            let refused = (100..).find_map(|number| own.send(number).err());
            match refused {
                Some(SendError::OwnLoop(number)) => self.refused.push(number),
                refused => panic!("{refused:?}"),
            }
        }
        match self.stops_at == Some(message) {
            true => Flow::Stop,
            false => Flow::Continue,
        }
    }
}

fn inbox(capacity: usize) -> (Inbox, Sender<u64>) {
    let (sender, messages) = channel(capacity);
    let inbox = Inbox {
        messages,
        received: Vec::new(),
        own: None,
        refused: Vec::new(),
        stops_at: None,
    };
    (inbox, sender)
}

#[test]
fn what_is_sent_before_the_first_turn_and_between_runs_is_found() {
    let (mut app, sender) = inbox(16);
    let mut event_loop = EventLoop::new().unwrap();
    for run in 0..3 {
        sender.send(run).unwrap();
        app.stops_at = Some(run);
        event_loop.run(&mut app).unwrap();
    }
    sender.send(3).unwrap();
    app.stops_at = Some(3);
    EventLoop::new().unwrap().run(&mut app).unwrap();
    assert_eq!(app.received, [0, 1, 2, 3]);
}

#[test]
fn what_a_loop_has_left_is_taken_out_and_the_end_is_still_told() {
    let (mut app, sender) = inbox(16);
    for number in 0..4 {
        sender.send(number).unwrap();
    }
    app.stops_at = Some(1);
    EventLoop::new().unwrap().run(&mut app).unwrap();
    assert_eq!(app.messages.try_recv(), Ok(2));
    assert_eq!(app.messages.try_recv(), Ok(3));
    assert_eq!(app.messages.try_recv(), Err(TryRecvError::Empty));
    let mut event_loop = EventLoop::new().unwrap();
    while !sleeps(&mut event_loop, &mut app) {}
    sender.send(4).unwrap();
    drop(sender);
    assert_eq!(app.messages.try_recv(), Ok(4));
    assert_eq!(app.messages.try_recv(), Err(TryRecvError::Disconnected));
    let ends = (0..2).any(|_| event_loop.turn(&mut app, LONG).unwrap().finished);
    assert!(ends, "it sleeps on");
    assert_eq!(app.received, [0, 1]);
}

#[test]
fn when_the_receiver_is_gone_senders_get_their_messages_back() {
    let (app, sender) = inbox(1);
    sender.send(1).unwrap();
    let waiting = sender.clone();
    let waiting = thread::spawn(move || waiting.send(2));
    drop(app);
    // Whether it has waited for room or comes later.
    assert!(matches!(waiting.join().unwrap(), Err(SendError::Closed(2))));
    assert!(matches!(sender.send(3), Err(SendError::Closed(3))));
    assert!(matches!(
        sender.try_send(4),
        Err(TrySendError::Disconnected(4))
    ));
}

#[test]
fn when_the_last_sender_is_gone_a_loop_that_sleeps_ends() {
    for _ in 0..100 {
        let (mut app, sender) = inbox(4);
        let other = sender.clone();
        let (ended, end) = mpsc::channel();
        let running = thread::spawn(move || {
            EventLoop::new().unwrap().run(&mut app).unwrap();
            ended.send(app.received).unwrap();
        });
        sender.send(1).unwrap();
        drop(sender);
        // It goes on as long as there is one.
        other.send(2).unwrap();
        drop(other);
        let received = end.recv_timeout(LONG.unwrap()).expect("the loop sleeps on");
        assert_eq!(received, [1, 2]);
        running.join().unwrap();
    }
}
