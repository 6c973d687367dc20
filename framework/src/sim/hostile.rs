use std::collections::VecDeque;
use std::io;
use std::time::Duration;

use mio::Token;

use super::batch::{self, UNEARNED};
use super::choices::Choices;
use super::faults::Faults;
use super::site::Site;
use crate::Config;
use crate::system::{Event, Events, production};

/// Misbehaviour of a running program's own loop, on real sockets: of the kinds
/// that no system promises not to show. With
/// [`Config::hostile`](crate::Config::hostile) Linux shows what others do.
///
/// Events come that nobody has earned, or for tokens that nobody has any more; they
/// come in another order, some only in a later turn; waits are interrupted; and
/// each drain takes one item.
///
/// # Examples
///
/// ```
/// use miocene::sim::Hostile;
/// use miocene::{Config, EventLoop};
///
/// let mut config = Config::default();
/// config.hostile = Some(Hostile::seed(84));
/// let event_loop = EventLoop::with_config(config)?;
/// # Ok::<(), miocene::Error>(())
/// ```
///
/// # Notes
///
/// A program that handles its sources correctly does the same with it, only more
/// slowly. The seed makes what is chosen repeatable as far as the real system is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hostile {
    seed: u64,
}

impl Hostile {
    /// The misbehaviour that is drawn from a seed.
    pub fn seed(seed: u64) -> Hostile {
        Hostile { seed }
    }
}

/// What becomes of the events of a poll; nothing, unless it is asked for.
#[derive(Debug)]
pub(crate) struct Hostility(Option<Box<Enemy>>);

#[derive(Debug)]
struct Enemy {
    choices: Choices,
    /// Tokens that there were events for.
    seen: VecDeque<Token>,
    /// Events that come in the next turn.
    held_back: Vec<Event>,
}

impl Hostility {
    pub(crate) fn of(config: &Config) -> Hostility {
        let enemy = config.hostile.as_ref().map(|hostile| Enemy {
            choices: Choices::from_seed(hostile.seed, &Faults::all()),
            seen: VecDeque::new(),
            held_back: Vec::new(),
        });
        Hostility(enemy.map(Box::new))
    }

    /// Whether the next wait has something, of which the poll does not know.
    pub(crate) fn holds_events(&self) -> bool {
        self.0
            .as_ref()
            .is_some_and(|enemy| !enemy.held_back.is_empty())
    }

    pub(crate) fn poll(
        &mut self,
        poll: &mut production::Poll,
        events: &mut Events,
        timeout: Option<Duration>,
    ) -> io::Result<()> {
        match &mut self.0 {
            None => events.poll(poll, timeout),
            Some(enemy) => enemy.poll(poll, events, timeout),
        }
    }
}

impl Enemy {
    fn poll(
        &mut self,
        poll: &mut production::Poll,
        events: &mut Events,
        timeout: Option<Duration>,
    ) -> io::Result<()> {
        self.choices.forget_made();
        if self.choices.happens(Site::InterruptedWait) {
            return Err(io::ErrorKind::Interrupted.into());
        }
        // Who is held back does not wait for others.
        let timeout = match self.held_back.is_empty() {
            true => timeout,
            false => Some(Duration::ZERO),
        };
        events.poll(poll, timeout)?;
        let capacity = events.capacity();
        let taken = events.taken();
        self.remember(taken);
        let before = std::mem::take(&mut self.held_back);
        for event in std::mem::replace(taken, before) {
            match self.choices.happens(Site::Late) {
                true => self.held_back.push(event),
                false => taken.push(event),
            }
        }
        if self.choices.happens(Site::Spurious) {
            taken.extend(self.unearned());
        }
        batch::shuffle(taken, |bound| self.choices.choose(Site::Shuffle, bound));
        // More than there is room for is for the next turn as well.
        if taken.len() > capacity {
            self.held_back.extend(taken.drain(capacity..));
        }
        Ok(())
    }

    fn remember(&mut self, events: &[Event]) {
        const REMEMBERED: usize = 64;
        for event in events {
            if !self.seen.contains(&event.token()) {
                self.seen.push_front(event.token());
            }
        }
        self.seen.truncate(REMEMBERED);
    }

    fn unearned(&mut self) -> Option<Event> {
        let chosen = self.choices.choose(Site::Draw, self.seen.len() as u64) as usize;
        let said = self.choices.choose(Site::Draw, UNEARNED.len() as u64) as usize;
        self.seen
            .get(chosen)
            .map(|token| Event::new(*token, UNEARNED[said]))
    }
}
