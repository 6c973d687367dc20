//! Channels into a loop, with threads.
#![cfg(unix)]

mod common;

use std::env;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;

use common::{AT_ONCE, LONG, turn, until};
use miocene::{
    EventLoop, Flow, Receiver, SendError, Sender, Token, TrySendError, channel, handlers,
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

mod crowd {
    use super::*;

    const THREADS: usize = 4;
    const CAPACITY: usize = 64;

    static LIVE: AtomicUsize = AtomicUsize::new(0);

    /// A message that is counted while it is there.
    struct Counted {
        thread: usize,
        number: u64,
    }

    impl Counted {
        fn new(thread: usize, number: u64) -> Counted {
            LIVE.fetch_add(1, Ordering::SeqCst);
            Counted { thread, number }
        }
    }

    impl Drop for Counted {
        fn drop(&mut self) {
            LIVE.fetch_sub(1, Ordering::SeqCst);
        }
    }

    struct Crowd {
        messages: Receiver<Counted>,
        /// What is to come next of each thread.
        next: [u64; THREADS],
        most: usize,
    }

    #[handlers]
    impl Crowd {
        #[handler(token = MESSAGES)]
        fn message(&mut self, message: Counted) {
            assert_eq!(
                message.number, self.next[message.thread],
                "lost, or out of order"
            );
            self.next[message.thread] += 1;
            self.most = self.most.max(LIVE.load(Ordering::SeqCst));
        }
    }

    /// `MIOCENE_MESSAGES=1000000` sends as many from each thread.
    #[test]
    fn of_four_threads_nothing_is_lost_or_out_of_order_and_memory_is_bounded() {
        let each = env::var("MIOCENE_MESSAGES").map_or(100_000, |each| each.parse().unwrap());
        let (sender, messages) = channel(CAPACITY);
        let mut crowd = Crowd {
            messages,
            next: [0; THREADS],
            most: 0,
        };
        let mut event_loop = EventLoop::new().unwrap();
        let mut turns = 1;
        // Wakes are counted from the first turn on.
        assert!(!turn(&mut event_loop, &mut crowd).finished);
        // They end also if the loop fails, since the receiver is dropped then.
        let threads = [0, 1, 2, 3].map(|thread| {
            let sender = sender.clone();
            thread::spawn(move || {
                for number in 0..each {
                    sender.send(Counted::new(thread, number)).unwrap();
                }
            })
        });
        drop(sender);
        while !event_loop.turn(&mut crowd, LONG).unwrap().finished {
            turns += 1;
            #[cfg(all(target_os = "linux", not(mio_unsupported_force_poll_poll)))]
            assert!(
                super::wakes(&event_loop) <= turns,
                "more than one wake for a turn"
            );
        }
        for thread in threads {
            thread.join().unwrap();
        }
        assert_eq!(crowd.next, [each; THREADS]);
        // Each thread holds one that it is about to send, and the handler has one.
        assert!(
            crowd.most <= CAPACITY + THREADS + 1,
            "{} at once",
            crowd.most
        );
        assert!(crowd.most >= CAPACITY, "the channel was never full");
        assert_eq!(LIVE.load(Ordering::SeqCst), 0);
    }
}

/// How often a loop was woken. Where mio runs on epoll, its waker adds 1 to an
/// eventfd that nobody reads, which is the only descriptor in this poll.
#[cfg(all(target_os = "linux", not(mio_unsupported_force_poll_poll)))]
fn wakes(event_loop: &EventLoop) -> u64 {
    use std::os::fd::{AsFd, AsRawFd};

    let poll = event_loop.as_fd().as_raw_fd().to_string();
    let waker = field(&poll, "tfd:").expect("there is a waker");
    let count = field(&waker, "eventfd-count:").expect("it is an eventfd");
    u64::from_str_radix(&count, 16).unwrap()
}

/// The first word of a field that the system shows of a descriptor.
#[cfg(all(target_os = "linux", not(mio_unsupported_force_poll_poll)))]
fn field(descriptor: &str, name: &str) -> Option<String> {
    let info = std::fs::read_to_string(format!("/proc/self/fdinfo/{descriptor}")).unwrap();
    let value = info.lines().find_map(|line| line.strip_prefix(name))?;
    value.split_whitespace().next().map(str::to_owned)
}

#[cfg(all(target_os = "linux", not(mio_unsupported_force_poll_poll)))]
#[test]
fn however_much_is_sent_before_the_loop_looks_it_is_woken_once() {
    let (mut app, sender) = inbox(16);
    let mut event_loop = EventLoop::new().unwrap();
    let _ = turn(&mut event_loop, &mut app);
    let others = [sender.clone(), sender.clone()];
    for round in 1..=10 {
        for number in 0..10 {
            sender.send(number).unwrap();
        }
        for other in &others {
            other.try_send(10).unwrap();
            assert_eq!(wakes(&event_loop), round);
        }
        let expected = 12 * round as usize;
        until(&mut event_loop, &mut app, |app| {
            app.received.len() == expected
        });
    }
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
