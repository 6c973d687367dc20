//! What fields must be to be sources. The traits exist for their messages: a
//! wrong field is told what to be instead.

use std::io;

use mio::event::Source;
use mio::{Interest, Registry, Token};

/// A source that can be written to, so that `interest = WRITABLE` makes sense.
///
/// It has no methods. Implement it for a source of your own that one writes
/// to; for a foreign type, write the handler with `raw`, which takes any
/// [`mio::event::Source`].
///
/// # Examples
///
/// ```
/// # struct Port;
/// impl miocene::Writable for Port {}
/// ```
#[diagnostic::on_unimplemented(
    message = "`interest = WRITABLE` makes no sense for `{Self}`",
    label = "one does not write to this source",
    note = "a listener or a timer only yields items: use `interest = READABLE`",
    note = "for a type of your own that one writes to, `impl miocene::Writable for …`; for any other event source, add `raw`"
)]
pub trait Writable {
    /// What the code of `#[handlers]` calls, to be refused by the compiler.
    #[doc(hidden)]
    fn assert_writable(&self) {}
}

impl Writable for mio::net::TcpStream {}
impl Writable for mio::net::UdpSocket {}
#[cfg(unix)]
impl Writable for mio::net::UnixStream {}
#[cfg(unix)]
impl Writable for mio::net::UnixDatagram {}
#[cfg(unix)]
impl Writable for mio::unix::pipe::Sender {}
impl<S: Writable + ?Sized> Writable for Box<S> {}

/// Any [`mio::event::Source`], under a name that can say what to do instead.
///
/// There is nothing to implement: mio's trait is the one to implement.
///
/// # Examples
///
/// ```
/// use miocene::EventSource;
///
/// # fn main() -> std::io::Result<()> {
/// let mut socket = miocene::mio::net::UdpSocket::bind("127.0.0.1:0".parse().unwrap())?;
/// let _source: &mut dyn miocene::mio::event::Source = socket.as_source();
/// # Ok(())
/// # }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an event source",
    label = "cannot be registered with the loop",
    note = "the field must hold the source itself: not an `Option`, a collection or a reference of it. A source that comes and goes is detached by `Flow::Close` and attached by `cx.attach(TOKEN)`",
    note = "any `mio::event::Source` will do; a file descriptor becomes one in `miocene::Fd`"
)]
pub trait EventSource: Sized {
    /// The source as mio takes it.
    fn as_source(&mut self) -> &mut dyn Source;
}

#[diagnostic::do_not_recommend]
impl<S: Source> EventSource for S {
    fn as_source(&mut self) -> &mut dyn Source {
        self
    }
}

/// An event source of which the system knows nothing: what [`Drain::source`] returns
/// for a source that is filled otherwise, and has [news](crate::Drain::has_news) or a
/// [time](crate::Next::Until).
///
/// [`Drain::source`]: crate::Drain::source
///
/// # Examples
///
/// See [`Wake`](crate::Wake).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Unregistered;

impl Source for Unregistered {
    fn register(&mut self, _: &Registry, _: Token, _: Interest) -> io::Result<()> {
        Ok(())
    }

    fn reregister(&mut self, _: &Registry, _: Token, _: Interest) -> io::Result<()> {
        Ok(())
    }

    fn deregister(&mut self, _: &Registry) -> io::Result<()> {
        Ok(())
    }
}

/// The application, of which the field is taken that is named like its token.
/// The type goes by way of the token's: where there is no such token, rustc
/// does not know the type either, and says nothing of a missing field.
#[inline(always)]
pub fn owner<A, T: TokenOf<A>>(app: &mut A, _token: T) -> &mut T::Application {
    T::application(app)
}

/// See [`owner`].
pub trait TokenOf<A> {
    type Application;

    fn application(app: &mut A) -> &mut Self::Application;
}

impl<A, T> TokenOf<A> for T {
    type Application = A;

    #[inline(always)]
    fn application(app: &mut A) -> &mut A {
        app
    }
}
