//! Messages from other threads, as a source.

mod send_error;

use std::fmt;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, ThreadId};

use mio::event::Source;

use crate::handoff::{Batch, Queue, Refused, Taken};
use crate::source::Unregistered;
use crate::wake::{Wake, Waking};
use crate::{Drain, Input, Next};

pub use send_error::SendError;
pub use std::sync::mpsc::TrySendError;

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
pub fn channel<M>(capacity: usize) -> (Sender<M>, Receiver<M>) {
    let shared = Arc::new(Shared {
        queue: Queue::new(capacity.max(1)),
        target: Mutex::default(),
    });
    let sender = Sender {
        shared: Arc::clone(&shared),
    };
    let receiver = Receiver {
        shared,
        batch: Batch::new(),
        heard: false,
        thread: None,
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
    /// Where it was drained last.
    thread: Option<ThreadId>,
    unregistered: Unregistered,
}

#[derive(Debug)]
struct Shared<M> {
    queue: Queue<M>,
    /// The loop that the receiver is in.
    target: Mutex<Option<Target>>,
}

#[derive(Debug, Clone)]
struct Target {
    wake: Wake,
    /// Where it has drained the receiver last.
    thread: ThreadId,
}

impl<M> Shared<M> {
    /// Has the loop look. If it cannot be woken, it finds what there is when it wakes
    /// up next.
    #[cold]
    #[inline(never)]
    fn wake(&self) {
        let target = self.target().clone();
        if let Some(target) = target {
            let _ = target.wake.wake();
        }
    }

    /// Whether who sends here would wait for the loop of this very thread.
    fn is_own_loop(&self) -> bool {
        let here = thread::current().id();
        let target = self.target();
        target.as_ref().is_some_and(|target| target.thread == here)
    }

    fn target(&self) -> MutexGuard<'_, Option<Target>> {
        self.target.lock().unwrap_or_else(PoisonError::into_inner)
    }
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
}

impl<M> Drain for Receiver<M> {
    type Item<'b> = M;

    fn source(&mut self) -> &mut dyn Source {
        &mut self.unregistered
    }

    #[inline]
    fn next(&mut self, _input: &mut Input) -> io::Result<Next<M>> {
        if !self.heard {
            self.hear();
        }
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
        let wake = waking.wake()?;
        let thread = thread::current().id();
        *self.shared.target() = Some(Target { wake, thread });
        self.thread = Some(thread);
        // What was sent before is to be looked for.
        self.heard = false;
        self.shared.queue.ring();
        Ok(())
    }
}

impl<M> Receiver<M> {
    /// A drain begins, here.
    #[inline(never)]
    fn hear(&mut self) {
        self.heard = true;
        let here = thread::current().id();
        if self.thread.replace(here) != Some(here) {
            if let Some(target) = &mut *self.shared.target() {
                target.thread = here;
            }
        }
    }
}

impl<M> Drop for Receiver<M> {
    fn drop(&mut self) {
        self.shared.queue.close();
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
