use std::io;
use std::time::{Duration, Instant};

use mio::event::Source;

use super::moment::{due, from_now};
use crate::source::Unregistered;
use crate::{Drain, Input, Next, Waking};

/// One deadline, set or not. It yields one item when the deadline has come: the
/// deadline that it was; then it is not set any more.
///
/// It is a field like any source, and is set, moved and cleared by plain calls from
/// any handler, also from its own.
///
/// # Examples
///
/// ```
/// use miocene::{Alarm, EventLoop, Flow, Token, handlers};
/// use std::time::{Duration, Instant};
///
/// const BELL: Token = Token(0);
///
/// struct Clock { bell: Alarm, rings: u32 }
///
/// #[handlers]
/// impl Clock {
///     #[handler(token = BELL)]
///     fn rings(&mut self, _due: Instant) {
///         self.rings += 1;
///         if self.rings < 3 {
///             self.bell.set_after(Duration::from_millis(1));
///         }
///     }
/// }
///
/// # fn main() -> miocene::Result<()> {
/// let mut bell = Alarm::new();
/// bell.set_after(Duration::from_millis(1));
/// let mut clock = Clock { bell, rings: 0 };
/// // With nothing that could ever ring, the loop ends.
/// EventLoop::new()?.run(&mut clock)?;
/// assert_eq!(clock.rings, 3);
/// # Ok(())
/// # }
/// ```
///
/// # Notes
///
/// Never early, and late by at most a millisecond and the handler that is running.
/// What is set in a turn is due in a later one, also if its time has come: an alarm
/// that sets itself anew without a pause stops nobody else.
#[derive(Debug, Default)]
pub struct Alarm {
    deadline: Option<Instant>,
    /// When that is due: in the turn after the one in which it was set, or later.
    due: Option<Instant>,
    /// It was changed since the loop has asked.
    changed: bool,
    unregistered: Unregistered,
}

impl Alarm {
    /// An alarm that is not set.
    pub fn new() -> Alarm {
        Alarm::default()
    }

    /// Sets it to so much later than now, in place of what it was set to.
    pub fn set_after(&mut self, length: Duration) {
        self.set_at(from_now(length));
    }

    /// Sets it to a time, in place of what it was set to.
    pub fn set_at(&mut self, deadline: Instant) {
        self.deadline = Some(deadline);
        self.due = Some(due(deadline));
        self.changed = true;
    }

    /// Clears it. Whether it was set.
    pub fn clear(&mut self) -> bool {
        self.due = None;
        self.changed = true;
        self.deadline.take().is_some()
    }

    /// What it is set to.
    pub fn deadline(&self) -> Option<Instant> {
        self.deadline
    }
}

impl Drain for Alarm {
    type Item<'b> = Instant;

    fn source(&mut self) -> &mut dyn Source {
        &mut self.unregistered
    }

    fn next(&mut self, input: &mut Input) -> io::Result<Next<Instant>> {
        self.changed = false;
        if self.due.is_none_or(|due| due > input.now()) {
            return Ok(Next::Until(self.due));
        }
        self.due = None;
        Ok(match self.deadline.take() {
            Some(deadline) => Next::Item(deadline),
            None => Next::Until(None),
        })
    }

    /// What another loop was told is nothing to this one.
    fn woken_by(&mut self, _waking: &mut Waking<'_>) -> io::Result<()> {
        self.changed = true;
        Ok(())
    }

    fn has_news(&self) -> bool {
        self.changed
    }
}
