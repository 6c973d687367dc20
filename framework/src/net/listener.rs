use std::fmt;
use std::io;

use mio::event::Source;
use mio::{Interest, Registry, Token};

#[cfg(unix)]
use crate::net::UnixListener;
use crate::net::{AcceptCounts, Address, ListenOptions, Stream, TcpListener};
use crate::{Budget, Drain, Input, Next, Result};

/// A listener of either kind, for a program that is told at run time where to
/// listen: a [`TcpListener`] or, on Unix, a [`UnixListener`].
///
/// # Examples
///
/// ```
/// use miocene::net::{Address, Listener, Stream};
/// use miocene::{Flow, Token, handlers};
///
/// const SERVER: Token = Token(0);
///
/// struct App { server: Listener }
///
/// #[handlers]
/// impl App {
///     #[handler(token = SERVER)]
///     fn accept(&mut self, (_stream, peer): (Stream, Address)) -> Flow {
///         println!("Got a connection from {peer}");
///         Flow::Stop
///     }
/// }
///
/// # fn main() -> miocene::Result<()> {
/// let server = Listener::bind("127.0.0.1:0")?;
/// println!("listening on {}", server.local_addr()?);
/// # let address = server.local_addr()?.to_string();
/// # let _client = std::net::TcpStream::connect(address)?;
/// miocene::EventLoop::new()?.run(&mut App { server })
/// # }
/// ```
pub struct Listener(Kind);

enum Kind {
    Tcp(TcpListener),
    #[cfg(unix)]
    Unix(UnixListener),
}

impl Listener {
    /// Listens on an address in text form, with the default [`ListenOptions`]:
    ///
    /// * `127.0.0.1:9000`, `[::1]:9000` or `localhost:9000` for TCP;
    /// * `unix:/run/chat` for a path, on Unix. What comes after `unix:` is
    ///   taken as it is, with no escapes.
    ///
    /// # Errors
    ///
    /// As for [`TcpListener::bind`] and [`UnixListener::bind`]. `unix:@name`,
    /// which elsewhere is an abstract name, is
    /// [`Unsupported`](io::ErrorKind::Unsupported): such a socket is open to
    /// everyone on the machine. [`UnixListener::from_std`] takes one, and
    /// `unix:./@name` is a file. Where there are no Unix sockets, any `unix:` is
    /// unsupported.
    ///
    /// # Examples
    ///
    /// ```
    /// use miocene::net::Listener;
    ///
    /// # #[cfg(unix)] {
    /// # let directory = std::env::temp_dir();
    /// # let path = directory.join(format!("miocene-any-{}", std::process::id()));
    /// let address = format!("unix:{}", path.display());
    /// let server = Listener::bind(&address)?;
    /// assert_eq!(server.local_addr()?.to_string(), address);
    /// # std::fs::remove_file(path)?;
    /// # }
    /// # Ok::<(), miocene::Error>(())
    /// ```
    pub fn bind(address: &str) -> Result<Listener> {
        ListenOptions::new().bind_any(address)
    }

    /// The address that it listens on.
    ///
    /// # Errors
    ///
    /// That of getsockname(2).
    pub fn local_addr(&self) -> io::Result<Address> {
        either!(&self.0, listener => listener.local_addr().map(Address::from))
    }

    /// Accepts one connection, for a handler that does its own I/O (`raw`).
    ///
    /// # Errors
    ///
    /// As for [`TcpListener::accept`] and [`UnixListener::accept`].
    pub fn accept(&self) -> io::Result<(Stream, Address)> {
        either!(&self.0, listener => listener.accept().map(any))
    }

    /// What it has met while accepting.
    ///
    /// # Examples
    ///
    /// See [`TcpListener::counts`].
    pub fn counts(&self) -> AcceptCounts {
        either!(&self.0, listener => listener.counts())
    }
}

/// A connection of either kind.
fn any((stream, address): (impl Into<Stream>, impl Into<Address>)) -> (Stream, Address) {
    (stream.into(), address.into())
}

impl From<TcpListener> for Listener {
    fn from(listener: TcpListener) -> Listener {
        Listener(Kind::Tcp(listener))
    }
}

#[cfg(unix)]
impl From<UnixListener> for Listener {
    fn from(listener: UnixListener) -> Listener {
        Listener(Kind::Unix(listener))
    }
}

impl Drain for Listener {
    type Item<'b> = (Stream, Address);
    const STRANGERS: bool = true;
    const BUDGET: Budget = Budget::Accepts;

    fn source(&mut self) -> &mut dyn Source {
        self
    }

    #[inline]
    fn next<'b>(&mut self, input: &'b mut Input) -> io::Result<Next<Self::Item<'b>>> {
        either!(&mut self.0, listener => Ok(match listener.next(input)? {
            Next::Item(connection) => Next::Item(any(connection)),
            Next::More => Next::More,
            Next::Dry => Next::Dry,
            Next::End => Next::End,
            Next::Rest(length) => Next::Rest(length),
            Next::Until(time) => Next::Until(time),
        }))
    }
}

impl Source for Listener {
    fn register(
        &mut self,
        registry: &Registry,
        token: Token,
        interests: Interest,
    ) -> io::Result<()> {
        either!(&mut self.0, listener => listener.register(registry, token, interests))
    }

    fn reregister(
        &mut self,
        registry: &Registry,
        token: Token,
        interests: Interest,
    ) -> io::Result<()> {
        either!(&mut self.0, listener => listener.reregister(registry, token, interests))
    }

    fn deregister(&mut self, registry: &Registry) -> io::Result<()> {
        either!(&mut self.0, listener => listener.deregister(registry))
    }
}

#[cfg(unix)]
impl std::os::fd::AsFd for Listener {
    fn as_fd(&self) -> std::os::fd::BorrowedFd<'_> {
        either!(&self.0, listener => listener.as_fd())
    }
}

impl fmt::Debug for Listener {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        either!(&self.0, listener => listener.fmt(formatter))
    }
}
