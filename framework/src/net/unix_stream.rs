use std::fmt;
use std::io::{self, IoSlice, IoSliceMut, Read, Write};
use std::net::Shutdown;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::{self, SocketAddr};
use std::path::Path;

use mio::event::Source;
use mio::{Interest, Registry, Token};

use super::connect::{NO_SOCKET, has_no_socket};
use crate::{Writable, system};

/// A connection on this machine, by a path or of a pair. It never blocks: reads
/// and writes that cannot go on return [`WouldBlock`](io::ErrorKind::WouldBlock).
/// Unix only.
///
/// # Examples
///
/// ```
/// use miocene::net::UnixStream;
/// use std::io::{Read, Write};
///
/// let (mut ours, mut theirs) = UnixStream::pair()?;
/// ours.write_all(b"hello")?;
/// let mut buffer = [0; 16];
/// assert_eq!(theirs.read(&mut buffer)?, 5);
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// # Notes
///
/// Descriptors that a peer sends along are closed by the system: they are
/// received by recvmsg(2) only, see
/// [unix(7)](https://man7.org/linux/man-pages/man7/unix.7.html).
pub struct UnixStream(Option<system::UnixStream>);

impl UnixStream {
    /// Connects to a path.
    ///
    /// # Errors
    ///
    /// When no socket can be made, nobody listens there, or who does has no room for
    /// another: [`WouldBlock`](io::ErrorKind::WouldBlock) on Linux. No event comes
    /// when there is: try again later.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # fn main() -> std::io::Result<()> {
    /// let stream = miocene::net::UnixStream::connect("/run/server.socket")?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn connect(path: impl AsRef<Path>) -> io::Result<UnixStream> {
        system::UnixStream::connect(path.as_ref()).map(UnixStream::of)
    }

    /// Connects to the address of a listener: its path, or its abstract name.
    ///
    /// # Errors
    ///
    /// As for [`connect`](Self::connect).
    pub fn connect_addr(address: &SocketAddr) -> io::Result<UnixStream> {
        system::UnixStream::connect_addr(address).map(UnixStream::of)
    }

    /// Takes a connected stream of the standard library.
    ///
    /// # Errors
    ///
    /// When it cannot be made non-blocking.
    pub fn from_std(stream: net::UnixStream) -> io::Result<UnixStream> {
        stream.set_nonblocking(true)?;
        Ok(mio::net::UnixStream::from_std(stream).into())
    }

    #[inline(always)]
    pub(super) fn of(stream: system::UnixStream) -> UnixStream {
        UnixStream(Some(stream))
    }

    /// A stream without a socket: see [`Connect`](crate::net::Connect).
    pub(super) fn none() -> UnixStream {
        UnixStream(None)
    }

    #[cfg(feature = "sim")]
    pub(crate) fn simulated(handle: crate::sim::Handle) -> UnixStream {
        UnixStream::of(system::UnixStream::Simulated(handle))
    }

    /// Two ends of a connection, as for a child process or another thread.
    ///
    /// # Errors
    ///
    /// That of socketpair(2): no descriptors are left.
    ///
    /// # Examples
    ///
    /// See [`UnixStream`].
    pub fn pair() -> io::Result<(UnixStream, UnixStream)> {
        let (one, other) = system::UnixStream::pair()?;
        Ok((UnixStream::of(one), UnixStream::of(other)))
    }

    /// The address of the peer, which it mostly has none of: only who has bound
    /// a path, as a server does, is seen under one.
    ///
    /// # Errors
    ///
    /// That of getpeername(2); the peer may have gone.
    pub fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.socket()?.peer_addr()
    }

    /// The address of this end.
    ///
    /// # Errors
    ///
    /// That of getsockname(2).
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.socket()?.local_addr()
    }

    /// Ends one direction or both.
    ///
    /// # Errors
    ///
    /// That of shutdown(2).
    pub fn shutdown(&self, how: Shutdown) -> io::Result<()> {
        self.socket()?.shutdown(how)
    }

    /// Takes the error that is pending on the socket, if any (`SO_ERROR`).
    ///
    /// # Errors
    ///
    /// That of getsockopt(2).
    pub fn take_error(&self) -> io::Result<Option<io::Error>> {
        self.socket()?.take_error()
    }

    #[inline(always)]
    fn socket(&self) -> io::Result<&system::UnixStream> {
        match &self.0 {
            Some(socket) => Ok(socket),
            None => Err(has_no_socket()),
        }
    }

    #[inline(always)]
    fn socket_mut(&mut self) -> io::Result<&mut system::UnixStream> {
        match &mut self.0 {
            Some(socket) => Ok(socket),
            None => Err(has_no_socket()),
        }
    }
}

// With simulation it is another type.
#[allow(clippy::useless_conversion)]
impl From<mio::net::UnixStream> for UnixStream {
    fn from(stream: mio::net::UnixStream) -> UnixStream {
        UnixStream::of(stream.into())
    }
}

impl Read for &UnixStream {
    #[inline]
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        { self.socket()? }.read(buffer)
    }
}

impl Write for &UnixStream {
    #[inline]
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        { self.socket()? }.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        { self.socket()? }.flush()
    }
}

impl Read for UnixStream {
    #[inline]
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.socket_mut()?.read(buffer)
    }

    #[inline]
    fn read_vectored(&mut self, buffers: &mut [IoSliceMut<'_>]) -> io::Result<usize> {
        self.socket_mut()?.read_vectored(buffers)
    }
}

impl Write for UnixStream {
    #[inline]
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.socket_mut()?.write(bytes)
    }

    #[inline]
    fn write_vectored(&mut self, buffers: &[IoSlice<'_>]) -> io::Result<usize> {
        self.socket_mut()?.write_vectored(buffers)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.socket_mut()?.flush()
    }
}

impl Source for UnixStream {
    fn register(
        &mut self,
        registry: &Registry,
        token: Token,
        interests: Interest,
    ) -> io::Result<()> {
        self.socket_mut()?.register(registry, token, interests)
    }

    fn reregister(
        &mut self,
        registry: &Registry,
        token: Token,
        interests: Interest,
    ) -> io::Result<()> {
        self.socket_mut()?.reregister(registry, token, interests)
    }

    fn deregister(&mut self, registry: &Registry) -> io::Result<()> {
        self.socket_mut()?.deregister(registry)
    }
}

impl Writable for UnixStream {}

/// # Panics
///
/// Of a stream that [`Family::connect`](crate::Family::connect) could make no socket
/// for, and of a simulated one.
impl AsFd for UnixStream {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_ref().expect(NO_SOCKET).as_fd()
    }
}

impl fmt::Debug for UnixStream {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Some(socket) => socket.fmt(formatter),
            None => formatter.write_str("UnixStream(unconnected)"),
        }
    }
}
