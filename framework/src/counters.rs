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
    /// Drains that ended because their budget was used up.
    pub budget_cuts: u64,
    /// Events for a token that no handler has, or for a source that was
    /// detached, or replaced by another in the same turn.
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
