use std::fmt::Debug;
use std::io;
use std::net::SocketAddr;

use crate::Transport;
#[cfg(unix)]
use crate::net::Address;
#[cfg(doc)]
use crate::net::Stream;
use crate::net::TcpStream;
#[cfg(unix)]
use crate::net::UnixStream;
use crate::planted::Bug;

/// A stream that can be connected to an address, for
/// [`Family::connect`](crate::Family::connect): a [`TcpStream`], a [`UnixStream`], a
/// [`Stream`], or a layer of your own on top of one.
///
/// # Examples
///
/// A layer of nothing:
///
/// ```
/// use miocene::Transport;
/// use miocene::net::{Connect, TcpStream};
/// use std::io;
/// use std::net::SocketAddr;
/// # use miocene::mio::{event::Source, Interest, Registry, Token};
///
/// struct Plain(TcpStream);
///
/// impl Connect for Plain {
///     fn unconnected() -> Plain {
///         Plain(TcpStream::unconnected())
///     }
///
///     fn begin(address: &SocketAddr) -> io::Result<Plain> {
///         TcpStream::begin(address).map(Plain)
///     }
///
///     fn is_connected(&mut self) -> io::Result<bool> {
///         self.0.is_connected()
///     }
/// }
/// # impl io::Read for Plain { fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> { self.0.read(buffer) } }
/// # impl io::Write for Plain {
/// #     fn write(&mut self, bytes: &[u8]) -> io::Result<usize> { self.0.write(bytes) }
/// #     fn flush(&mut self) -> io::Result<()> { Ok(()) }
/// # }
/// # impl Source for Plain {
/// #     fn register(&mut self, r: &Registry, t: Token, i: Interest) -> io::Result<()> { self.0.register(r, t, i) }
/// #     fn reregister(&mut self, r: &Registry, t: Token, i: Interest) -> io::Result<()> { self.0.reregister(r, t, i) }
/// #     fn deregister(&mut self, r: &Registry) -> io::Result<()> { self.0.deregister(r) }
/// # }
/// # impl Transport for Plain {
/// #     type Address = SocketAddr;
/// #     fn peer_address(&self) -> io::Result<SocketAddr> { self.0.peer_address() }
/// #     fn end_writing(&mut self) -> io::Result<()> { self.0.end_writing() }
/// # }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be connected to an address",
    label = "a family of connections over it has no `connect`",
    note = "`miocene::net::{{TcpStream, UnixStream, Stream}}` can; a layer of your own can implement `miocene::net::Connect`"
)]
pub trait Connect: Transport<Address: Debug + Send + Sync + 'static> + Sized + 'static {
    /// A stream without a socket: what a member has before one is made, and what
    /// `#[closed]` is given if none could be. Everything fails with
    /// [`NotConnected`](io::ErrorKind::NotConnected).
    fn unconnected() -> Self;

    /// Begins to connect to an address, and does not wait for it.
    ///
    /// # Errors
    ///
    /// When no socket can be made, or the address can be seen not to be reached.
    /// After [`WouldBlock`](io::ErrorKind::WouldBlock) it is tried again after a
    /// while: nobody will tell when it is better.
    fn begin(address: &Self::Address) -> io::Result<Self>;

    /// Whether it is connected, as far as is known: asked after each event, until
    /// it is or there is an error.
    ///
    /// # Errors
    ///
    /// Why it has failed.
    fn is_connected(&mut self) -> io::Result<bool>;

    /// An address as it is named in errors. Provided: as it is debugged.
    fn name_of(address: &Self::Address) -> String {
        format!("{address:?}")
    }
}

impl Connect for TcpStream {
    fn unconnected() -> TcpStream {
        TcpStream::none()
    }

    fn begin(address: &SocketAddr) -> io::Result<TcpStream> {
        TcpStream::connect(*address)
    }

    /// The error of the socket comes first: a connection that was refused has
    /// become writable as well. Without one it is connected when it has a peer
    /// (connect(2), EINPROGRESS).
    ///
    /// A socket that connects to a port of this machine from which nobody listens
    /// may be given that very port, and is then connected to itself (RFC 9293,
    /// 3.5, figure 8; seen in tokio-rs/tokio#3405).
    fn is_connected(&mut self) -> io::Result<bool> {
        if let Some(error) = self.take_error()? {
            return Err(error);
        }
        match self.peer_addr() {
            Ok(_) if Bug::ConnectsToItself.is_planted() => Ok(true),
            Ok(peer) if peer == self.local_addr()? => Err(io::Error::new(
                io::ErrorKind::ConnectionRefused,
                "connected to itself: nobody listens there",
            )),
            Ok(_) => Ok(true),
            Err(_) if Bug::ConnectsWithoutPeer.is_planted() => Ok(true),
            Err(error) if is_under_way(&error) => Ok(false),
            Err(error) => Err(error),
        }
    }
}

#[cfg(unix)]
impl Connect for UnixStream {
    fn unconnected() -> UnixStream {
        UnixStream::none()
    }

    fn name_of(address: &std::os::unix::net::SocketAddr) -> String {
        Address::from(address.clone()).to_string()
    }

    fn begin(address: &std::os::unix::net::SocketAddr) -> io::Result<UnixStream> {
        UnixStream::connect_addr(address)
    }

    fn is_connected(&mut self) -> io::Result<bool> {
        if let Some(error) = self.take_error()? {
            return Err(error);
        }
        match self.peer_addr() {
            Ok(_) => Ok(true),
            Err(error) if is_under_way(&error) => Ok(false),
            Err(error) => Err(error),
        }
    }
}

impl<S: Connect> Connect for Box<S> {
    fn unconnected() -> Self {
        Box::new(S::unconnected())
    }

    fn begin(address: &S::Address) -> io::Result<Self> {
        S::begin(address).map(Box::new)
    }

    fn is_connected(&mut self) -> io::Result<bool> {
        (**self).is_connected()
    }

    fn name_of(address: &S::Address) -> String {
        S::name_of(address)
    }
}

/// What the system says of the peer of a socket that has none yet.
fn is_under_way(error: &io::Error) -> bool {
    #[cfg(unix)]
    if error.raw_os_error() == Some(libc::EINPROGRESS) {
        return true;
    }
    error.kind() == io::ErrorKind::NotConnected
}

/// Why a stream without a socket has no descriptor.
pub(super) const NO_SOCKET: &str =
    "a stream that is not connected has no descriptor: see `Family::connect`";

#[cold]
#[inline(never)]
pub(super) fn has_no_socket() -> io::Error {
    io::ErrorKind::NotConnected.into()
}
