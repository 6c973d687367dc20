use std::fmt;
use std::io;
use std::time::{Duration, Instant};

use mio::event::Source;

use super::lists::Handle;
use super::moment::from_now;
use super::wheel::Wheel;
use crate::source::Unregistered;
use crate::state::read_clock;
use crate::{Drain, Input, Next, Waking};

/// Any number of deadlines, each with an item of type `K`: the source yields an item
/// when its deadline has come.
///
/// What is set can be cancelled and moved by its [`TimerId`]. Each of these takes
/// constant time, however many there are.
///
/// # Examples
///
/// ```
/// use miocene::{EventLoop, Flow, Timers, Token, handlers};
/// use std::time::Duration;
///
/// const EXPIRY: Token = Token(0);
///
/// struct Cache { expiry: Timers<String>, gone: Vec<String> }
///
/// #[handlers]
/// impl Cache {
///     #[handler(token = EXPIRY)]
///     fn expires(&mut self, key: String) {
///         self.gone.push(key);
///     }
/// }
///
/// # fn main() -> miocene::Result<()> {
/// let mut expiry = Timers::new();
/// expiry.after(Duration::from_millis(2), "second".to_owned());
/// expiry.after(Duration::from_millis(1), "first".to_owned());
/// let never = expiry.after(Duration::MAX, "never".to_owned());
/// assert_eq!(expiry.cancel(never).as_deref(), Some("never"));
///
/// let mut cache = Cache { expiry, gone: Vec::new() };
/// EventLoop::new()?.run(&mut cache)?;
/// assert_eq!(cache.gone, ["first", "second"]);
/// # Ok(())
/// # }
/// ```
///
/// # Notes
///
/// Never early, and late by at most a millisecond, a sixty-fourth of one and the
/// handler that is running. Items come in the order of their deadlines, rounded up to
/// sixty-fourths of a millisecond; of equal ones the first that was set is first. What
/// is set in a turn is due in a later one, also if its time has come: a timer that sets
/// itself anew stops nobody else.
///
/// A deadline more than 139 years after these were made is taken for that time.
///
/// A deadline costs 32 bytes and its item; the memory of those that are gone is
/// used again.
pub struct Timers<K> {
    wheel: Wheel<K>,
    /// What the loop was told when it asked last: until when it waits.
    told: Option<Instant>,
    /// The loop waits for too long, or for nothing.
    changed: bool,
    unregistered: Unregistered,
}

/// Names a deadline of [`Timers`], as long as its item has not come or been
/// cancelled. Not for those of another.
///
/// # Examples
///
/// See [`Timers`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TimerId(Handle);

impl<K> Timers<K> {
    /// No deadlines yet.
    pub fn new() -> Timers<K> {
        Timers {
            wheel: Wheel::new(read_clock()),
            told: None,
            changed: true,
            unregistered: Unregistered,
        }
    }

    /// Sets a deadline so much later than now.
    pub fn after(&mut self, length: Duration, item: K) -> TimerId {
        self.at(from_now(length), item)
    }

    /// Sets a deadline.
    #[inline]
    pub fn at(&mut self, deadline: Instant, item: K) -> TimerId {
        self.hear_of(deadline);
        TimerId(self.wheel.insert(deadline, item))
    }

    /// Takes an item back before its time; none if it has come or been cancelled.
    #[inline]
    pub fn cancel(&mut self, id: TimerId) -> Option<K> {
        let item = self.wheel.cancel(id.0);
        self.changed |= self.is_empty();
        item
    }

    /// Moves a deadline to so much later than now. Whether there is such a
    /// deadline.
    pub fn rearm(&mut self, id: TimerId, length: Duration) -> bool {
        self.rearm_at(id, from_now(length))
    }

    /// Moves a deadline to a time. Whether there is such a deadline.
    #[inline]
    pub fn rearm_at(&mut self, id: TimerId, deadline: Instant) -> bool {
        self.hear_of(deadline);
        self.wheel.rearm(id.0, deadline)
    }

    /// The item of a deadline that is still to come.
    pub fn get(&self, id: TimerId) -> Option<&K> {
        self.wheel.get(id.0)
    }

    /// The item of a deadline that is still to come.
    pub fn get_mut(&mut self, id: TimerId) -> Option<&mut K> {
        self.wheel.get_mut(id.0)
    }

    /// How many deadlines are still to come.
    pub fn len(&self) -> usize {
        self.wheel.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    #[inline]
    fn hear_of(&mut self, deadline: Instant) {
        self.changed |= self.told.is_none_or(|told| deadline < told);
    }
}

impl<K> Drain for Timers<K> {
    type Item<'b> = K;

    fn source(&mut self) -> &mut dyn Source {
        &mut self.unregistered
    }

    fn next(&mut self, input: &mut Input) -> io::Result<Next<K>> {
        self.changed = false;
        if let Some(item) = self.wheel.pop_due() {
            return Ok(Next::Item(item));
        }
        self.wheel.look(input.now());
        if let Some(item) = self.wheel.pop_due() {
            return Ok(Next::Item(item));
        }
        self.told = self.wheel.next_look();
        Ok(Next::Until(self.told))
    }

    /// What another loop was told is nothing to this one.
    fn woken_by(&mut self, _waking: &mut Waking<'_>) -> io::Result<()> {
        self.told = None;
        self.changed = true;
        Ok(())
    }

    fn has_news(&self) -> bool {
        self.changed
    }
}

impl<K> Default for Timers<K> {
    fn default() -> Timers<K> {
        Timers::new()
    }
}

impl<K> fmt::Debug for Timers<K> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Timers")
            .field("deadlines", &self.len())
            .finish_non_exhaustive()
    }
}
