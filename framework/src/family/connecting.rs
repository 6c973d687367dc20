//! How a member is connected: settling it goes on with that.

use std::io;
use std::time::{Duration, Instant};

use super::Member;
use super::connect::Outbound;
use super::going::Step;
use super::place::Flag;
use super::settle::Case;
use crate::planted::Bug;
use crate::state::{after, read_clock};
use crate::tokens::index_of;
use crate::{Closed, ConnectError, Handlers, selector};

/// What a member that is connecting waits for.
enum Wait {
    /// An event, but not longer than until then.
    Event(Instant),
    /// The time to try again, or to tell why it has failed.
    Time(Instant),
}

impl<A: Handlers, S: Member<K>, K> Case<'_, '_, A, S, K> {
    /// Whether the member is still connecting.
    pub(super) fn is_connecting(&mut self) -> bool {
        let index = index_of(self.token);
        self.family().connecting.has(index)
    }

    /// Goes on with connecting. Whether the member is connected now; the error is
    /// why it leaves.
    pub(super) fn connect(&mut self) -> Result<bool, Closed> {
        let index = index_of(self.token);
        let Some(mut outbound) = self.family().connecting.take(index) else {
            return Ok(true);
        };
        let wait = match self.advance_connecting(&mut outbound) {
            Ok(None) => {
                self.has_connected(index);
                return Ok(true);
            }
            Ok(Some(wait)) => wait,
            Err(why) => self.put_off(&mut outbound, why)?,
        };
        self.family().connecting.put(index, outbound);
        self.wait(index, wait)?;
        Ok(false)
    }

    /// Whoever closes it has the first word; one that has something to say is
    /// connected for that.
    fn advance_connecting(&mut self, outbound: &mut Outbound<S>) -> Result<Option<Wait>, Closed> {
        let failed = outbound.failed.take();
        match self.take_step() {
            Some(Step::Flush(why))
                if self.has_unsent()
                    && failed.is_none()
                    && !Bug::DropsWhatWaitsForTheConnection.is_planted() =>
            {
                self.put_step(Step::Flush(why));
                let attempt = self.attempt(outbound);
                outbound.vain |= attempt.is_err();
                attempt.map_err(|error| self.take_step().map_or(error, Step::into_why))
            }
            // Somebody wants it to be gone.
            Some(step) if failed.is_some() => {
                outbound.by_hook = false;
                Err(failed.unwrap_or(step.into_why()))
            }
            Some(step) => Err(step.into_why()),
            None => {
                let attempt = failed.map_or_else(|| self.attempt(outbound), Err);
                outbound.vain |= attempt.is_err();
                attempt
            }
        }
    }

    /// One step of the recipe. None when it is connected.
    fn attempt(&mut self, outbound: &mut Outbound<S>) -> Result<Option<Wait>, Closed> {
        let now = read_clock();
        let limit = self.family().limits.connecting;
        let (_, until) = outbound.times(now, limit);
        let failed = |outbound: &Outbound<S>, source| {
            let address = outbound.to.name();
            Closed::Connect(ConnectError { address, source })
        };
        let asked = self.registered && !self.has(Flag::Blocked);
        let begun = match self.registered {
            true if asked && Bug::TakesWritableForConnected.is_planted() => Ok(Some(true)),
            true if asked => outbound.to.is_connected(&mut self.member).map(Some),
            true => Ok(Some(false)),
            false => outbound.to.begin(&mut self.member).map(|()| None),
        };
        match begun {
            Ok(Some(true)) => Ok(None),
            Ok(_) if now >= until => Err(failed(outbound, too_late(limit))),
            Ok(Some(false)) => Ok(Some(Wait::Event(until))),
            Ok(None) => {
                self.expect_room();
                self.take_in()?;
                if Bug::TellsOpenedTwice.is_planted() {
                    self.tell_opened();
                }
                Ok(Some(Wait::Event(until)))
            }
            Err(error) if has_no_room(&error) && now < until => {
                if Bug::NeverConnectsAgain.is_planted() {
                    return Ok(Some(Wait::Event(until)));
                }
                let delay = self.cx.state.config.retry_delay;
                Ok(Some(Wait::Time(after(now, delay).min(until))))
            }
            Err(error) => Err(failed(outbound, error)),
        }
    }

    /// When a failure is to be told that is not to be told yet.
    fn put_off(&mut self, outbound: &mut Outbound<S>, why: Closed) -> Result<Wait, Closed> {
        let again = outbound.by_hook && (outbound.vain || matches!(why, Closed::Refused));
        let waits = again && !self.cx.state.stopping;
        if !waits || Bug::ConnectsAgainWithoutPause.is_planted() {
            return Err(why);
        }
        let (now, delay) = (read_clock(), self.cx.state.config.retry_delay);
        let (begun, _) = outbound.times(now, Duration::ZERO);
        let due = after(begun, delay);
        if now >= due {
            return Err(why);
        }
        outbound.failed = Some(why);
        Ok(Wait::Time(due))
    }

    /// What was sent waits, within the limits of output, and nothing is read.
    fn wait(&mut self, index: u32, wait: Wait) -> Result<(), Closed> {
        self.expect_room();
        if self.member.outbox().is_some_and(|out| !out.is_unused()) {
            self.flush()?;
        }
        let time = match wait {
            Wait::Event(until) => {
                // An event that was for nothing is to be followed by others.
                if selector::REARMS {
                    self.watch_anew();
                }
                until
            }
            Wait::Time(time) => time,
        };
        let family = self.family();
        family.set(index, Flag::Resting);
        if !Bug::ForgetsTheConnectDeadline.is_planted() {
            family.going.rest(index, time);
        }
        Ok(())
    }

    /// The poll is to tell of room to write.
    fn expect_room(&mut self) {
        self.mark(|place, tokens| {
            place.set(tokens, Flag::Blocked);
            place.set(tokens, Flag::Asked);
        });
    }

    fn has_connected(&mut self, index: u32) {
        let family = self.family();
        family.going.ends_rest(index);
        family.clear(index, Flag::Resting);
        family.clear(index, Flag::Blocked);
        family.clear(index, Flag::Asked);
        family.places[index as usize].begin_anew();
        // Room to write is of no interest until a write comes up short.
        self.watch_anew();
        // Who is on the way out is told of nothing more.
        if !self.is_going() {
            self.tell_opened();
        }
    }

    fn has_unsent(&mut self) -> bool {
        let out = self.member.outbox();
        out.is_some_and(|out| !out.unsent().is_empty())
    }
}

fn too_late(limit: Duration) -> io::Error {
    io::Error::new(
        io::ErrorKind::TimedOut,
        format!("not connected within {limit:?}: see `Family::connecting`"),
    )
}

/// Whoever listens on a Unix socket has no room for another yet (connect(2),
/// EAGAIN), or a signal came. No event will tell.
fn has_no_room(error: &io::Error) -> bool {
    let kind = error.kind();
    kind == io::ErrorKind::WouldBlock || kind == io::ErrorKind::Interrupted
}
