use std::time::Duration;

/// The limits of a family. Each has a default that is on without any setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Limits {
    pub(crate) members: usize,
    pub(crate) frame: usize,
    pub(crate) output: OutputLimits,
    /// None: as it is usual for the kind of member.
    pub(crate) idle: Option<Duration>,
    pub(crate) message: Duration,
    pub(crate) connecting: Duration,
    pub(crate) linger: Duration,
    pub(crate) linger_bytes: usize,
}

/// How much may be unsent, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct OutputLimits {
    /// Reading goes on at or below it.
    pub(crate) low: usize,
    /// Reading stops above it.
    pub(crate) high: usize,
    /// What is sent above it closes the connection.
    pub(crate) cap: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            members: 10_000,
            frame: 8 * 1024,
            output: OutputLimits::default(),
            idle: None,
            message: Duration::from_secs(30),
            connecting: Duration::from_secs(10),
            linger: Duration::from_secs(5),
            linger_bytes: 64 * 1024,
        }
    }
}

impl Default for OutputLimits {
    fn default() -> OutputLimits {
        OutputLimits {
            low: 64 * 1024,
            high: 256 * 1024,
            cap: 1024 * 1024,
        }
    }
}
