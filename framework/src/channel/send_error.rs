use std::fmt;

use thiserror::Error;

#[cfg(doc)]
use super::Sender;

/// Why [`Sender::send`] did not send a message, which it gives back.
///
/// # Examples
///
/// ```
/// use miocene::{SendError, channel};
///
/// let (sender, receiver) = channel(1);
/// drop(receiver);
/// assert!(matches!(sender.send("hello"), Err(SendError::Closed("hello"))));
/// ```
#[derive(Error)]
#[non_exhaustive]
pub enum SendError<M> {
    /// The receiver is gone.
    #[error("the receiver of the channel is gone")]
    Closed(M),
    /// The channel is full, and only the thread that asked could empty it: `try_send`
    /// does not wait.
    #[error("the channel is full, and its own loop would wait for itself: use `try_send` there")]
    OwnLoop(M),
}

impl<M> fmt::Debug for SendError<M> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            SendError::Closed(_) => "Closed",
            SendError::OwnLoop(_) => "OwnLoop",
        })
    }
}
