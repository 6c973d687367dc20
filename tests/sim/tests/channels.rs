//! Channels into a loop.
#![cfg(feature = "sim")]

use std::thread;

use miocene::sim::{Faults, Sim};
use miocene::{
    EventLoop, Flow, Receiver, SendError, Sender, Token, TrySendError, channel, handlers,
};

const MESSAGES: Token = Token(0);

struct Inbox {
    messages: Receiver<u64>,
    received: Vec<u64>,
    /// Sends to itself.
    echo: Option<Sender<u64>>,
    refused: u32,
}

#[handlers]
impl Inbox {
    #[handler(token = MESSAGES)]
    fn message(&mut self, message: u64) -> Flow {
        self.received.push(message);
        if let Some(echo) = &self.echo {
            match echo.send(message + 1) {
                Ok(()) => {}
                Err(SendError::OwnLoop(_)) => self.refused += 1,
                Err(error) => panic!("{error}"),
            }
        }
        Flow::Continue
    }
}

fn inbox(messages: Receiver<u64>) -> Inbox {
    Inbox {
        messages,
        received: Vec::new(),
        echo: None,
        refused: 0,
    }
}

#[test]
fn every_message_comes_once_and_in_order() {
    Sim::seeds(0..300).faults(Faults::swarm()).run(|sim| {
        let (sender, messages) = channel(1 + sim.draw(8) as usize);
        let inbox = sim.start(inbox(messages));
        let mut sent = 0;
        for _ in 0..sim.draw(200) {
            match sender.try_send(sent) {
                Ok(()) => sent += 1,
                Err(TrySendError::Full(_)) => {
                    sim.run_for(std::time::Duration::from_millis(sim.draw(20)));
                }
                Err(error) => panic!("{error}"),
            }
        }
        drop(sender);
        sim.calm();
        assert!(
            !inbox.is_running(),
            "with the last sender the source has ended"
        );
        assert_eq!(
            inbox.with(|inbox| inbox.received.clone()),
            (0..sent).collect::<Vec<_>>()
        );
    });
}

#[test]
fn a_loop_that_fills_its_own_channel_is_refused_and_does_not_wait_for_itself() {
    Sim::seeds(0..1).run(|sim| {
        let (sender, messages) = channel(2);
        let mut inbox = inbox(messages);
        inbox.echo = Some(sender.clone());
        let inbox = sim.start(inbox);
        sender.try_send(0).unwrap();
        sender.try_send(100).unwrap();
        sim.run_until(|| inbox.with(|inbox| inbox.received.len()) > 10);
        assert_eq!(
            inbox.with(|inbox| inbox.refused),
            0,
            "there is room when one is taken"
        );
        sender.try_send(200).unwrap_or(());
    });
}

#[test]
fn four_threads_send_and_nothing_is_lost_or_out_of_order() {
    const EACH: u64 = 20_000;
    let (sender, messages) = channel(64);
    let threads: Vec<_> = (0..4)
        .map(|thread| {
            let sender = sender.clone();
            thread::spawn(move || {
                for number in 0..EACH {
                    sender.send(thread << 32 | number).unwrap();
                }
            })
        })
        .collect();
    drop(sender);
    let mut inbox = inbox(messages);
    EventLoop::new().unwrap().run(&mut inbox).unwrap();
    for thread in threads {
        thread.join().unwrap();
    }
    for thread in 0..4 {
        let of_thread = inbox
            .received
            .iter()
            .filter(|message| **message >> 32 == thread);
        assert!(of_thread.map(|message| message & 0xffff_ffff).eq(0..EACH));
    }
}
