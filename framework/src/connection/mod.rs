//! A stream with a framing and an outbox: the ready-made member of a family.

mod busy;
mod member;
mod outbox;
mod pool;

use std::fmt;
use std::io;

use mio::Token;

use crate::framing::{Encode, FrameError, Framing};
use crate::net::TcpStream;
use crate::source::Writable;
use crate::transport::Transport;

pub use busy::{Busy, Hindrance};
pub use outbox::Outbox;

/// A connection: a stream, the [`Framing`] that cuts what comes into frames,
/// and two public fields that borrow apart, `state` for what the application
/// knows about the peer and `out` for what is to be sent to it.
///
/// It is a member of a [`Family`](crate::Family), which has its limits; what
/// comes and goes is a family, if need be of one. Frames are not copied: they
/// borrow the loop's input buffer. A connection owns memory for input only while
/// a frame is incomplete, and for output only while something is unsent.
///
/// # Limits
///
/// Those of its family, each on by default: how long a
/// [`frame`](crate::Family::frame) may be and how long it may
/// [take](crate::Family::message), how long the peer may be
/// [idle](crate::Family::idle), how much may be [unsent](crate::Family::unsent).
///
/// # Examples
///
/// An echo server. Each item is what has just been read:
///
/// ```no_run
/// use miocene::net::{TcpListener, TcpStream};
/// use miocene::{Bytes, Connection, EventLoop, Family, Token, Tokens, handlers};
/// use std::net::SocketAddr;
///
/// const SERVER: Token = Token(0);
/// const CLIENTS: Tokens = Tokens::new(1);
///
/// struct Echo {
///     server: TcpListener,
///     clients: Family<Connection<Bytes>>,
/// }
///
/// #[handlers]
/// impl Echo {
///     #[handler(token = SERVER, fills = CLIENTS)]
///     fn accept(&mut self, (stream, _): (TcpStream, SocketAddr)) {
///         self.clients.insert(Connection::new(stream));
///     }
///
///     #[handler(tokens = CLIENTS)]
///     fn bytes(&mut self, client: &mut Connection<Bytes>, bytes: &[u8]) {
///         client.out.send(bytes);
///     }
/// }
///
/// fn main() -> miocene::Result<()> {
///     let server = TcpListener::bind("127.0.0.1:7000")?;
///     let clients = Family::new(CLIENTS);
///     EventLoop::new()?.run(&mut Echo { server, clients })
/// }
/// ```
pub struct Connection<F, T = (), S = TcpStream> {
    /// What the application knows about the peer.
    pub state: T,
    /// What is to be sent.
    pub out: Outbox,
    framing: F,
    stream: S,
    home: Token,
    /// The framing may be another than the one that has seen what is unread.
    reframed: bool,
}

/// What a connection is made of: [`Connection::into_parts`].
///
/// # Examples
///
/// See [`Connection::into_parts`].
#[non_exhaustive]
pub struct Parts<F, T, S> {
    /// The stream, which no loop watches any more.
    pub stream: S,
    /// The framing.
    pub framing: F,
    /// What the application knew about the peer.
    pub state: T,
    /// What was read and is not part of a frame that was handled.
    pub unread: Vec<u8>,
    /// What was sent and has not been written.
    pub unsent: Vec<u8>,
}

/// The home of a connection that no loop has registered.
pub(crate) const NOWHERE: Token = Token(usize::MAX);

impl<F: Framing, T, S: Transport> Connection<F, T, S> {
    /// A connection with a new framing and a new state.
    ///
    /// # Examples
    ///
    /// ```
    /// use miocene::net::TcpStream;
    /// use miocene::{Connection, Lines};
    ///
    /// # let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
    /// # let address = listener.local_addr()?;
    /// let stream = std::net::TcpStream::connect(address)?;
    /// let peer: Connection<Lines, u32> = Connection::new(TcpStream::from_std(stream)?);
    /// assert_eq!((peer.state, peer.peer_addr()?), (0, address));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn new(stream: S) -> Self
    where
        F: Default,
        T: Default,
    {
        Connection::with_framing(stream, F::default(), T::default())
    }

    /// A connection with a new framing and this state.
    ///
    /// # Examples
    ///
    /// ```
    /// # use miocene::{Connection, Lines, net::TcpStream};
    /// # use std::net::SocketAddr;
    /// fn client(stream: TcpStream, address: SocketAddr) -> Connection<Lines, SocketAddr> {
    ///     Connection::with_state(stream, address)
    /// }
    /// ```
    pub fn with_state(stream: S, state: T) -> Self
    where
        F: Default,
    {
        Connection::with_framing(stream, F::default(), state)
    }

    /// A connection with this framing and this state.
    ///
    /// # Examples
    ///
    /// ```
    /// # use miocene::{Connection, LengthPrefixed, net::TcpStream};
    /// fn client(stream: TcpStream) -> Connection<LengthPrefixed> {
    ///     Connection::with_framing(stream, LengthPrefixed::u16_be(), ())
    /// }
    /// ```
    pub fn with_framing(stream: S, framing: F, state: T) -> Self {
        Connection {
            state,
            out: Outbox::default(),
            framing,
            stream,
            home: NOWHERE,
            reframed: false,
        }
    }

