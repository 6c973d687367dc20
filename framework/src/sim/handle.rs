//! What a simulated socket is to whoever has it: its number in a world.

use std::fmt;
use std::io;
use std::os::fd::BorrowedFd;

use mio::event::Source;
use mio::{Interest, Registry, Token};

use super::world::{self, Key, Registration, World};

/// Closes the socket when it is dropped.
pub(crate) struct Handle(Number);

/// A socket in its world.
#[derive(Debug, Clone, Copy)]
pub(super) struct Number {
    key: Key,
    world: u32,
}

impl Handle {
    /// Of a socket in the world of this thread.
    pub(super) fn new(key: Key) -> Handle {
        let world = world::with(|world| world.number).unwrap_or(u32::MAX);
        Handle(Number { key, world })
    }

    pub(super) fn number(&self) -> Number {
        self.0
    }

    /// See [`Number::with`].
    pub(super) fn with<T>(
        &self,
        does: impl FnOnce(&mut World, Key) -> io::Result<T>,
    ) -> io::Result<T> {
        self.0.with(does)
    }

    pub(super) fn has_no_descriptor(&self) -> BorrowedFd<'_> {
        panic!(
            "{self:?} has no descriptor: use the methods of `miocene::net` for its options, or \
             real sockets for this test"
        )
    }
}

impl Number {
    /// # Errors
    ///
    /// Those of what is done, and when this thread is not in the world of the
    /// socket.
    pub(super) fn with<T>(
        &self,
        does: impl FnOnce(&mut World, Key) -> io::Result<T>,
    ) -> io::Result<T> {
        let done = world::with(|world| {
            let same = world.number == self.world;
            same.then(|| does(world, self.key))
        });
        done.flatten().unwrap_or_else(|| {
            Err(io::Error::new(
                io::ErrorKind::Unsupported,
                "a simulated socket is used outside of its world: on another thread, or after it",
            ))
        })
    }
}

/// The loop that is turned is the one to register with: registries are all the
/// same to a simulated socket.
impl Source for Handle {
    fn register(&mut self, _: &Registry, token: Token, interest: Interest) -> io::Result<()> {
        self.with(|world, key| {
            let of = world.turned()?;
            world.register(
                key,
                Registration {
                    of,
                    token,
                    interest,
                },
            )
        })
    }

    fn reregister(&mut self, _: &Registry, token: Token, interest: Interest) -> io::Result<()> {
        self.with(|world, key| {
            let of = world.turned()?;
            world.reregister(
                key,
                Registration {
                    of,
                    token,
                    interest,
                },
            )
        })
    }

    fn deregister(&mut self, _: &Registry) -> io::Result<()> {
        let not_found = || io::ErrorKind::NotFound.into();
        self.with(|world, key| world.deregister(key).ok_or_else(not_found))
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        // Of a world that is no more, nothing is left to be closed.
        let _ = self.with(|world, key| {
            world.close(key);
            Ok(())
        });
    }
}

impl fmt::Debug for Handle {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "simulated socket {}", self.0.key)
    }
}
