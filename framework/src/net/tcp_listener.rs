use std::fmt;
use std::io;
use std::net::{self, SocketAddr, ToSocketAddrs};
use std::time::Duration;

use mio::event::Source;
use mio::{Interest, Registry, Token};
use socket2::{Domain, Protocol, Socket, Type};

use crate::net::accept::AcceptPolicy;
use crate::net::{AcceptCounts, TcpStream};
use crate::{Budget, Drain, Error, Input, Next, Result, selector};

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
    inner: mio::net::TcpListener,
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
        Ok((TcpStream::from(stream), address))
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

impl From<mio::net::TcpListener> for TcpListener {
    fn from(inner: mio::net::TcpListener) -> TcpListener {
        TcpListener {
            inner,
            policy: AcceptPolicy::default(),
        }
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
                Ok(Next::Item((TcpStream::from(stream), address)))
            }
            Err(error) if selector::would_block(&error) => {
                self.policy.dry();
                Ok(Next::Dry)
            }
            // The answer is made here and not by the callee, who would need the
            // address of the item: it can then stay in registers.
            Err(error) => match self.not_accepted(error, input)? {
                None => Ok(Next::More),
                Some(length) => Ok(Next::Rest(length)),
            },
        }
    }
}

impl TcpListener {
    #[cold]
    #[inline(never)]
    fn not_accepted(&mut self, error: io::Error, input: &Input) -> io::Result<Option<Duration>> {
        if error.kind() == io::ErrorKind::Interrupted || selector::forgot(&error) {
            return Err(error);
        }
        self.policy.failed(error, input)
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

/// How to listen.
///
/// # Examples
///
/// ```
/// use miocene::net::ListenOptions;
///
/// let server = ListenOptions::new().backlog(4096).bind("127.0.0.1:0")?;
/// # Ok::<(), miocene::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ListenOptions {
    backlog: u32,
}

impl ListenOptions {
    /// The defaults, which are given at each setting.
    pub fn new() -> ListenOptions {
        ListenOptions { backlog: 1024 }
    }

    /// Connections that the system completes while nobody accepts them. With
    /// too few of them a burst of clients waits for a second, until their
    /// systems try again. Default 1024.
    ///
    /// # Notes
    ///
    /// The system has a limit of its own: `net.core.somaxconn` on Linux, see
    /// [listen(2)](https://man7.org/linux/man-pages/man2/listen.2.html).
    pub fn backlog(mut self, connections: u32) -> ListenOptions {
        self.backlog = connections;
        self
    }

    /// Listens on an address. On Unix `SO_REUSEADDR` is set, so that a server
    /// can be started again at once; two servers still cannot share a port.
    ///
    /// # Errors
    ///
    /// As for [`TcpListener::bind`].
    pub fn bind(self, address: impl ToSocketAddrs + fmt::Debug) -> Result<TcpListener> {
        let listener = address.to_socket_addrs().and_then(|mut addresses| {
            let mut error = io::ErrorKind::AddrNotAvailable.into();
            let listen = |address| self.listen(address).map_err(|last| error = last).ok();
            addresses.find_map(listen).ok_or(error)
        });
        listener.map_err(|source| Error::Listen {
            address: format!("{address:?}"),
            source,
        })
    }

    fn listen(self, address: SocketAddr) -> io::Result<TcpListener> {
        let domain = Domain::for_address(address);
        let socket = Socket::new(domain, Type::STREAM, Some(Protocol::TCP))?;
        // On Windows the option means that others can take the address over.
        #[cfg(unix)]
        socket.set_reuse_address(true)?;
        socket.bind(&address.into())?;
        socket.listen(i32::try_from(self.backlog).unwrap_or(i32::MAX))?;
        TcpListener::from_std(socket.into())
    }
}

impl Default for ListenOptions {
    fn default() -> ListenOptions {
        ListenOptions::new()
    }
}
