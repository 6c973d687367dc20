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

mod in_a_family {
    use std::collections::BTreeMap;

    use super::*;
    use miocene::{Closed, Context, Family, Interval, Tick, Tokens};
    use std::time::Duration;

    const BEAT: Token = Token(1);
    const INBOXES: Tokens = Tokens::new(1);

    struct Inboxes {
        inboxes: Family<Receiver<u64>>,
        /// So that the loop goes on when all of them are paused.
        beat: Interval,
        received: BTreeMap<Token, Vec<u64>>,
        left: usize,
    }

    #[handlers]
    impl Inboxes {
        #[handler(tokens = INBOXES)]
        fn message(&mut self, cx: &mut Context<'_>, _: &mut Receiver<u64>, message: u64) -> Flow {
            self.received.entry(cx.token()).or_default().push(message);
            match message % 5 {
                // It is not read for a while.
                0 => Flow::Pause,
                _ => Flow::Continue,
            }
        }

        #[closed(tokens = INBOXES)]
        fn closed(&mut self, _: Receiver<u64>, _: Closed) {
            self.left += 1;
        }

        #[handler(token = BEAT)]
        fn beats(&mut self, _: Tick) {}
    }

    #[test]
    fn each_member_is_woken_by_its_own_senders_also_when_it_was_paused() {
        Sim::seeds(0..200).faults(Faults::swarm()).run(|sim| {
            let mut inboxes = Family::new(INBOXES);
            let channels: Vec<(Token, Sender<u64>)> = (0..1 + sim.draw(4))
                .map(|_| {
                    let (sender, receiver) = channel(1 + sim.draw(8) as usize);
                    (inboxes.insert(receiver), sender)
                })
                .collect();
            let app = sim.start(Inboxes {
                inboxes,
                beat: Interval::every(Duration::from_secs(1)),
                received: BTreeMap::new(),
                left: 0,
            });
            let mut sent: BTreeMap<Token, Vec<u64>> = BTreeMap::new();
            for number in 0..sim.draw(100) {
                let which = sim.draw(channels.len() as u64) as usize;
                let (token, sender) = &channels[which];
                if sender.try_send(number).is_ok() {
                    sent.entry(*token).or_default().push(number);
                }
                if sim.draw(3) == 0 {
                    sim.run_for(Duration::from_millis(sim.draw(20)));
                    app.change(|app| app.inboxes.resume(*token));
                }
            }
            let tokens: Vec<Token> = channels.iter().map(|(token, _)| *token).collect();
            drop(channels);
            for _ in 0..100 {
                for token in &tokens {
                    app.change(|app| app.inboxes.resume(*token));
                }
                sim.run_for(Duration::from_secs(1));
            }
            assert_eq!(app.with(|app| app.received.clone()), sent);
            assert_eq!(app.with(|app| app.left), tokens.len());
        });
    }
}
