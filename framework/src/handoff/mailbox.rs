use std::collections::VecDeque;
use std::mem;

use super::Bell;
use super::sync::atomic::{AtomicBool, AtomicUsize, Ordering, fence};
use super::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// What threads have posted for the one who empties it, in the order in which they
/// did so: at most so many posts.
///
/// All that is there is taken out at once, in a [`Batch`], so that most posts are
/// taken without a lock.
#[derive(Debug)]
pub(crate) struct Mailbox<M> {
    capacity: usize,
    inner: Mutex<Inner<M>>,
    /// Something has changed that who empties it has not seen.
    news: Bell,
    /// How many posts were taken out, of all that there have ever been. Written by
    /// who empties it.
    taken: AtomicUsize,
    /// Somebody waits for room.
    awaited: AtomicBool,
    room: Condvar,
}

#[derive(Debug)]
struct Inner<M> {
    posts: VecDeque<M>,
    /// How many there have ever been.
    posted: usize,
    senders: usize,
    closed: bool,
}

/// Posts that were taken out together and not looked at yet. They still count.
#[derive(Debug)]
pub(crate) struct Batch<M> {
    posts: VecDeque<M>,
    /// As in the mailbox.
    taken: usize,
}

/// What was found in a mailbox.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Taken<M> {
    Post(M),
    /// Nothing, now: who posts something says that it is to be looked for.
    Nothing,
    /// Nothing ever again: all senders have gone.
    Over,
}

/// Why something was not posted; it is given back.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Refused<M> {
    Full(M),
    Closed(M),
}

impl<M> Mailbox<M> {
    /// With room for so many posts, and one sender.
    pub(crate) fn new(capacity: usize) -> Mailbox<M> {
        Mailbox {
            capacity,
            inner: Mutex::new(Inner {
                posts: VecDeque::new(),
                posted: 0,
                senders: 1,
                closed: false,
            }),
            news: Bell::new(),
            taken: AtomicUsize::new(0),
            awaited: AtomicBool::new(false),
            room: Condvar::new(),
        }
    }

    /// Posts something, if there is room. Whether who empties it has to be woken.
    #[inline]
    pub(crate) fn try_post(&self, post: M) -> Result<bool, Refused<M>> {
        self.put(self.lock(), post)
    }

    /// The same, and waits while there is no room.
    pub(crate) fn post(&self, post: M) -> Result<bool, Refused<M>> {
        let mut inner = self.lock();
        while self.is_full(&inner) && !inner.closed {
            self.awaited.store(true, Ordering::Relaxed);
            // Either room is seen here that has just been made, or who makes it sees
            // that somebody waits.
            fence(Ordering::SeqCst);
            if self.is_full(&inner) {
                let waited = self.room.wait(inner);
                inner = waited.unwrap_or_else(PoisonError::into_inner);
            }
        }
        self.put(inner, post)
    }

    #[inline]
    fn put(&self, mut inner: MutexGuard<'_, Inner<M>>, post: M) -> Result<bool, Refused<M>> {
        if inner.closed {
            return Err(Refused::Closed(post));
        }
        if self.is_full(&inner) {
            return Err(Refused::Full(post));
        }
        inner.posts.push_back(post);
        inner.posted = inner.posted.wrapping_add(1);
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
        let posts = mem::take(&mut inner.posts);
        drop(inner);
        self.room.notify_all();
        drop(posts);
    }

    /// Takes the next post. When there is none, what comes from then on is news.
    #[inline]
    pub(crate) fn take(&self, batch: &mut Batch<M>) -> Taken<M> {
        match batch.posts.pop_front() {
            Some(post) => {
                self.make_room(batch);
                Taken::Post(post)
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
        // A bell that seems to ring has not been hushed since, or what was posted
        // is found after that: both by the order of the lock.
        !self.news.is_ringing() && self.news.ring()
    }

    #[inline(never)]
    fn take_of_all(&self, batch: &mut Batch<M>) -> Taken<M> {
        match self.take_all(batch) {
            Taken::Nothing => {
                // What is posted from here on rings; what was posted just before is
                // found here.
                self.news.hush();
                self.take_all(batch)
            }
            taken => taken,
        }
    }

    fn take_all(&self, batch: &mut Batch<M>) -> Taken<M> {
        let mut inner = self.lock();
        mem::swap(&mut inner.posts, &mut batch.posts);
        let over = inner.senders == 0;
        drop(inner);
        match batch.posts.pop_front() {
            Some(post) => {
                self.make_room(batch);
                Taken::Post(post)
            }
            None if over => Taken::Over,
            None => Taken::Nothing,
        }
    }

    /// A post was taken out.
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

    #[inline]
    fn is_full(&self, inner: &Inner<M>) -> bool {
        let taken = self.taken.load(Ordering::Relaxed);
        inner.posted.wrapping_sub(taken) >= self.capacity
    }

    #[inline]
    fn lock(&self) -> MutexGuard<'_, Inner<M>> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<M> Batch<M> {
    pub(crate) fn new() -> Batch<M> {
        Batch {
            posts: VecDeque::new(),
            taken: 0,
        }
    }
}
