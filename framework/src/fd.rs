use std::fmt;
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;

use mio::event::Source;
use mio::unix::SourceFd;
use mio::{Interest, Registry, Token};

use crate::Writable;

/// Anything with a file descriptor, as an event source: pipes, terminals,
/// devices, timerfd, inotify, sockets of other crates. Unix only.
///
/// # Examples
///
/// See [`Drain`](crate::Drain), or, for a handler that does its own I/O,
/// [`raw`](crate::drain::raw).
///
/// ```
/// use miocene::Fd;
/// use std::process::{Command, Stdio};
///
/// let child = Command::new("true").stdout(Stdio::piped()).spawn()?;
/// let output = Fd::new(child.stdout.unwrap())?;
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// # Notes
///
/// Plain files are always ready and epoll refuses them, as it does `/dev/null`:
/// [epoll_ctl(2)](https://man7.org/linux/man-pages/man2/epoll_ctl.2.html), EPERM.
/// A program whose standard input may be redirected must be ready for that.
///
/// Non-blocking is a flag of the open file, not of the descriptor: whoever
/// shares it has it too. Where standard input is a terminal, that is the
/// program's own standard output, and the shell that comes after it. Open
/// `/dev/tty` instead, which gives a file of one's own.
///
/// A descriptor that was duplicated goes on reporting under the token of the
/// source when that is dropped, until the last duplicate is closed.
pub struct Fd<T: AsFd>(T);

impl<T: AsFd> Fd<T> {
    /// Makes a source of `inner`, and its descriptor non-blocking: one that
    /// blocks would stop the whole loop.
    ///
    /// # Errors
    ///
    /// When the descriptor cannot be made non-blocking, or not be duplicated
    /// for a moment, which this takes.
    ///
    /// # Examples
    ///
    /// See [`Fd`].
    pub fn new(inner: T) -> io::Result<Fd<T>> {
        set_nonblocking(inner.as_fd().try_clone_to_owned()?)?;
        Ok(Fd(inner))
    }

    /// What is inside.
    pub fn get_ref(&self) -> &T {
        &self.0
    }

    /// What is inside.
    pub fn get_mut(&mut self) -> &mut T {
        &mut self.0
    }

    /// Takes out what is inside. The descriptor stays non-blocking.
    pub fn into_inner(self) -> T {
        self.0
    }
}

/// Sets the flag of the open file that a duplicate shares. The standard library
/// does that through any of its sockets, whatever the descriptor really is.
fn set_nonblocking(duplicate: OwnedFd) -> io::Result<()> {
    UnixStream::from(duplicate).set_nonblocking(true)
}

impl<T: AsFd> Source for Fd<T> {
    fn register(
        &mut self,
        registry: &Registry,
        token: Token,
        interests: Interest,
    ) -> io::Result<()> {
        SourceFd(&self.0.as_fd().as_raw_fd()).register(registry, token, interests)
    }

    fn reregister(
        &mut self,
        registry: &Registry,
        token: Token,
        interests: Interest,
    ) -> io::Result<()> {
        SourceFd(&self.0.as_fd().as_raw_fd()).reregister(registry, token, interests)
    }

    fn deregister(&mut self, registry: &Registry) -> io::Result<()> {
        SourceFd(&self.0.as_fd().as_raw_fd()).deregister(registry)
    }
}

impl<T: AsFd> Writable for Fd<T> {}

impl<T: AsFd + Read> Read for Fd<T> {
    #[inline]
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}

impl<T: AsFd + Write> Write for Fd<T> {
    #[inline]
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

impl<T: AsFd> AsFd for Fd<T> {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

impl<T: AsFd> fmt::Debug for Fd<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_tuple("Fd")
            .field(&self.0.as_fd().as_raw_fd())
            .finish()
    }
}
