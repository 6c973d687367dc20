use std::fmt;
use std::io::{self, IoSlice, IoSliceMut, Read, Write};
use std::net::{self, Shutdown, SocketAddr};
use std::time::Duration;

use mio::event::Source;
use mio::{Interest, Registry, Token};

use super::connect::{NO_SOCKET, has_no_socket};
use crate::system::SocketOptions;
use crate::{Writable, system};

/// A TCP connection. It never blocks: reads and writes that cannot go on
/// return [`WouldBlock`](io::ErrorKind::WouldBlock).
///
/// # Examples
///
/// ```
/// use miocene::net::TcpStream;
/// use std::net;
///
/// let listener = net::TcpListener::bind("127.0.0.1:0")?;
/// let stream = TcpStream::from_std(net::TcpStream::connect(listener.local_addr()?)?)?;
/// stream.set_nodelay(true)?;
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct TcpStream(Option<system::TcpStream>);

impl TcpStream {
    /// Begins to connect to an address, and does not wait for it.
    ///
    /// Until it is connected, reads and writes return
    /// [`WouldBlock`](io::ErrorKind::WouldBlock) or
    /// [`NotConnected`](io::ErrorKind::NotConnected) and there is no
    /// [`peer_addr`](Self::peer_addr). A source that is asked for WRITABLE is told
    /// when that is over; [`take_error`](Self::take_error) then says whether it has
    /// failed. [`Family::connect`](crate::Family::connect) does all of that.
    ///
    /// # Errors
    ///
    /// When no socket can be made, or the address can be seen not to be reached.
    ///
    /// # Examples
    ///
    /// ```
    /// use miocene::net::{TcpListener, TcpStream};
    ///
    /// let server = TcpListener::bind("127.0.0.1:0")?;
    /// let stream = TcpStream::connect(server.local_addr()?)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn connect(address: SocketAddr) -> io::Result<TcpStream> {
        system::TcpStream::connect(address).map(TcpStream::of)
    }

    /// Takes a connected stream of the standard library.
    ///
    /// # Errors
    ///
    /// When it cannot be made non-blocking.
    pub fn from_std(stream: net::TcpStream) -> io::Result<TcpStream> {
        stream.set_nonblocking(true)?;
        Ok(mio::net::TcpStream::from_std(stream).into())
    }

    #[inline(always)]
    pub(super) fn of(stream: system::TcpStream) -> TcpStream {
        TcpStream(Some(stream))
    }

    /// A stream without a socket: see [`Connect`](crate::net::Connect).
    pub(super) fn none() -> TcpStream {
        TcpStream(None)
    }

    #[cfg(feature = "sim")]
    pub(crate) fn simulated(handle: crate::sim::Handle) -> TcpStream {
        TcpStream::of(system::TcpStream::Simulated(handle))
    }

    /// The address of the peer.
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

    /// Whether small writes leave at once (`TCP_NODELAY`) instead of waiting
    /// for the acknowledgement of earlier ones.
    ///
    /// # Errors
    ///
    /// That of setsockopt(2).
    pub fn set_nodelay(&self, nodelay: bool) -> io::Result<()> {
        self.socket()?.set_nodelay(nodelay)
    }

    /// Whether small writes leave at once.
    ///
    /// # Errors
    ///
    /// That of getsockopt(2).
    pub fn nodelay(&self) -> io::Result<bool> {
        self.socket()?.nodelay()
    }

    /// Whether the system probes a peer that has been silent for long
    /// (`SO_KEEPALIVE`), and resets the connection if it does not answer.
    ///
    /// # Errors
    ///
    /// That of setsockopt(2).
    ///
    /// # Notes
    ///
    /// After two hours by default on Linux. The limits of a
    /// [`Family`](crate::Family) are in minutes and need no answer of the peer's
    /// system.
    pub fn set_keepalive(&self, keepalive: bool) -> io::Result<()> {
        self.socket()?.set_keepalive(keepalive)
    }

    /// Whether the system probes a peer that has been silent for long.
    ///
    /// # Errors
    ///
    /// That of getsockopt(2).
    pub fn keepalive(&self) -> io::Result<bool> {
        self.socket()?.keepalive()
    }

    /// What closing does with what was written and not sent yet (`SO_LINGER`): by
    /// default, and with `None`, the system goes on sending it. With a length of
    /// zero it is thrown away, and the connection reset.
    ///
    /// # Errors
    ///
    /// That of setsockopt(2).
    ///
    /// # Notes
    ///
    /// With any other length closing may block, for which a loop has no time: see
    /// [`Family::linger`](crate::Family::linger) for what does not.
    pub fn set_linger(&self, linger: Option<Duration>) -> io::Result<()> {
        self.socket()?.set_linger(linger)
    }

    /// What closing does with what was not sent yet.
    ///
    /// # Errors
    ///
    /// That of getsockopt(2).
    pub fn linger(&self) -> io::Result<Option<Duration>> {
        self.socket()?.linger()
    }

    /// How many routers a packet may pass (`IP_TTL`).
    ///
    /// # Errors
    ///
    /// That of setsockopt(2).
    pub fn set_ttl(&self, hops: u32) -> io::Result<()> {
        self.socket()?.set_ttl(hops)
    }

    /// How many routers a packet may pass.
    ///
    /// # Errors
    ///
    /// That of getsockopt(2).
    pub fn ttl(&self) -> io::Result<u32> {
        self.socket()?.ttl()
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
    fn socket(&self) -> io::Result<&system::TcpStream> {
        match &self.0 {
            Some(socket) => Ok(socket),
            None => Err(has_no_socket()),
        }
    }

    #[inline(always)]
    fn socket_mut(&mut self) -> io::Result<&mut system::TcpStream> {
        match &mut self.0 {
            Some(socket) => Ok(socket),
            None => Err(has_no_socket()),
        }
    }
}

// With simulation it is another type.
#[allow(clippy::useless_conversion)]
impl From<mio::net::TcpStream> for TcpStream {
    fn from(stream: mio::net::TcpStream) -> TcpStream {
        TcpStream::of(stream.into())
    }
}

impl Read for &TcpStream {
    #[inline]
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        { self.socket()? }.read(buffer)
    }
}

impl Write for &TcpStream {
    #[inline]
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        { self.socket()? }.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        { self.socket()? }.flush()
    }
}

impl Read for TcpStream {
    #[inline]
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.socket_mut()?.read(buffer)
    }

    #[inline]
    fn read_vectored(&mut self, buffers: &mut [IoSliceMut<'_>]) -> io::Result<usize> {
        self.socket_mut()?.read_vectored(buffers)
    }
}

impl Write for TcpStream {
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

impl Source for TcpStream {
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

impl Writable for TcpStream {}

/// # Panics
///
/// Of a stream that [`Family::connect`](crate::Family::connect) could make no socket
/// for, and of a simulated one.
#[cfg(unix)]
impl std::os::fd::AsFd for TcpStream {
    fn as_fd(&self) -> std::os::fd::BorrowedFd<'_> {
        self.0.as_ref().expect(NO_SOCKET).as_fd()
    }
}

impl fmt::Debug for TcpStream {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Some(socket) => socket.fmt(formatter),
            None => formatter.write_str("TcpStream(unconnected)"),
        }
    }
}
