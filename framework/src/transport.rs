//! What a connection needs of its stream.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr};

use mio::event::Source;

use crate::net::{Address, Stream, TcpStream};

/// A non-blocking stream of bytes to one peer: a socket, or a layer on top of
/// one, such as TLS.
///
/// Reading and writing are [`Read`] and [`Write`], which return
/// [`WouldBlock`](io::ErrorKind::WouldBlock) when they cannot go on. A layer
/// registers the socket below it.
///
/// # Examples
///
/// ```
/// use miocene::Transport;
/// use std::io;
///
/// fn refuse(stream: &mut impl Transport) -> io::Result<()> {
///     stream.write_all(b"too many connections\n")?;
///     stream.flush()?;
///     stream.end_writing()
/// }
/// # #[cfg(unix)] {
/// use std::io::Read;
///
/// let (mut ours, mut theirs) = miocene::net::UnixStream::pair()?;
/// refuse(&mut ours)?;
/// let mut text = String::new();
/// theirs.read_to_string(&mut text)?;
/// assert_eq!(text, "too many connections\n");
/// # }
/// # Ok::<(), io::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a stream that a connection can be made of",
    label = "not a `Transport`",
    note = "`miocene::net::{{TcpStream, UnixStream, Stream}}` are; a stream of mio's or std's becomes one of them by `from` or `from_std`",
    note = "a layer of your own, such as TLS, can implement `miocene::Transport`"
)]
pub trait Transport: Read + Write + Source {
    /// What the peer is known by.
    type Address;

    /// Whether a read that fills less than the buffer stands for `WouldBlock`
    /// on selectors that report edges (epoll, kqueue). That spares the read
    /// that would say so.
    ///
    /// Provided: `false`, which is right for layers. It is `true` for TCP,
    /// where nothing but urgent data splits what has come, of which
    /// [`PRIORITY`](crate::Interest::PRIORITY) tells.
    const SHORT_READ_IS_DRY: bool = false;

    /// The address of the peer.
    ///
    /// # Errors
    ///
    /// That of the socket; the peer may have gone.
    fn peer_address(&self) -> io::Result<Self::Address>;

    /// Ends the writing direction, so that the peer reads the end. Called once
    /// all that was unsent has been written and flushed.
    ///
    /// # Errors
    ///
    /// That of the socket; the peer may have gone.
    fn end_writing(&mut self) -> io::Result<()>;

    /// Whether the layer itself holds bytes that a read would give though its
    /// socket is dry, of which no event would tell.
    ///
    /// Provided: `false`, which is right for sockets.
    fn holds_input(&self) -> bool {
        false
    }
}

impl Transport for TcpStream {
    type Address = SocketAddr;
    const SHORT_READ_IS_DRY: bool = true;

    fn peer_address(&self) -> io::Result<SocketAddr> {
        self.peer_addr()
    }

    fn end_writing(&mut self) -> io::Result<()> {
        self.shutdown(Shutdown::Write)
    }
}

/// A short read is not the last one: a message that has descriptors with it
/// ends the read that takes it, though more has come (seen on Linux 6.18).
#[cfg(unix)]
impl Transport for crate::net::UnixStream {
    type Address = std::os::unix::net::SocketAddr;

    fn peer_address(&self) -> io::Result<Self::Address> {
        self.peer_addr()
    }

    fn end_writing(&mut self) -> io::Result<()> {
        self.shutdown(Shutdown::Write)
    }
}

/// It may be a Unix stream, for which a short read is not the last one.
impl Transport for Stream {
    type Address = Address;

    fn peer_address(&self) -> io::Result<Address> {
        self.peer_addr()
    }

    fn end_writing(&mut self) -> io::Result<()> {
        self.shutdown(Shutdown::Write)
    }
}

impl<S: Transport> Transport for Box<S> {
    type Address = S::Address;
    const SHORT_READ_IS_DRY: bool = S::SHORT_READ_IS_DRY;

    fn peer_address(&self) -> io::Result<S::Address> {
        (**self).peer_address()
    }

    fn end_writing(&mut self) -> io::Result<()> {
        (**self).end_writing()
    }

    fn holds_input(&self) -> bool {
        (**self).holds_input()
    }
}
