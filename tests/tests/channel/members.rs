//! Receivers in a family: each is woken by its own senders.

use std::collections::BTreeMap;

use super::*;
use miocene::{Closed, Context, Family, Tokens};

const INBOXES: Tokens = Tokens::new(1);

struct Inboxes {
    inboxes: Family<Receiver<u64>>,
    received: BTreeMap<Token, Vec<u64>>,
    left: Vec<Token>,
}

#[handlers]
impl Inboxes {
    #[handler(tokens = INBOXES)]
    fn message(&mut self, cx: &mut Context<'_>, _: &mut Receiver<u64>, message: u64) {
        self.received.entry(cx.token()).or_default().push(message);
    }

    #[closed(tokens = INBOXES)]
    fn closed(&mut self, cx: &mut Context<'_>, _: Receiver<u64>, _: Closed) {
        self.left.push(cx.token());
    }
}

impl Inboxes {
    fn new() -> Inboxes {
        Inboxes {
            inboxes: Family::new(INBOXES),
            received: BTreeMap::new(),
            left: Vec::new(),
        }
    }

    fn open(&mut self, capacity: usize) -> (Token, Sender<u64>) {
        let (sender, receiver) = channel(capacity);
        (self.inboxes.insert(receiver), sender)
    }
}

#[test]
fn each_receiver_of_a_family_hears_its_senders_while_the_loop_sleeps() {
    const MESSAGES: u64 = 1_000;

    let mut app = Inboxes::new();
    let channels = [1, 2, 3].map(|capacity| app.open(capacity));
    let tokens = channels.each_ref().map(|(token, _)| *token);
    let (ended, end) = mpsc::channel();
    let running = thread::spawn(move || {
        EventLoop::new().unwrap().run(&mut app).unwrap();
        ended.send(app).unwrap();
    });
    let threads = channels.map(|(_, sender)| {
        thread::spawn(move || (0..MESSAGES).for_each(|number| sender.send(number).unwrap()))
    });
    // With the last sender of each, it leaves.
    let mut app = end.recv_timeout(LONG.unwrap()).expect("the loop sleeps on");
    for thread in threads {
        thread.join().unwrap();
    }
    running.join().unwrap();
    app.left.sort();
    assert_eq!(app.left, tokens);
    for token in tokens {
        assert_eq!(app.received[&token], (0..MESSAGES).collect::<Vec<_>>());
    }
}

#[test]
fn a_message_for_a_member_comes_in_the_turn_that_it_wakes() {
    let mut app = Inboxes::new();
    let (quiet, _quiet) = app.open(4);
    let (token, sender) = app.open(4);
    let mut event_loop = EventLoop::new().unwrap();
    while !sleeps(&mut event_loop, &mut app) {}
    for round in 0..3 {
        let sender = sender.clone();
        let sent = thread::spawn(move || sender.send(round).unwrap());
        let turn = event_loop.turn(&mut app, LONG).unwrap();
        sent.join().unwrap();
        assert!(!turn.finished);
        assert_eq!(app.received[&token].last(), Some(&round));
    }
    assert!(!app.received.contains_key(&quiet));
    event_loop.close(&mut app);
}