    /// The token under which it is registered, which is the one that
    /// [`Family::insert`](crate::Family::insert) returned. None before, and again
    /// in `#[closed]`.
    pub fn token(&self) -> Option<Token> {
        (self.home != NOWHERE).then_some(self.home)
    }

    /// The address of the peer.
    ///
    /// # Errors
    ///
    /// When there is no peer any more.
    pub fn peer_addr(&self) -> io::Result<S::Address> {
        self.stream.peer_address()
    }

    /// The stream, for its options. Not to be read or written: what is read here
    /// is missing in the frames, and what is written is out of order.
    pub fn stream(&self) -> &S {
        &self.stream
    }

    /// The stream, for who connects it.
    pub(crate) fn stream_mut(&mut self) -> &mut S {
        &mut self.stream
    }

    /// The framing.
    pub fn framing(&self) -> &F {
        &self.framing
    }

    /// The framing, to be changed. That can be at any time: it is asked for each frame,
    /// so a change holds from the byte after the frame in hand.
    ///
    /// # Examples
    ///
    /// ```
    /// # use miocene::{Connection, LengthPrefixed};
    /// fn longer_frames(client: &mut Connection<LengthPrefixed>) {
    ///     *client.framing_mut() = LengthPrefixed::u32_be();
    /// }
    /// ```
    pub fn framing_mut(&mut self) -> &mut F {
        self.reframed = true;
        &mut self.framing
    }

    /// Sends a frame, as the framing encodes it. It borrows the whole connection:
    /// what lies in `state` is taken out of it, or copied, to be sent.
    ///
    /// # Errors
    ///
    /// When the framing has no way to say this. Nothing is sent then.
    ///
    /// # Examples
    ///
    /// ```
    /// # use miocene::{Connection, FrameError, LengthPrefixed};
    /// fn frame(client: &mut Connection<LengthPrefixed>, frame: &[u8]) -> Result<(), FrameError> {
    ///     client.send_frame(frame)
    /// }
    /// ```
    pub fn send_frame(&mut self, payload: &F::Payload) -> Result<(), FrameError>
    where
        F: Encode,
    {
        let framing = &self.framing;
        self.out.append(|unsent| framing.encode(payload, unsent))
    }

    /// Ends our direction after what is unsent, as [`Outbox::finish`] does: the
    /// peer reads all of it, and then the end. Reading goes on. When the peer has
    /// ended its direction as well, the connection leaves with
    /// [`Closed::Ended`](crate::Closed::Ended).
    ///
    /// # Examples
    ///
    /// A server that answers once and lets the client say when it has done:
    ///
    /// ```
    /// # use miocene::{Connection, Lines};
    /// fn answer(client: &mut Connection<Lines>, answer: &str) {
    ///     writeln!(client.out, "{answer}");
    ///     client.finish();
    /// }
    /// ```
    pub fn finish(&mut self) {
        self.out.finish();
    }

    /// Takes the connection apart: for one that left its family
    /// ([`Closed::Left`](crate::Closed::Left)), to be made into something else.
    ///
    /// # Examples
    ///
    /// The connection goes on with another framing. The bytes that were read
    /// ahead are there again:
    ///
    /// ```
    /// # use miocene::{Bytes, ByteLines, Connection, net::TcpStream};
    /// fn upgrade(client: Connection<ByteLines>) -> Connection<Bytes> {
    ///     let parts = client.into_parts();
    ///     let mut raw = Connection::new(parts.stream);
    ///     raw.put_back(parts.unread);
    ///     raw.out.send(&parts.unsent);
    ///     raw
    /// }
    /// ```
    pub fn into_parts(mut self) -> Parts<F, T, S> {
        Parts {
            unread: self.out.take_unread(),
            unsent: self.out.unsent().to_vec(),
            stream: self.stream,
            framing: self.framing,
            state: self.state,
        }
    }

    /// Gives the connection bytes to be read before those of the stream, in place
    /// of any that it was given before. For one that is about to be inserted.
    ///
    /// # Examples
    ///
    /// See [`into_parts`](Self::into_parts).
    pub fn put_back(&mut self, bytes: Vec<u8>) {
        self.out.set_unread(bytes);
    }
}

impl<F, T, S> Writable for Connection<F, T, S> {}

impl<F, T, S> fmt::Debug for Connection<F, T, S> {
    /// Token and lengths only: the state may hold secrets.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Connection")
            .field("token", &self.home)
            .field("unsent", &self.out.unsent().len())
            .finish_non_exhaustive()
    }
}

impl<F, T, S> fmt::Debug for Parts<F, T, S> {
    /// Lengths only.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Parts")
            .field("unread", &self.unread.len())
            .field("unsent", &self.unsent.len())
            .finish_non_exhaustive()
    }
}
