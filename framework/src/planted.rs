//! Mistakes that can be planted in the loop, so that tests can show that the
//! simulator finds them.
//!
//! Each is one that a programmer could make, at the place where it would be made,
//! and none is there in production: without `--cfg miocene_planted` the question
//! for it is the constant `false`.

macro_rules! bugs {
    ($($(#[doc = $doc:literal])+ $bug:ident,)+) => {
        /// A mistake, as something that the loop would do.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Bug { $($(#[doc = $doc])+ $bug,)+ }

        #[cfg(miocene_planted)]
        impl Bug {
            /// All that can be planted.
            pub const ALL: &[Bug] = &[$(Bug::$bug,)+];
        }
    };
}

bugs! {
    /// Accepts one connection for an event, and waits for the next.
    AcceptsOnce,
    /// A connection that failed before it was accepted ends the drain.
    StopsAtAFailedPeer,
    /// When descriptors have run out, waits for an event in place of a deadline.
    NeverAcceptsAgain,
    /// Takes a listener for dead when descriptors have run out.
    GivesUpWhenExhausted,
    /// Takes an interrupted accept for one that finds nobody.
    TakesInterruptedForDry,
    /// Takes whoever is inserted, whatever the cap says.
    IgnoresTheCap,
    /// Does not tell listeners that there is room again.
    TellsNobodyOfRoom,
    /// The listener that has begun to wait first always comes first.
    ServesTheSameFirst,

    /// Leaves a single source without a latch when its budget is used up.
    LosesEdgeOnBudget,
    /// The same for a member.
    MemberLosesEdgeOnBudget,
    /// Leaves a source without a latch when its handler pauses it, or there is no room.
    LosesEdgeOnPause,
    /// Forgets what comes for a member while it is held.
    LosesEdgeWhileHeld,
    /// Does not look at a member when it is resumed.
    ForgetsTheResumed,
    /// Does not register again what was taken off the kernel.
    LeavesTheResumedAway,
    /// Goes on to the next item though the handler has paused its source.
    GoesOnThoughPaused,
    /// Dispatches an event to a source that has been detached.
    DispatchesToTheDetached,
    /// Sleeps though something is in the ready queue.
    SleepsOnReadyQueue,
    /// Sleeps for as long as it takes, whatever the next deadline is.
    SleepsThroughDeadlines,
    /// Knows of one rest only, when several end at different times.
    ForgetsOtherRests,
    /// After a panic of a handler, the other events of the batch are forgotten.
    DropsEventsAfterPanic,

    /// A token of a member that has gone reaches the one in its place.
    IgnoresVersion,
    /// A member that cannot be registered is dropped without a word.
    DropsTheUnregistered,
    /// A member that was closed still counts when it has gone.
    CountsTheGone,
    /// A member that leaves with something unread leaves it behind.
    LeavesUnreadBehind,

    /// Takes WRITABLE for connected, and does not ask the socket for its error.
    TakesWritableForConnected,
    /// Takes a socket without an error for connected, though it has no peer.
    ConnectsWithoutPeer,
    /// Does not see that a socket is connected to itself.
    ConnectsToItself,
    /// Waits for a connection for as long as the system does.
    ForgetsTheConnectDeadline,
    /// Waits for an event though the system has only said that there is no room now.
    NeverConnectsAgain,
    /// Tells that a member is opened when its socket was made, and once more.
    TellsOpenedTwice,
    /// Has a hook connect again at once.
    ConnectsAgainWithoutPause,
    /// A member that is closed does not wait to be connected, though something is unsent.
    DropsWhatWaitsForTheConnection,

    /// Takes a write that came up short for a whole one.
    DropsTailOfShortWrite,
    /// Waits for an event after a write that came up short, though none is owed.
    WaitsAfterShortWrite,
    /// Does not write what a handler has sent to its own member.
    ForgetsToFlush,
    /// Does not write what a handler has sent to others.
    ForgetsToFlushNeighbours,
    /// Does not ask for WRITABLE when there is no room.
    NeverAsksForRoom,
    /// Does not hear that there is room.
    IgnoresRoom,
    /// Takes an interrupted write for a failed one.
    TakesInterruptedForFailed,
    /// Takes a lack of memory for the end of a connection.
    TakesNoBuffersForFailed,
    /// Does not write again when memory had run out.
    NeverWritesAgain,
    /// What has been written is written once more when something is sent behind.
    WritesTwice,
    /// Memory that is given back still has in it what was sent.
    KeepsWhatWasSent,
    /// A WRITABLE handler is told of an edge only, not of each send.
    TellsWritableOfEdgesOnly,

    /// Reads on whatever is unsent.
    HasNoHighWatermark,
    /// A member that was not read above the high watermark never is again.
    NeverResumesBelowLow,
    /// A WRITABLE handler is called though too much is unsent.
    TellsWritableAboveLow,
    /// Takes whatever is sent to somebody who does not read.
    HasNoHardCap,

    /// Believes a short read though the event has said that the end is there.
    BelievesShortReads,
    /// Half a frame is dropped when another member is read.
    DropsCarried,
    /// Half a frame goes to the member that is read next.
    GivesCarriedToAnother,
    /// Looks for the end of a frame behind where it may be.
    SkipsWhatItHasNotSeen,
    /// A frame may be as long as it likes.
    HasNoFrameLimit,
    /// The last line is lost if it has no end.
    DropsTheLastFrame,

    /// Takes the end of a stream for nothing.
    OverlooksTheEnd,
    /// A peer that ends its direction is closed before it is answered.
    ClosesTheHalfClosed,
    /// Does not remember that the end was told.
    TellsTheEndTwice,
    /// Closes while the peer is still sending, which takes its last words away.
    ForgetsToLinger,
    /// Lingers for as long as the peer likes.
    LingersForEver,
    /// A stop drops what is unsent.
    StopDropsUnsent,
    /// A stop waits for as long as the peers like.
    StopsWithoutGrace,

    /// Who sends something is not known to be alive.
    TouchesNoDeadline,
    /// Nobody is idle for too long.
    NobodyIsIdle,
    /// Each byte of a message gives it more time.
    EachByteBuysTime,
    /// Tells who is late before the events of the turn.
    ExpiresBeforeReading,
}

impl Bug {
    /// Whether the loop of this thread makes this mistake.
    #[cfg(not(miocene_planted))]
    #[inline(always)]
    pub(crate) const fn is_planted(self) -> bool {
        false
    }

    /// Whether the loop of this thread makes this mistake.
    #[cfg(miocene_planted)]
    pub(crate) fn is_planted(self) -> bool {
        PLANTED.get() == Some(self)
    }
}

#[cfg(miocene_planted)]
thread_local! {
    static PLANTED: std::cell::Cell<Option<Bug>> = const { std::cell::Cell::new(None) };
}

/// Has the loops of this thread make a mistake from now on, or none.
#[cfg(miocene_planted)]
pub fn plant(bug: Option<Bug>) {
    PLANTED.set(bug);
}
