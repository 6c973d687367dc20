use std::collections::VecDeque;
use std::mem;

use super::Bell;
use super::sync::atomic::{AtomicBool, AtomicUsize, Ordering, fence};
use super::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// What threads have sent to the one who empties it, in the order in which they did
/// so: at most so many messages.
///
/// All that is there is taken out at once, in a [`Batch`], so that most are
/// taken without a lock.
#[derive(Debug)]
pub(crate) struct Queue<M> {
    capacity: usize,
    inner: Mutex<Inner<M>>,
    /// How many there have ever been. Written under the lock.
    sent: AtomicUsize,
    /// Something has changed that who empties it has not seen.
    news: Bell,
    /// How many were taken out, of all that there have ever been. Written by
    /// who empties it.
    taken: AtomicUsize,
    /// Somebody waits for room.
    awaited: AtomicBool,
    room: Condvar,
}

#[derive(Debug)]
struct Inner<M> {
    messages: VecDeque<M>,
    senders: usize,
    closed: bool,
}

/// Messages that were taken out together and not looked at yet. They still count.
#[derive(Debug)]
pub(crate) struct Batch<M> {
    messages: VecDeque<M>,
    /// As in the queue.
    taken: usize,
}

/// What was found in a queue.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Taken<M> {
    Message(M),
    /// Nothing, now: who sends something says that it is to be looked for.
    Nothing,
    /// Nothing ever again: all senders have gone.
    Over,
}

/// Why something was not sent; it is given back.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Refused<M> {
    Full(M),
    Closed(M),
}

impl<M> Queue<M> {
    /// With room for so many messages, and one sender.
    pub(crate) fn new(capacity: usize) -> Queue<M> {
        Queue {
            capacity,
            inner: Mutex::new(Inner {
                messages: VecDeque::new(),
                senders: 1,
                closed: false,
            }),
            sent: AtomicUsize::new(0),
            news: Bell::new(),
            taken: AtomicUsize::new(0),
            awaited: AtomicBool::new(false),
            room: Condvar::new(),
        }
    }

    /// Sends something, if there is room. Whether who empties it has to be woken.
    #[inline]
    pub(crate) fn try_send(&self, message: M) -> Result<bool, Refused<M>> {
        self.put(self.lock(), message)
    }

    /// The same, and waits while there is no room.
    pub(crate) fn send(&self, message: M) -> Result<bool, Refused<M>> {
        let mut inner = self.lock();
        while self.is_full() && !inner.closed {
            self.awaited.store(true, Ordering::Relaxed);
            // Either room is seen here that has just been made, or who makes it sees
            // that somebody waits.
            fence(Ordering::SeqCst);
            if self.is_full() {
                let waited = self.room.wait(inner);
                inner = waited.unwrap_or_else(PoisonError::into_inner);
            }
        }
        self.put(inner, message)
    }

    #[inline]
    fn put(&self, mut inner: MutexGuard<'_, Inner<M>>, message: M) -> Result<bool, Refused<M>> {
        if inner.closed {
            return Err(Refused::Closed(message));
        }
        if self.is_full() {
            return Err(Refused::Full(message));
        }
        inner.messages.push_back(message);
        let sent = self.sent.load(Ordering::Relaxed).wrapping_add(1);
        self.sent.store(sent, Ordering::Relaxed);
        drop(inner);
        Ok(self.ring())
    }

    pub(crate) fn add_sender(&self) {
        self.lock().senders += 1;
    }

    /// A sender has gone. Whether who empties it has to be woken.
    pub(crate) fn remove_sender(&self) -> bool {
        let mut inner = self.lock();
        inner.senders -= 1;
        let last = inner.senders == 0;
        drop(inner);
        last && self.ring()
    }

    /// Refuses all that comes from here on, and drops what is there.
    pub(crate) fn close(&self) {
        let mut inner = self.lock();
        inner.closed = true;
        let messages = mem::take(&mut inner.messages);
        drop(inner);
        self.room.notify_all();
        drop(messages);
    }

    /// Takes the next message. When there is none, what comes from then on is news.
    #[inline]
    pub(crate) fn take(&self, batch: &mut Batch<M>) -> Taken<M> {
        match batch.messages.pop_front() {
            Some(message) => {
                self.make_room(batch);
                Taken::Message(message)
            }
            None => self.take_of_all(batch),
        }
    }

    /// Whether something has changed since nothing was found.
    #[inline]
    pub(crate) fn has_news(&self) -> bool {
        self.news.is_ringing()
    }

    /// There is something to look for, whatever there is.
    pub(crate) fn ring(&self) -> bool {
        // A bell that seems to ring has not been hushed since, or what was sent is
        // found after that: both by the order of the lock.
        !self.news.is_ringing() && self.news.ring()
    }

    /// Has who empties it look again, at what was changed without the lock. Whether they
    /// have to be woken.
    pub(crate) fn nudge(&self) -> bool {
        // Also a bell that rings is written: who hushes it sees the change.
        self.news.ring()
    }

    #[inline(never)]
    fn take_of_all(&self, batch: &mut Batch<M>) -> Taken<M> {
        if self.sent.load(Ordering::Relaxed) == batch.taken {
            // There seems to be nothing. What is sent from here on rings; what was
            // sent just before is found here.
            self.news.hush();
        }
        let mut inner = self.lock();
        mem::swap(&mut inner.messages, &mut batch.messages);
        let over = inner.senders == 0;
        drop(inner);
        match batch.messages.pop_front() {
            Some(message) => {
                self.make_room(batch);
                Taken::Message(message)
            }
            None if over => Taken::Over,
            None => Taken::Nothing,
        }
    }

    /// A message was taken out.
    #[inline]
    fn make_room(&self, batch: &mut Batch<M>) {
        batch.taken = batch.taken.wrapping_add(1);
        self.taken.store(batch.taken, Ordering::Relaxed);
        fence(Ordering::SeqCst);
        if self.awaited.load(Ordering::Relaxed) {
            self.tell_of_room();
        }
    }

    #[cold]
    #[inline(never)]
    fn tell_of_room(&self) {
        // Who is about to wait does so before this.
        let inner = self.lock();
        self.awaited.store(false, Ordering::Relaxed);
        drop(inner);
        self.room.notify_all();
    }

    /// Asked under the lock, where nothing more is sent.
    #[inline]
    fn is_full(&self) -> bool {
        let sent = self.sent.load(Ordering::Relaxed);
        let taken = self.taken.load(Ordering::Relaxed);
        sent.wrapping_sub(taken) >= self.capacity
    }

    #[inline]
    fn lock(&self) -> MutexGuard<'_, Inner<M>> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<M> Batch<M> {
    pub(crate) fn new() -> Batch<M> {
        Batch {
            messages: VecDeque::new(),
            taken: 0,
        }
    }
}
