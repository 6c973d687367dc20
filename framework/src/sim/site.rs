//! Where a simulated world decides something.

macro_rules! sites {
    ($($(#[doc = $doc:literal])+ $site:ident = $name:literal,)+) => {
        /// Where something is decided; what is chosen there, and what 0 means.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[repr(u8)]
        pub(super) enum Site { $($(#[doc = $doc])+ $site,)+ }

        const NAMES: &[(Site, &str)] = &[$((Site::$site, $name),)+];
    };
}

sites! {
    /// What the test itself draws.
    Draw = "draw",
    /// How long bytes are on their way; 0: a moment.
    Latency = "latency",
    /// How many of them arrive together; 0: all.
    Segment = "segment",
    /// Which application has the next turn; 0: who has waited longest.
    Order = "order",
    /// How long a peer waits before it does the next thing; 0: a moment.
    Pace = "pace",
    /// How much a peer sends or reads at once; 0: all.
    Portion = "portion",
    /// How much the sender's buffer holds; 0: as much as is usual.
    SendBuffer = "send-buffer",
    /// How much the receiver's buffer holds; 0: as much as is usual.
    ReceiveBuffer = "receive-buffer",

    /// Here the faults begin. A read gives less than has come; the others come a
    /// little later.
    ShortRead = "short-read",
    /// A write takes less than there is room for.
    ShortWrite = "short-write",
    /// A write finds no room; there is some a little later.
    NoRoom = "no-room",
    /// A read, write, accept or connect is interrupted.
    Interrupted = "interrupted",
    /// A wait is interrupted.
    InterruptedWait = "interrupted-wait",
    /// A write finds no memory (ENOBUFS, ENOMEM).
    NoMemory = "no-memory",
    /// An event that nobody has earned.
    Spurious = "spurious",
    /// An event for a token that nobody has, or has no more.
    Stale = "stale",
    /// An event comes later than it could.
    Late = "late",
    /// Events of a batch change places.
    Shuffle = "shuffle",
    /// A batch has fewer events than there are.
    SmallBatch = "small-batch",
    /// An accept fails, for a reason of that connection's.
    AcceptPeer = "accept-peer",
    /// An accept fails for want of descriptors or memory.
    AcceptExhausted = "accept-exhausted",
    /// An accept fails, and nobody knows why.
    AcceptUnknown = "accept-unknown",
    /// An accept finds nobody, though somebody waits; the event comes later.
    AcceptLate = "accept-late",
    /// A connection cannot be registered.
    Register = "register",
    /// The network resets a connection.
    Reset = "reset",
    /// The process stands still for seconds.
    Pause = "pause",
    /// A turn takes milliseconds.
    Slow = "slow",
    /// A socket that is to connect cannot be made, or the system sees at once that it
    /// is of no use.
    ConnectFails = "connect-fails",
    /// What asks for a connection is lost, a few times or each time.
    ConnectLost = "connect-lost",
    /// Where nobody listens, a socket connects to itself.
    ConnectSelf = "connect-self",
    /// An address is not reached, or refuses, whoever listens there: for this one that
    /// connects, or for a time.
    Unreachable = "unreachable",
}

pub(super) const SITES: usize = NAMES.len();

impl Site {
    pub(super) fn all() -> impl Iterator<Item = Site> {
        NAMES.iter().map(|(site, _)| *site)
    }

    /// Whether the world misbehaves, more than the network and the peers
    /// of a well-behaved world differ.
    #[inline]
    pub(super) fn is_fault(self) -> bool {
        self >= Site::ShortRead
    }

    pub(super) fn name(self) -> &'static str {
        NAMES[self as usize].1
    }

    pub(super) fn named(name: &str) -> Option<Site> {
        let named = NAMES.iter().find(|(_, of)| *of == name);
        named.map(|(site, _)| *site)
    }
}
