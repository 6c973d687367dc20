use std::time::Duration;

use crate::{Error, Result};

/// The limits of a loop. Each has a name, a unit and a default.
///
/// # Examples
///
/// ```
/// use miocene::{Config, EventLoop};
///
/// let mut config = Config::default();
/// config.budget = 16;
/// let event_loop = EventLoop::with_config(config)?;
/// # Ok::<(), miocene::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Config {
    /// Items that one drain takes from a source before the others have their
    /// turn, and calls of a raw handler for one event, or of a connection's
    /// WRITABLE handler in one turn. What is left goes to the end of the ready
    /// queue, and the next poll does not sleep. At least 1; default 64.
    ///
    /// One drain of a connection also reads no more than
    /// [`Input::CAPACITY`](crate::Input::CAPACITY) bytes, 64 KiB.
    pub budget: u32,
    /// The budget of a listener: accepts in one drain. Lower it where what a
    /// connection costs is much, so that a flood of them does not delay those
    /// that are being served. At least 1; default 64.
    pub accepts: u32,
    /// How long a listener rests when accepting fails for want of descriptors
    /// or memory, or again and again; then it tries by itself. So does a write
    /// to a connection for which the system has no memory. More than zero;
    /// default 100 ms.
    pub retry_delay: Duration,
    /// Events that one poll can report. The buffer doubles when it comes back
    /// full, up to [`event_capacity_max`](Self::event_capacity_max). At least
    /// 1; default 1024, 12 KiB on Linux.
    pub event_capacity: usize,
    /// Where the event buffer stops growing, in events. At least
    /// [`event_capacity`](Self::event_capacity), at most 2^24; default 65,536.
    pub event_capacity_max: usize,
    /// Events that a source or a member may cause while it is paused, rests or
    /// is above its high watermark, before it is taken off the kernel until it
    /// goes on: a pause costs no system call, unless somebody keeps waking the
    /// loop through it. Default 16.
    pub wakes_while_paused: u32,
    /// How long a [graceful stop](crate::Context::stop) waits at the most, before
    /// the members that are left are closed; zero is at once. It waits for what is
    /// unsent to be sent, and then, as [`linger`](crate::Family::linger) allows, for
    /// peers that are still sending or were waited for already. Default 10 seconds.
    pub grace: Duration,
    /// What may be sent to members from elsewhere ([`Remote`](crate::Remote)) and
    /// has not been delivered yet, in messages, whatever their size. At least 1;
    /// default 1024.
    pub mailbox: usize,
    /// What a panic of a family's handler does. Default
    /// [`Panics::Unwind`].
    pub panics: Panics,
    /// Misbehaviour that the loop adds to that of the system, for tests. Only
    /// with the feature `sim`. Default none.
    #[cfg(feature = "sim")]
    pub hostile: Option<crate::sim::Hostile>,
}

/// What the loop does when the handler of a member panics.
///
/// # Examples
///
/// ```
/// use miocene::{Config, EventLoop, Panics};
///
/// let mut config = Config::default();
/// config.panics = Panics::CloseMember;
/// let event_loop = EventLoop::with_config(config)?;
/// # Ok::<(), miocene::Error>(())
/// ```
///
/// # Notes
///
/// A panic may have left the application half changed. To go on is right for
/// applications whose handlers change little but the member that they are for.
/// With `panic = "abort"` in the profile the process ends in any case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Panics {
    /// It unwinds through [`run`](crate::EventLoop::run); everything is
    /// deregistered, and each member leaves through `#[closed]`.
    #[default]
    Unwind,
    /// The member leaves with [`Closed::Panicked`](crate::Closed::Panicked),
    /// and the loop goes on. A panic of a single source's handler unwinds.
    CloseMember,
}

impl Default for Config {
    fn default() -> Config {
        Config {
            budget: 64,
            accepts: 64,
            retry_delay: Duration::from_millis(100),
            event_capacity: 1024,
            event_capacity_max: 65_536,
            wakes_while_paused: 16,
            grace: Duration::from_secs(10),
            mailbox: 1024,
            panics: Panics::Unwind,
            #[cfg(feature = "sim")]
            hostile: None,
        }
    }
}

impl Config {
    pub(crate) fn check(&self) -> Result<()> {
        let rule = if self.budget == 0 || self.accepts == 0 {
            "`budget` and `accepts` must be at least 1"
        } else if self.mailbox == 0 {
            "`mailbox` must be at least 1"
        } else if self.retry_delay.is_zero() {
            "`retry_delay` must be more than zero"
        } else if !(1..=self.event_capacity_max).contains(&self.event_capacity)
            || self.event_capacity_max > 1 << 24
        {
            "`event_capacity` must be at least 1, and `event_capacity_max` from that to 2^24"
        } else {
            return Ok(());
        };
        Err(Error::Config { rule })
    }
}
