//! Messages from other threads, as a source.

mod send_error;
mod shared;

use std::fmt;
use std::io;
use std::sync::Arc;

use mio::event::Source;

use crate::handoff::{Batch, Refused, Taken};
use crate::source::Unregistered;
use crate::{Drain, Input, Next, Waking};
use shared::Shared;

pub use send_error::SendError;
pub use std::sync::mpsc::{TryRecvError, TrySendError};

/// A channel into a loop: the [`Receiver`] is a source, a field of the application
/// that yields messages, and [`Sender`]s send them from any thread.
///
/// It holds at most `capacity` messages, at least 1. A channel that is full says so
/// to who sends.
///
/// # Examples
///
/// ```
/// use miocene::{EventLoop, Receiver, Token, channel, handlers};
/// use std::thread;
///
/// const RESULTS: Token = Token(0);
///
/// struct Sum { results: Receiver<u64>, total: u64 }
///
/// #[handlers]
/// impl Sum {
///     #[handler(token = RESULTS)]
///     fn result(&mut self, result: u64) {
///         self.total += result;
///     }
/// }
///
/// # fn main() -> miocene::Result<()> {
/// let (sender, results) = channel(16);
/// for number in 1..=4 {
///     let sender = sender.clone();
///     thread::spawn(move || sender.send(number * number));
/// }
/// drop(sender);
///
/// // When the last sender has gone, nothing is left that could happen.
/// let mut sum = Sum { results, total: 0 };
/// EventLoop::new()?.run(&mut sum)?;
/// assert_eq!(sum.total, 30);
/// # Ok(())
/// # }
/// ```
///
/// # Notes
///
/// A loop that a sender wakes looks at each [`Receiver`] that is a member of a family,
/// not only at the one that was sent to: of thousands, each wake costs thousands of
/// looks at a flag. One receiver, whose messages say for whom they are, costs one.
pub fn channel<M>(capacity: usize) -> (Sender<M>, Receiver<M>) {
    let shared = Arc::new(Shared::new(capacity.max(1)));
    let sender = Sender {
        shared: Arc::clone(&shared),
    };
    let receiver = Receiver {
        shared,
        batch: Batch::new(),
        heard: false,
        unregistered: Unregistered,
    };
    (sender, receiver)
}

/// Sends messages to the [`Receiver`] of a loop. Clones send to the same.
///
/// # Examples
///
/// See [`channel`].
///
/// # Notes
///
/// As long as there is one, a loop with the receiver goes on.
pub struct Sender<M> {
    shared: Arc<Shared<M>>,
}

/// A source of the messages that [`Sender`]s send. It ends when the last of them
/// has gone.
///
/// # Examples
///
/// See [`channel`].
pub struct Receiver<M> {
    shared: Arc<Shared<M>>,
    batch: Batch<M>,
    /// The loop drains it: there is nothing to be told of.
    heard: bool,
    unregistered: Unregistered,
}

impl<M> Sender<M> {
    /// Sends a message, unless the channel is full.
    ///
    /// # Errors
    ///
    /// When it is full, or the receiver is gone; the error has the message.
    #[inline]
    pub fn try_send(&self, message: M) -> Result<(), TrySendError<M>> {
        match self.shared.queue.try_send(message) {
            Ok(false) => Ok(()),
            Ok(true) => {
                self.shared.wake();
                Ok(())
            }
            Err(Refused::Full(message)) => Err(TrySendError::Full(message)),
            Err(Refused::Closed(message)) => Err(TrySendError::Disconnected(message)),
        }
    }

    /// Sends a message, and waits while the channel is full.
    ///
    /// # Errors
    ///
    /// When the receiver is gone; or when the channel is full and this is the thread of
    /// the receiver's loop, which would wait for itself. The error has the message.
    pub fn send(&self, message: M) -> Result<(), SendError<M>> {
        let message = match self.try_send(message) {
            Ok(()) => return Ok(()),
            Err(TrySendError::Disconnected(message)) => return Err(SendError::Closed(message)),
            Err(TrySendError::Full(message)) => message,
        };
        if self.shared.is_own_loop() {
            return Err(SendError::OwnLoop(message));
        }
        match self.shared.queue.send(message) {
            Ok(false) => Ok(()),
            Ok(true) => {
                self.shared.wake();
                Ok(())
            }
            Err(Refused::Full(message) | Refused::Closed(message)) => {
                Err(SendError::Closed(message))
            }
        }
    }

