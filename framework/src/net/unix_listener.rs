use std::fmt;
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::{self, SocketAddr};
use std::path::Path;

use mio::event::Source;
use mio::{Interest, Registry, Token};

use crate::net::accept::AcceptPolicy;
use crate::net::{AcceptCounts, ListenOptions, UnixStream};
use crate::{Budget, Drain, Input, Next, Result, selector, system};

/// A listener on a path: a source of connections, with the addresses of the
/// peers, which mostly have none. Unix only.
///
/// # Examples
///
/// ```
/// use miocene::net::UnixListener;
///
/// # let directory = std::env::temp_dir();
/// # let path = directory.join(format!("miocene-listener-{}", std::process::id()));
/// let server = UnixListener::bind(&path)?;
/// println!("listening on {:?}", server.local_addr()?);
///
/// drop(server);
/// std::fs::remove_file(path)?;
/// # Ok::<(), miocene::Error>(())
/// ```
///
/// # Notes
///
/// Dropping it does not remove the path: by then another server may listen
/// there, to which this one was handing over. A path that is left is no
/// obstacle to the next [`bind`](Self::bind).
///
/// Errors of accepting are dealt with as those of a
/// [`TcpListener`](crate::net::TcpListener) are.
///
/// Who the peer is, the system knows: ask it by way of `AsFd`, with
/// `SO_PEERCRED` or getpeereid(3), for which there are safe functions in
/// crates such as rustix.
pub struct UnixListener {
    inner: system::UnixListener,
    policy: AcceptPolicy,
}

impl UnixListener {
    /// Listens on a path, with the default [`ListenOptions`]: only the user
    /// that the server runs as may connect, and root.
    ///
    /// A socket that is there already is removed if nobody listens on it, as
    /// after a crash. To find out, it is connected to.
    ///
    /// # Errors
    ///
    /// When the path cannot be bound. The kind of the error's source is
    ///
    /// * [`AddrInUse`](io::ErrorKind::AddrInUse) if another socket listens there;
    /// * [`AlreadyExists`](io::ErrorKind::AlreadyExists) if what is there is no
    ///   socket, or a link: it is neither followed nor removed;
    /// * [`InvalidInput`](io::ErrorKind::InvalidInput) if the path is empty, has
    ///   a zero in it, or is longer than 107 bytes, 103 on BSD and macOS;
    /// * [`PermissionDenied`](io::ErrorKind::PermissionDenied) if the directory
    ///   cannot be written to, or a socket is there that is another user's.
    ///
    /// # Examples
    ///
    /// ```
    /// use miocene::net::UnixListener;
    ///
    /// # let directory = std::env::temp_dir();
    /// # let path = directory.join(format!("miocene-bind-{}", std::process::id()));
    /// let server = UnixListener::bind(&path)?;
    /// let error = UnixListener::bind(&path).unwrap_err();
    /// assert!(error.to_string().contains("another socket listens there"), "{error}");
    /// # std::fs::remove_file(path)?;
    /// # Ok::<(), miocene::Error>(())
    /// ```
    ///
    /// # Notes
    ///
    /// Two servers that are started at the same moment may both find a path
    /// stale, and one then loses it to the other. Where that can happen, hold
    /// a lock while binding. On BSD and macOS a server that accepts so slowly
    /// that its backlog is full refuses, too, and so passes for one that is gone.
    pub fn bind(path: impl AsRef<Path>) -> Result<UnixListener> {
        ListenOptions::new().bind_unix(path)
    }

    /// Takes a listener of the standard library, as from a parent process, or
    /// one with an abstract name.
    ///
    /// # Errors
    ///
    /// When it cannot be made non-blocking.
    ///
    /// # Examples
    ///
    /// An abstract name (Linux) belongs to no directory and is gone with its
    /// socket. It has no mode: everyone on the machine may connect.
    ///
    /// ```
    /// # #[cfg(target_os = "linux")] {
    /// use miocene::net::UnixListener;
    /// use std::os::linux::net::SocketAddrExt;
    /// use std::os::unix::net;
    ///
    /// let name = format!("miocene-{}", std::process::id());
    /// let address = net::SocketAddr::from_abstract_name(name)?;
    /// let server = UnixListener::from_std(net::UnixListener::bind_addr(&address)?)?;
    /// # }
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn from_std(listener: net::UnixListener) -> io::Result<UnixListener> {
        listener.set_nonblocking(true)?;
        Ok(UnixListener::of(listener.into()))
    }

    pub(super) fn of(inner: system::UnixListener) -> UnixListener {
        UnixListener {
            inner,
            policy: AcceptPolicy::default(),
        }
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
    /// as they come, and those of making the connection non-blocking.
    #[inline]
    pub fn accept(&self) -> io::Result<(UnixStream, SocketAddr)> {
        let (stream, address) = self.inner.accept()?;
        Ok((UnixStream::of(stream), address))
    }

    /// What it has met while accepting.
    ///
    /// # Examples
    ///
    /// See [`TcpListener::counts`](crate::net::TcpListener::counts).
    pub fn counts(&self) -> AcceptCounts {
        self.policy.counts()
    }
}

impl From<mio::net::UnixListener> for UnixListener {
    fn from(listener: mio::net::UnixListener) -> UnixListener {
        UnixListener::of(net::UnixListener::from(listener).into())
    }
}

impl Drain for UnixListener {
    type Item<'b> = (UnixStream, SocketAddr);
    const STRANGERS: bool = true;
    const BUDGET: Budget = Budget::Accepts;

    fn source(&mut self) -> &mut dyn Source {
        self
    }

    #[inline]
    fn next<'b>(&mut self, input: &'b mut Input) -> io::Result<Next<Self::Item<'b>>> {
        match self.accept() {
            Ok(connection) => {
                self.policy.accepted();
                Ok(Next::Item(connection))
            }
            Err(error) if selector::would_block(&error) => {
                self.policy.dry();
                Ok(Next::Dry)
            }
            Err(error) => match self.policy.failed(error, input)? {
                None => Ok(Next::More),
                Some(length) => Ok(Next::Rest(length)),
            },
        }
    }
}

impl Source for UnixListener {
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

impl AsFd for UnixListener {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.inner.as_fd()
    }
}

impl fmt::Debug for UnixListener {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(formatter)
    }
}
