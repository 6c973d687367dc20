use std::io;
use std::time::{Duration, Instant};

use mio::event::Source;

use super::moment::{due, from_now};
use crate::source::Unregistered;
use crate::{Drain, Input, Next, Waking};

/// A source that yields a [`Tick`] each time a period has passed.
///
/// Ticks do not drift: the n-th is due n periods after the beginning, however late
/// the ones before it were. What becomes of those that could not come in time, since
/// a handler ran for too long or the process was stopped, [`Missed`] says.
///
/// # Examples
///
/// ```
/// use miocene::{EventLoop, Flow, Interval, Tick, Token, handlers};
/// use std::time::Duration;
///
/// const HEARTBEAT: Token = Token(0);
///
/// struct App { heartbeat: Interval, beats: u32 }
///
/// #[handlers]
/// impl App {
///     #[handler(token = HEARTBEAT)]
///     fn beats(&mut self, _: Tick) -> Flow {
///         self.beats += 1;
///         if self.beats == 3 { Flow::Stop } else { Flow::Continue }
///     }
/// }
///
/// # fn main() -> miocene::Result<()> {
/// let heartbeat = Interval::every(Duration::from_millis(1));
/// let mut app = App { heartbeat, beats: 0 };
/// EventLoop::new()?.run(&mut app)?;
/// assert_eq!(app.beats, 3);
/// # Ok(())
/// # }
/// ```
///
/// # Notes
///
/// Never early, and late by at most a millisecond and the handler that is running.
///
/// It ends when its handler returns [`Flow::Close`](crate::Flow::Close), and begins anew
/// with [`Context::attach`](crate::Context::attach).
#[derive(Debug)]
pub struct Interval {
    period: Duration,
    missed: Missed,
    /// When the next tick should come.
    next: Instant,
    changed: bool,
    unregistered: Unregistered,
}

/// An expiration of an [`Interval`].
///
/// # Examples
///
/// See [`Interval`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Tick {
    /// When it was due.
    pub due: Instant,
    /// How many ticks before it did not come: with [`Missed::Skip`] and
    /// [`Missed::Delay`].
    pub missed: u64,
}

/// What becomes of ticks whose time has passed before they could come.
///
/// # Examples
///
/// See [`Interval::missed`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Missed {
    /// They are left out: one tick comes, and the next one is due where it would
    /// have been. The default.
    #[default]
    Skip,
    /// Each of them comes, one after the other.
    Burst,
    /// One tick comes, and the next one is due a period after that.
    Delay,
}

impl Interval {
    /// Ticks after each period, the first one after one period from now. A period
    /// of zero is taken for a nanosecond.
    pub fn every(period: Duration) -> Interval {
        let period = period.max(Duration::from_nanos(1));
        Interval {
            period,
            missed: Missed::default(),
            next: from_now(period),
            changed: true,
            unregistered: Unregistered,
        }
    }

    /// What becomes of ticks that could not come in time.
    ///
    /// # Examples
    ///
    /// ```
    /// use miocene::{Interval, Missed};
    /// use std::time::Duration;
    ///
    /// let clock = Interval::every(Duration::from_secs(1)).missed(Missed::Burst);
    /// # let _ = clock;
    /// ```
    pub fn missed(mut self, missed: Missed) -> Interval {
        self.missed = missed;
        self
    }

    /// The period.
    pub fn period(&self) -> Duration {
        self.period
    }

    /// Begins anew with another period, the first tick of which is due one of them
    /// from now.
    pub fn set_period(&mut self, period: Duration) {
        let missed = self.missed;
        *self = Interval::every(period).missed(missed);
    }

    /// Has the next tick come at a time, and those after it a period from each
    /// other.
    pub fn next_at(&mut self, next: Instant) {
        self.next = due(next);
        self.changed = true;
    }

    /// How many periods have passed since the next tick was due.
    fn passed(&self, now: Instant) -> u64 {
        let late = now.saturating_duration_since(self.next);
        u64::try_from(late.as_nanos() / self.period.as_nanos()).unwrap_or(u64::MAX)
    }

    /// So many periods after the next tick.
    fn after(&self, periods: u64) -> Instant {
        let nanoseconds = self.period.as_nanos().saturating_mul(u128::from(periods));
        let seconds = u64::try_from(nanoseconds / 1_000_000_000).unwrap_or(u64::MAX);
        let rest = (nanoseconds % 1_000_000_000) as u32;
        crate::state::after(self.next, Duration::new(seconds, rest))
    }
}

impl Drain for Interval {
    type Item<'b> = Tick;

    fn source(&mut self) -> &mut dyn Source {
        &mut self.unregistered
    }

    fn next(&mut self, input: &mut Input) -> io::Result<Next<Tick>> {
        self.changed = false;
        let now = input.now();
        if self.next > now {
            return Ok(Next::Until(Some(self.next)));
        }
        let passed = self.passed(now);
        let (due, next, missed) = match self.missed {
            Missed::Burst => (self.next, self.after(1), 0),
            Missed::Skip => (
                self.after(passed),
                self.after(passed.saturating_add(1)),
                passed,
            ),
            Missed::Delay => (self.next, crate::state::after(now, self.period), passed),
        };
        self.next = next;
        Ok(Next::Item(Tick { due, missed }))
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
