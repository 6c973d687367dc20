//! Waking a loop from elsewhere.

use std::fmt;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, ThreadId};

use mio::{Registry, Token};

use crate::handoff::Bell;
use crate::state::State;
use crate::system::Waker;

/// The token of the loop's own waker: of no family.
pub(crate) const WAKE: Token = Token(usize::MAX - 1);

/// Wakes a loop from another thread, or from the middle of a handler: it then asks
/// its sources whether they have [news](crate::Drain::has_news).
///
/// For sources of your own that something else than the system fills, by way of
/// [`Drain::woken_by`](crate::Drain::woken_by). [`channel`](crate::channel) is made
/// with it.
///
/// # Examples
///
/// A number that another thread changes, as a source:
///
/// ```
/// use miocene::mio::event::Source;
/// use miocene::{Drain, Input, Next, Wake, Waking};
/// use std::io;
/// use std::sync::atomic::{AtomicU64, Ordering};
/// use std::sync::{Arc, OnceLock};
///
/// #[derive(Default)]
/// struct Shared { value: AtomicU64, wake: OnceLock<Wake> }
///
/// struct Gauge { shared: Arc<Shared>, seen: u64, unknown: miocene::Unregistered }
///
/// impl Drain for Gauge {
///     type Item<'b> = u64;
///
///     fn source(&mut self) -> &mut dyn Source {
///         &mut self.unknown
///     }
///
///     fn next<'b>(&mut self, _: &'b mut Input) -> io::Result<Next<u64>> {
///         let value = self.shared.value.load(Ordering::SeqCst);
///         if value == self.seen {
///             return Ok(Next::Dry);
///         }
///         self.seen = value;
///         Ok(Next::Item(value))
///     }
///
///     fn has_news(&self) -> bool {
///         self.shared.value.load(Ordering::SeqCst) != self.seen
///     }
///
///     fn woken_by(&mut self, waking: &mut Waking<'_>) -> io::Result<()> {
///         let _ = self.shared.wake.set(waking.wake()?);
///         Ok(())
///     }
/// }
///
/// /// On another thread.
/// fn change(shared: &Shared, value: u64) {
///     shared.value.store(value, Ordering::SeqCst);
///     if let Some(wake) = shared.wake.get() {
///         let _ = wake.wake();
///     }
/// }
/// # let _ = change;
/// ```
///
/// # Notes
///
/// However often a loop is woken before it looks, it is one system call. On selectors
/// that re-arm (`poll(2)`), where mio may lose the event of a wake, the loop looks for
/// itself as well: there it may be one for each thread that is waking it at that moment.
#[derive(Clone)]
pub struct Wake(Arc<Shared>);

struct Shared {
    waker: Waker,
    /// It was woken and has not looked yet.
    asked: Bell,
    /// Where the loop runs, or had its last turn.
    thread: Mutex<ThreadId>,
}

impl Wake {
    fn new(registry: &Registry) -> io::Result<Wake> {
        Ok(Wake(Arc::new(Shared {
            waker: Waker::new(registry, WAKE)?,
            asked: Bell::new(),
            thread: Mutex::new(thread::current().id()),
        })))
    }

    /// Wakes the loop.
    ///
    /// # Errors
    ///
    /// That of the system, which may be out of memory.
    pub fn wake(&self) -> io::Result<()> {
        self.0.asked.ring_and_wake(|| self.0.waker.wake())
    }

    /// The loop runs on this thread from here on.
    pub(crate) fn note_thread(&self) {
        *self.thread() = thread::current().id();
    }

    /// Whether who waits for the loop here would wait for ever.
    pub(crate) fn is_of_this_thread(&self) -> bool {
        *self.thread() == thread::current().id()
    }

    fn thread(&self) -> MutexGuard<'_, ThreadId> {
        self.0.thread.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether it was woken and has not looked.
    pub(crate) fn is_asked(&self) -> bool {
        self.0.asked.is_ringing()
    }

    /// Whether it was woken. From here on it takes another call to wake it.
    pub(crate) fn take_asked(&self) -> bool {
        self.0.asked.hush()
    }
}

impl fmt::Debug for Wake {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Wake")
    }
}

/// Where a source that is attached gets a [`Wake`] of its loop, if it needs one.
///
/// # Examples
///
/// See [`Wake`].
#[derive(Debug)]
pub struct Waking<'a> {
    state: &'a mut State,
    registry: &'a Registry,
}

impl<'a> Waking<'a> {
    pub(crate) fn new(state: &'a mut State, registry: &'a Registry) -> Waking<'a> {
        Waking { state, registry }
    }

    /// What wakes this loop.
    ///
    /// # Errors
    ///
    /// When the system gives no descriptor for it.
    pub fn wake(&mut self) -> io::Result<Wake> {
        match &self.state.wake {
            Some(wake) => Ok(wake.clone()),
            None => {
                let wake = Wake::new(self.registry)?;
                self.state.wake = Some(wake.clone());
                Ok(wake)
            }
        }
    }
}

/// How a loop learns that it was woken.
impl State {
    /// An event for nobody in the application: the loop was woken, or what it was
    /// for is gone.
    #[cold]
    #[inline(never)]
    pub(crate) fn unknown(&mut self, token: Token) {
        match &self.wake {
            Some(wake) if token == WAKE => {
                wake.take_asked();
                self.is_to_look();
            }
            _ => self.counters.stale_events += 1,
        }
    }

    /// Whether the loop was woken and has not looked since.
    pub(crate) fn is_woken(&self) -> bool {
        self.wake.as_ref().is_some_and(Wake::is_asked)
    }

    /// If it was, it looks.
    pub(crate) fn heed_wakes(&mut self) {
        if self.wake.as_ref().is_some_and(Wake::take_asked) {
            self.is_to_look();
        }
    }

    fn is_to_look(&mut self) {
        self.woken = true;
        self.attention = true;
        self.unsettled = true;
    }

    /// What was queued since there were so many is due in this turn, before what was
    /// left: an event has told of it.
    pub(crate) fn take_up(&mut self, before: usize) {
        for _ in before..self.ready.len() {
            if let Some(token) = self.ready.pop_back() {
                self.ready.push_front(token);
                self.due += 1;
            }
        }
    }
}
