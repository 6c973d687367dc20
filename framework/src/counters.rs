use crate::{Closed, Ended};

/// What a loop has met since it was made. Only rare things are counted, so
/// that counting costs nothing on the way of an event.
///
/// What a listener met while accepting is counted by the listener:
/// [`TcpListener::counts`](crate::net::TcpListener::counts).
///
/// # Examples
///
/// ```
/// let event_loop = miocene::EventLoop::new()?;
/// assert_eq!(event_loop.counters().budget_cuts, 0);
/// # Ok::<(), miocene::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Counters {
    /// Strangers that came: connections accepted, datagrams.
    pub accepted: u64,
    /// Members of families that were registered.
    pub opened: u64,
    /// Members that left, by the reason that `#[closed]` is told.
    pub closed: ClosedCounts,
    /// Members that left with something unsent, though they were to be flushed:
    /// the peer did not take it in time, or the connection broke.
    pub cut: u64,
    /// Drains that ended because their budget was used up.
    pub budget_cuts: u64,
    /// Events for a token that no handler has, or for a source that was
    /// detached, or replaced by another in the same turn; or for a member that has gone.
    pub stale_events: u64,
    /// Times a source asked to rest.
    pub rests: u64,
    /// Polls that a signal interrupted.
    pub interrupted_polls: u64,
    /// Errors of handlers about strangers ([`Drain::STRANGERS`](crate::Drain::STRANGERS)),
    /// each of which cost one item.
    pub items_failed: u64,
    /// Sources that were taken off the kernel because they kept waking the
    /// loop while they were paused or at rest.
    pub taken_off: u64,
}

/// How many members left their families, by reason: see [`Closed`].
///
/// # Examples
///
/// ```
/// let event_loop = miocene::EventLoop::new()?;
/// assert_eq!(event_loop.counters().closed.refused, 0);
/// # Ok::<(), miocene::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct ClosedCounts {
    /// [`Closed::Asked`].
    pub asked: u64,
    /// [`Closed::Aborted`].
    pub aborted: u64,
    /// [`Closed::Left`].
    pub left: u64,
    /// [`Closed::Ended`] with [`Ended::Eof`].
    pub eof: u64,
    /// [`Closed::Ended`] with [`Ended::Frame`].
    pub frame: u64,
    /// [`Closed::Ended`] with [`Ended::TooLong`].
    pub too_long: u64,
    /// [`Closed::Ended`] with [`Ended::Deadline`].
    pub deadline: u64,
    /// [`Closed::Ended`] with [`Ended::Idle`].
    pub idle: u64,
    /// [`Closed::Ended`] with [`Ended::Io`].
    pub io: u64,
    /// [`Closed::Failed`].
    pub failed: u64,
    /// [`Closed::Panicked`].
    pub panicked: u64,
    /// [`Closed::Refused`].
    pub refused: u64,
    /// [`Closed::Connect`].
    pub connect: u64,
    /// [`Closed::Register`].
    pub register: u64,
    /// [`Closed::Write`].
    pub write: u64,
    /// [`Closed::Overflow`].
    pub overflow: u64,
    /// [`Closed::Replaced`].
    pub replaced: u64,
    /// [`Closed::Stopped`].
    pub stopped: u64,
}

impl Counters {
    pub(crate) fn count(&mut self, why: &Closed) {
        let closed = &mut self.closed;
        *match why {
            Closed::Asked => &mut closed.asked,
            Closed::Aborted => &mut closed.aborted,
            Closed::Left => &mut closed.left,
            Closed::Ended(Ended::Eof) => &mut closed.eof,
            Closed::Ended(Ended::Frame(_)) => &mut closed.frame,
            Closed::Ended(Ended::TooLong) => &mut closed.too_long,
            Closed::Ended(Ended::Deadline) => &mut closed.deadline,
            Closed::Ended(Ended::Idle) => &mut closed.idle,
            Closed::Ended(Ended::Io(_)) => &mut closed.io,
            Closed::Failed(_) => &mut closed.failed,
            Closed::Panicked => &mut closed.panicked,
            Closed::Refused => &mut closed.refused,
            Closed::Connect(_) => &mut closed.connect,
            Closed::Register(_) => &mut closed.register,
            Closed::Write(_) => &mut closed.write,
            Closed::Overflow => &mut closed.overflow,
            Closed::Replaced => &mut closed.replaced,
            Closed::Stopped => &mut closed.stopped,
        } += 1;
    }
}