    /// Has the loop look whether it is to go on, as when the last sender has gone.
    pub(crate) fn nudge(&self) {
        if self.shared.queue.nudge() {
            self.shared.wake();
        }
    }
}

impl<M> Drain for Receiver<M> {
    type Item<'b> = M;

    fn source(&mut self) -> &mut dyn Source {
        &mut self.unregistered
    }

    #[inline]
    fn next(&mut self, _input: &mut Input) -> io::Result<Next<M>> {
        self.heard = true;
        Ok(match self.shared.queue.take(&mut self.batch) {
            Taken::Message(message) => Next::Item(message),
            Taken::Nothing => {
                self.heard = false;
                Next::Dry
            }
            Taken::Over => Next::End,
        })
    }

    #[inline]
    fn has_news(&self) -> bool {
        !self.heard && self.shared.queue.has_news()
    }

    fn woken_by(&mut self, waking: &mut Waking<'_>) -> io::Result<()> {
        self.shared.move_to(Some(waking.wake()?));
        // What was sent before is to be looked for.
        self.heard = false;
        self.shared.queue.ring();
        Ok(())
    }
}

impl<M> Receiver<M> {
    /// The next message, if there is one: for those that are left when a loop has ended.
    ///
    /// # Errors
    ///
    /// When there is none now, or none ever again since the last sender has gone.
    ///
    /// # Examples
    ///
    /// ```
    /// use miocene::{EventLoop, Flow, Receiver, Token, TryRecvError, channel, handlers};
    ///
    /// const ORDERS: Token = Token(0);
    ///
    /// struct Kitchen { orders: Receiver<&'static str> }
    ///
    /// #[handlers]
    /// impl Kitchen {
    ///     #[handler(token = ORDERS)]
    ///     fn order(&mut self, order: &str) -> Flow {
    ///         if order == "close" { Flow::Stop } else { Flow::Continue }
    ///     }
    /// }
    ///
    /// # fn main() -> miocene::Result<()> {
    /// let (sender, orders) = channel(16);
    /// for order in ["soup", "close", "bread"] {
    ///     sender.try_send(order).expect("there is room");
    /// }
    /// let mut kitchen = Kitchen { orders };
    /// EventLoop::new()?.run(&mut kitchen)?;
    /// assert_eq!(kitchen.orders.try_recv(), Ok("bread"));
    /// assert_eq!(kitchen.orders.try_recv(), Err(TryRecvError::Empty));
    /// # Ok(())
    /// # }
    /// ```
    pub fn try_recv(&mut self) -> Result<M, TryRecvError> {
        match self.shared.queue.take(&mut self.batch) {
            Taken::Message(message) => Ok(message),
            Taken::Nothing => Err(TryRecvError::Empty),
            Taken::Over => {
                // The loop is still to find that.
                self.shared.queue.ring();
                Err(TryRecvError::Disconnected)
            }
        }
    }
}

impl<M> Drop for Receiver<M> {
    fn drop(&mut self) {
        self.shared.queue.close();
        // Whoever keeps a sender is not to keep what wakes the loop.
        self.shared.move_to(None);
    }
}

impl<M> Clone for Sender<M> {
    fn clone(&self) -> Sender<M> {
        self.shared.queue.add_sender();
        Sender {
            shared: Arc::clone(&self.shared),
        }
    }
}

impl<M> Drop for Sender<M> {
    fn drop(&mut self) {
        if self.shared.queue.remove_sender() {
            self.shared.wake();
        }
    }
}

impl<M> fmt::Debug for Sender<M> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Sender")
    }
}

impl<M> fmt::Debug for Receiver<M> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Receiver")
    }
}
