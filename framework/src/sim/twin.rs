use std::collections::VecDeque;
use std::fmt;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use mio::event::Source;
use mio::{Interest, Registry, Token};

use super::handle::{Handle, Number};
use crate::{Drain, Input, Next};

/// A source of items that the test provides: what stands in for a source which is
/// not one of `miocene::net`, such as a device, a queue of another crate's or signals.
///
/// The loop drains it as any other; it is made by [`Sim::twin`](super::Sim::twin).
///
/// # Examples
///
/// An application is generic over its source, or has an `enum` of the real one and
/// the twin:
///
/// ```
/// use miocene::sim::Sim;
/// use miocene::{Drain, Token, handlers};
///
/// const SENSOR: Token = Token(0);
///
/// struct Average<S> { sensor: S, sum: i64, count: i64 }
///
/// #[handlers]
/// impl<S: for<'b> Drain<Item<'b> = i64>> Average<S> {
///     #[handler(token = SENSOR)]
///     fn measured(&mut self, value: i64) {
///         self.sum += value;
///         self.count += 1;
///     }
/// }
///
/// # fn main() {
/// Sim::seeds(0..10).run(|sim| {
///     let (queue, sensor) = sim.twin();
///     let average = sim.start(Average { sensor, sum: 0, count: 0 });
///     queue.push(17);
///     queue.push(25);
///     sim.run_until(|| average.with(|average| average.count) == 2);
///     assert_eq!(average.with(|average| average.sum), 42);
/// });
/// # }
/// ```
pub struct Twin<T> {
    handle: Handle,
    items: Arc<Mutex<Items<T>>>,
}

/// The test's end of a [`Twin`].
///
/// # Examples
///
/// See [`Twin`].
pub struct Queue<T> {
    socket: Number,
    items: Arc<Mutex<Items<T>>>,
}

struct Items<T> {
    waiting: VecDeque<T>,
    ended: bool,
}

fn lock<T>(items: &Mutex<Items<T>>) -> MutexGuard<'_, Items<T>> {
    items.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<T> Twin<T> {
    pub(super) fn pair(handle: Handle) -> (Queue<T>, Twin<T>) {
        let items = Arc::new(Mutex::new(Items {
            waiting: VecDeque::new(),
            ended: false,
        }));
        let queue = Queue {
            socket: handle.number(),
            items: Arc::clone(&items),
        };
        (queue, Twin { handle, items })
    }

    /// The next item; none at the end.
    ///
    /// # Errors
    ///
    /// [`WouldBlock`](io::ErrorKind::WouldBlock) if there is none yet.
    pub fn take(&mut self) -> io::Result<Option<T>> {
        let mut items = lock(&self.items);
        match items.waiting.pop_front() {
            Some(item) => Ok(Some(item)),
            None if items.ended => Ok(None),
            None => {
                self.handle.with(|world, key| {
                    world.set_twin(key, false);
                    Ok(())
                })?;
                Err(io::ErrorKind::WouldBlock.into())
            }
        }
    }
}

impl<T> Drain for Twin<T> {
    type Item<'b> = T;

    fn source(&mut self) -> &mut dyn Source {
        &mut self.handle
    }

    fn next(&mut self, _input: &mut Input) -> io::Result<Next<T>> {
        match self.take() {
            Ok(Some(item)) => Ok(Next::Item(item)),
            Ok(None) => Ok(Next::End),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(Next::Dry),
            Err(error) => Err(error),
        }
    }
}

impl<T> Source for Twin<T> {
    fn register(
        &mut self,
        registry: &Registry,
        token: Token,
        interest: Interest,
    ) -> io::Result<()> {
        self.handle.register(registry, token, interest)
    }

    fn reregister(
        &mut self,
        registry: &Registry,
        token: Token,
        interest: Interest,
    ) -> io::Result<()> {
        self.handle.reregister(registry, token, interest)
    }

    fn deregister(&mut self, registry: &Registry) -> io::Result<()> {
        self.handle.deregister(registry)
    }
}

impl<T> Queue<T> {
    /// Has an item come.
    pub fn push(&self, item: T) {
        lock(&self.items).waiting.push_back(item);
        self.tell();
    }

    /// Ends it, after what was pushed.
    pub fn end(&self) {
        lock(&self.items).ended = true;
        self.tell();
    }

    /// How many items have not been taken.
    pub fn len(&self) -> usize {
        lock(&self.items).waiting.len()
    }

    /// Whether all items have been taken.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn tell(&self) {
        // After the end of its world nobody is to be told.
        let _ = self.socket.with(|world, key| {
            world.set_twin(key, true);
            Ok(())
        });
    }
}

impl<T> Clone for Queue<T> {
    fn clone(&self) -> Queue<T> {
        Queue {
            socket: self.socket,
            items: Arc::clone(&self.items),
        }
    }
}

impl<T> fmt::Debug for Twin<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Twin({:?})", self.handle)
    }
}

impl<T> fmt::Debug for Queue<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Queue({} items)", self.len())
    }
}
