//! The system itself.

#[cfg(unix)]
use std::fmt;
use std::io;
use std::net::SocketAddr;
#[cfg(unix)]
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};
#[cfg(unix)]
use std::os::unix;
#[cfg(unix)]
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

#[cfg(unix)]
use mio::event::Source;
#[cfg(unix)]
use mio::unix::SourceFd;
#[cfg(unix)]
use mio::{Interest, Registry, Token};
use socket2::{Domain, Protocol, SockRef, Socket, Type};

#[cfg(unix)]
pub(crate) use mio::net::UnixStream;
pub(crate) use mio::net::{TcpListener, TcpStream};
pub(crate) use mio::{Events, Poll, Waker};

#[cfg(unix)]
use super::unix_path;

/// What the clock says.
#[inline(always)]
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// How many families were made before.
pub(crate) fn families_made() -> u32 {
    static MADE: AtomicU32 = AtomicU32::new(0);
    MADE.fetch_add(1, Ordering::Relaxed)
}

pub(crate) fn listen_tcp(address: SocketAddr, queue: i32) -> io::Result<TcpListener> {
    let domain = Domain::for_address(address);
    let socket = Socket::new(domain, Type::STREAM, Some(Protocol::TCP))?;
    // On Windows the option means that others can take the address over.
    #[cfg(unix)]
    socket.set_reuse_address(true)?;
    socket.bind(&address.into())?;
    socket.listen(queue)?;
    socket.set_nonblocking(true)?;
    Ok(TcpListener::from_std(socket.into()))
}

/// Options that mio's streams have no methods for.
pub(crate) trait SocketOptions {
    fn set_keepalive(&self, keepalive: bool) -> io::Result<()>;
    fn keepalive(&self) -> io::Result<bool>;
    fn set_linger(&self, linger: Option<Duration>) -> io::Result<()>;
    fn linger(&self) -> io::Result<Option<Duration>>;
}

impl SocketOptions for TcpStream {
    fn set_keepalive(&self, keepalive: bool) -> io::Result<()> {
        SockRef::from(self).set_keepalive(keepalive)
    }

    fn keepalive(&self) -> io::Result<bool> {
        SockRef::from(self).keepalive()
    }

    fn set_linger(&self, linger: Option<Duration>) -> io::Result<()> {
        SockRef::from(self).set_linger(linger)
    }

    fn linger(&self) -> io::Result<Option<Duration>> {
        SockRef::from(self).linger()
    }
}

#[cfg(unix)]
pub(crate) fn listen_unix(path: &Path, mode: u32, queue: i32) -> io::Result<UnixListener> {
    let listener = unix_path::listen(path, mode, queue)?;
    listener.set_nonblocking(true)?;
    Ok(UnixListener::from(listener))
}

/// Not mio's: that panics at a peer whose path fills the address, takes an
/// abstract name for none, and refuses peers with a path on macOS (seen with
/// 1.2.5; the latter is <https://github.com/tokio-rs/mio/pull/2008>).
#[cfg(unix)]
pub(crate) struct UnixListener(unix::net::UnixListener);

#[cfg(unix)]
impl UnixListener {
    pub(crate) fn local_addr(&self) -> io::Result<unix::net::SocketAddr> {
        self.0.local_addr()
    }

    #[inline]
    pub(crate) fn accept(&self) -> io::Result<(UnixStream, unix::net::SocketAddr)> {
        let (stream, address) = self.0.accept()?;
        stream.set_nonblocking(true)?;
        Ok((UnixStream::from_std(stream), address))
    }
}

#[cfg(unix)]
impl From<unix::net::UnixListener> for UnixListener {
    fn from(listener: unix::net::UnixListener) -> UnixListener {
        UnixListener(listener)
    }
}

#[cfg(unix)]
impl Source for UnixListener {
    fn register(
        &mut self,
        registry: &Registry,
        token: Token,
        interests: Interest,
    ) -> io::Result<()> {
        SourceFd(&self.0.as_raw_fd()).register(registry, token, interests)
    }

    fn reregister(
        &mut self,
        registry: &Registry,
        token: Token,
        interests: Interest,
    ) -> io::Result<()> {
        SourceFd(&self.0.as_raw_fd()).reregister(registry, token, interests)
    }

    fn deregister(&mut self, registry: &Registry) -> io::Result<()> {
        SourceFd(&self.0.as_raw_fd()).deregister(registry)
    }
}

#[cfg(unix)]
impl AsFd for UnixListener {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

#[cfg(unix)]
impl fmt::Debug for UnixListener {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}
