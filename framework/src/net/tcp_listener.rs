use std::fmt;
use std::io;
use std::net::{self, SocketAddr, ToSocketAddrs};

use mio::event::Source;
use mio::{Interest, Registry, Token};

use crate::net::accept::AcceptPolicy;
use crate::net::{AcceptCounts, ListenOptions, TcpStream};
use crate::{Budget, Drain, Input, Next, Result, selector, system};

/// A TCP listener: a source of connections, with the addresses of the peers.
///
/// # Examples
///
/// ```
/// use miocene::net::TcpListener;
///
/// let server = TcpListener::bind("127.0.0.1:0")?;
/// println!("listening on {}", server.local_addr()?);
/// # Ok::<(), miocene::Error>(())
/// ```
///
/// # Notes
///
/// Accepting can fail without the listener being at fault, and an
/// edge-triggered listener that is left after an error hears of the clients
/// that wait behind it only when another one comes. So:
///
/// * a connection that failed before it was accepted is skipped;
/// * when descriptors or memory have run out, the listener rests for
///   [`Config::retry_delay`](crate::Config::retry_delay) and tries by itself;
/// * on any other error it does the same, and has failed only after ten of
///   them in a row.
///
/// All of it is counted in [`counts`](Self::counts).
pub struct TcpListener {
    inner: system::TcpListener,
    policy: AcceptPolicy,
}

impl TcpListener {
    /// Listens on an address, with the default [`ListenOptions`]. Port 0 takes
    /// a free port, which [`local_addr`](Self::local_addr) tells.
    ///
    /// # Errors
    ///
    /// When the address cannot be resolved or bound. If it stands for several,
    /// the first one that can be bound is taken.
    pub fn bind(address: impl ToSocketAddrs + fmt::Debug) -> Result<TcpListener> {
        ListenOptions::new().bind(address)
    }

    /// Takes a listener of the standard library, as from a parent process.
    ///
    /// # Errors
    ///
    /// When it cannot be made non-blocking.
    pub fn from_std(listener: net::TcpListener) -> io::Result<TcpListener> {
        listener.set_nonblocking(true)?;
        Ok(mio::net::TcpListener::from_std(listener).into())
    }

    /// The address that it listens on.
    ///
    /// # Errors
    ///
    /// That of getsockname(2).
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.inner.local_addr()
    }

    /// Accepts one connection, for a handler that does its own I/O (`raw`).
    ///
    /// # Errors
    ///
    /// Those of [accept(2)](https://man7.org/linux/man-pages/man2/accept.2.html),
    /// as they come.
    #[inline]
    pub fn accept(&self) -> io::Result<(TcpStream, SocketAddr)> {
        let (stream, address) = self.inner.accept()?;
        Ok((TcpStream::of(stream), address))
    }

    pub(super) fn of(inner: system::TcpListener) -> TcpListener {
        TcpListener {
            inner,
            policy: AcceptPolicy::default(),
        }
    }

    /// What it has met while accepting.
    ///
    /// # Examples
    ///
    /// ```
    /// # use miocene::net::TcpListener;
    /// let server = TcpListener::bind("127.0.0.1:0")?;
    /// assert_eq!(server.counts().accepted, 0);
    /// # Ok::<(), miocene::Error>(())
    /// ```
    pub fn counts(&self) -> AcceptCounts {
        self.policy.counts()
    }
}

// With simulation it is another type.
#[allow(clippy::useless_conversion)]
impl From<mio::net::TcpListener> for TcpListener {
    fn from(inner: mio::net::TcpListener) -> TcpListener {
        TcpListener::of(inner.into())
    }
}

impl Drain for TcpListener {
    type Item<'b> = (TcpStream, SocketAddr);
    const STRANGERS: bool = true;
    const BUDGET: Budget = Budget::Accepts;

    fn source(&mut self) -> &mut dyn Source {
        self
    }

    #[inline(always)]
    fn next<'b>(&mut self, input: &'b mut Input) -> io::Result<Next<Self::Item<'b>>> {
        match self.inner.accept() {
            Ok((stream, address)) => {
                self.policy.accepted();
                Ok(Next::Item((TcpStream::of(stream), address)))
            }
            Err(error) if selector::would_block(&error) => {
                self.policy.dry();
                Ok(Next::Dry)
            }
            // The answer is made here and not by the callee, who would need the
            // address of the item: it can then stay in registers.
            Err(error) => match self.policy.failed(error, input)? {
                None => Ok(Next::More),
                Some(length) => Ok(Next::Rest(length)),
            },
        }
    }
}

impl Source for TcpListener {
    fn register(
        &mut self,
        registry: &Registry,
        token: Token,
        interests: Interest,
    ) -> io::Result<()> {
        self.inner.register(registry, token, interests)
    }

    fn reregister(
        &mut self,
        registry: &Registry,
        token: Token,
        interests: Interest,
    ) -> io::Result<()> {
        self.inner.reregister(registry, token, interests)
    }

    fn deregister(&mut self, registry: &Registry) -> io::Result<()> {
        self.inner.deregister(registry)
    }
}

#[cfg(unix)]
impl std::os::fd::AsFd for TcpListener {
    fn as_fd(&self) -> std::os::fd::BorrowedFd<'_> {
        self.inner.as_fd()
    }
}

impl fmt::Debug for TcpListener {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(formatter)
    }
}
