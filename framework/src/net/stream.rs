use std::fmt;
use std::io::{self, IoSlice, IoSliceMut, Read, Write};
use std::net::Shutdown;

use mio::event::Source;
use mio::{Interest, Registry, Token};

use crate::Writable;
#[cfg(unix)]
use crate::net::UnixStream;
use crate::net::{Address, Connect, TcpStream};

/// A connection of either kind: a [`TcpStream`] or, on Unix, a [`UnixStream`].
/// It never blocks: reads and writes that cannot go on return
/// [`WouldBlock`](io::ErrorKind::WouldBlock).
///
/// # Examples
///
/// ```
/// # #[cfg(unix)] {
/// use miocene::net::{Stream, UnixStream};
/// use std::io::Write;
///
/// let (ours, _theirs) = UnixStream::pair()?;
/// let mut stream = Stream::from(ours);
/// stream.set_nodelay(true)?;
/// stream.write_all(b"hello")?;
/// # }
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct Stream(Kind);

enum Kind {
    Tcp(TcpStream),
    #[cfg(unix)]
    Unix(UnixStream),
}

impl Stream {
    /// The address of the peer.
    ///
    /// # Errors
    ///
    /// That of getpeername(2); the peer may have gone.
    pub fn peer_addr(&self) -> io::Result<Address> {
        either!(&self.0, stream => stream.peer_addr().map(Address::from))
    }

    /// The address of this end.
    ///
    /// # Errors
    ///
    /// That of getsockname(2).
    pub fn local_addr(&self) -> io::Result<Address> {
        either!(&self.0, stream => stream.local_addr().map(Address::from))
    }

    /// Ends one direction or both.
    ///
    /// # Errors
    ///
    /// That of shutdown(2).
    pub fn shutdown(&self, how: Shutdown) -> io::Result<()> {
        either!(&self.0, stream => stream.shutdown(how))
    }

    /// Whether small writes leave at once (`TCP_NODELAY`) instead of waiting
    /// for the acknowledgement of earlier ones. On a Unix socket they always
    /// do, and this does nothing.
    ///
    /// # Errors
    ///
    /// That of setsockopt(2).
    pub fn set_nodelay(&self, nodelay: bool) -> io::Result<()> {
        match &self.0 {
            Kind::Tcp(stream) => stream.set_nodelay(nodelay),
            #[cfg(unix)]
            Kind::Unix(_) => Ok(()),
        }
    }

    /// Takes the error that is pending on the socket, if any (`SO_ERROR`).
    ///
    /// # Errors
    ///
    /// That of getsockopt(2).
    pub fn take_error(&self) -> io::Result<Option<io::Error>> {
        either!(&self.0, stream => stream.take_error())
    }
}

impl From<TcpStream> for Stream {
    fn from(stream: TcpStream) -> Stream {
        Stream(Kind::Tcp(stream))
    }
}

#[cfg(unix)]
impl From<UnixStream> for Stream {
    fn from(stream: UnixStream) -> Stream {
        Stream(Kind::Unix(stream))
    }
}

impl Connect for Stream {
    fn unconnected() -> Stream {
        TcpStream::none().into()
    }

    fn begin(address: &Address) -> io::Result<Stream> {
        match address {
            Address::Tcp(address) => TcpStream::begin(address).map(Stream::from),
            #[cfg(unix)]
            Address::Unix(address) => UnixStream::begin(address).map(Stream::from),
        }
    }

    fn is_connected(&mut self) -> io::Result<bool> {
        either!(&mut self.0, stream => stream.is_connected())
    }

    fn name_of(address: &Address) -> String {
        address.to_string()
    }
}

impl Read for &Stream {
    #[inline]
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        either!(&self.0, stream => { stream }.read(buffer))
    }
}

impl Write for &Stream {
    #[inline]
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        either!(&self.0, stream => { stream }.write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        either!(&self.0, stream => { stream }.flush())
    }
}

impl Read for Stream {
    #[inline]
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        either!(&mut self.0, stream => stream.read(buffer))
    }

    #[inline]
    fn read_vectored(&mut self, buffers: &mut [IoSliceMut<'_>]) -> io::Result<usize> {
        either!(&mut self.0, stream => stream.read_vectored(buffers))
    }
}

impl Write for Stream {
    #[inline]
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        either!(&mut self.0, stream => stream.write(bytes))
    }

    #[inline]
    fn write_vectored(&mut self, buffers: &[IoSlice<'_>]) -> io::Result<usize> {
        either!(&mut self.0, stream => stream.write_vectored(buffers))
    }

    fn flush(&mut self) -> io::Result<()> {
        either!(&mut self.0, stream => stream.flush())
    }
}

impl Source for Stream {
    fn register(
        &mut self,
        registry: &Registry,
        token: Token,
        interests: Interest,
    ) -> io::Result<()> {
        either!(&mut self.0, stream => stream.register(registry, token, interests))
    }

    fn reregister(
        &mut self,
        registry: &Registry,
        token: Token,
        interests: Interest,
    ) -> io::Result<()> {
        either!(&mut self.0, stream => stream.reregister(registry, token, interests))
    }

    fn deregister(&mut self, registry: &Registry) -> io::Result<()> {
        either!(&mut self.0, stream => stream.deregister(registry))
    }
}

impl Writable for Stream {}

/// # Panics
///
/// Of a stream that [`Family::connect`](crate::Family::connect) could make no socket
/// for, and of a simulated one.
#[cfg(unix)]
impl std::os::fd::AsFd for Stream {
    fn as_fd(&self) -> std::os::fd::BorrowedFd<'_> {
        either!(&self.0, stream => stream.as_fd())
    }
}

impl fmt::Debug for Stream {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        either!(&self.0, stream => stream.fmt(formatter))
    }
}
