//! Messages from other threads, as a source.

use std::fmt;
use std::io;
use std::mem;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, TryRecvError};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, ThreadId};

use mio::event::Source;
use thiserror::Error;

use crate::source::Unregistered;
use crate::wake::{Wake, Waking};
use crate::{Drain, Input, Next};

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
    let (sender, messages) = mpsc::sync_channel(capacity.max(1));
    let call = Arc::new(Call::default());
    let sender = Sender {
        messages: Some(sender),
        call: Arc::clone(&call),
    };
    let receiver = Receiver {
        messages,
        call,
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
    /// None while it is dropped.
    messages: Option<mpsc::SyncSender<M>>,
    call: Arc<Call>,
}

/// A source of the messages that [`Sender`]s send. It ends when the last of them
/// has gone.
///
/// # Examples
///
/// See [`channel`].
pub struct Receiver<M> {
    messages: mpsc::Receiver<M>,
    call: Arc<Call>,
    /// The loop drains it, so there is no need to call for that.
    heard: bool,
    unregistered: Unregistered,
}

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

/// How senders have a loop look at the receiver.
#[derive(Debug, Default)]
struct Call {
    /// Something was sent that the receiver has not been asked for.
    news: AtomicBool,
    /// The loop that the receiver is in.
    target: Mutex<Option<Target>>,
}

#[derive(Debug, Clone)]
struct Target {
    wake: Wake,
    /// Where it has drained the receiver last.
    thread: ThreadId,
}

impl Call {
    /// Something has come, or the last sender has gone. If the loop cannot be woken,
    /// it finds that when it wakes up next.
    fn call(&self) {
        if !self.news.swap(true, Ordering::SeqCst) {
            let target = self.target().clone();
            if let Some(target) = target {
                let _ = target.wake.wake();
            }
        }
    }

    /// Whether who sends here would wait for the loop of this very thread.
    fn is_own_loop(&self) -> bool {
        let here = thread::current().id();
        let target = self.target();
        target.as_ref().is_some_and(|target| target.thread == here)
    }

    /// The receiver is drained here.
    fn is_drained_here(&self) {
        if let Some(target) = &mut *self.target() {
            target.thread = thread::current().id();
        }
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
    pub fn try_send(&self, message: M) -> Result<(), TrySendError<M>> {
        match &self.messages {
            Some(messages) => messages.try_send(message)?,
            None => return Err(TrySendError::Disconnected(message)),
        }
        self.call.call();
        Ok(())
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
        if self.call.is_own_loop() {
            return Err(SendError::OwnLoop(message));
        }
        let Some(messages) = &self.messages else {
            return Err(SendError::Closed(message));
        };
        let sent = messages.send(message);
        sent.map_err(|mpsc::SendError(message)| SendError::Closed(message))?;
        self.call.call();
        Ok(())
    }
}

impl<M> Drain for Receiver<M> {
    type Item<'b> = M;

    fn source(&mut self) -> &mut dyn Source {
        &mut self.unregistered
    }

    fn next(&mut self, _input: &mut Input) -> io::Result<Next<M>> {
        if !mem::replace(&mut self.heard, true) {
            self.call.is_drained_here();
        }
        if let Some(next) = self.take() {
            return Ok(next);
        }
        // What is sent from here on is called for; what was sent just before is
        // found here.
        self.call.news.store(false, Ordering::SeqCst);
        self.heard = false;
        Ok(self.take().unwrap_or(Next::Dry))
    }

    fn has_news(&self) -> bool {
        !self.heard && self.call.news.load(Ordering::SeqCst)
    }

    fn woken_by(&mut self, waking: &mut Waking<'_>) -> io::Result<()> {
        let wake = waking.wake()?;
        let thread = thread::current().id();
        *self.call.target() = Some(Target { wake, thread });
        // What was sent before is to be looked for.
        self.heard = false;
        self.call.news.store(true, Ordering::SeqCst);
        Ok(())
    }
}

impl<M> Receiver<M> {
    fn take(&mut self) -> Option<Next<M>> {
        match self.messages.try_recv() {
            Ok(message) => Some(Next::Item(message)),
            Err(TryRecvError::Disconnected) => Some(Next::End),
            Err(TryRecvError::Empty) => None,
        }
    }
}

impl<M> Clone for Sender<M> {
    fn clone(&self) -> Sender<M> {
        Sender {
            messages: self.messages.clone(),
            call: Arc::clone(&self.call),
        }
    }
}

impl<M> Drop for Sender<M> {
    fn drop(&mut self) {
        // It is gone before the receiver looks whether it was the last one.
        self.messages = None;
        self.call.call();
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

impl<M> fmt::Debug for SendError<M> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            SendError::Closed(_) => "Closed",
            SendError::OwnLoop(_) => "OwnLoop",
        })
    }
}
