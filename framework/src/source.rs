//! What fields must be to be sources. The traits exist for their messages: a
//! wrong field is told what to be instead.

use mio::event::Source;

use crate::Drain;

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
pub trait Writable {}

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

/// The source of a token whose items are drained.
pub fn drained<S: Drain>(source: &mut S) -> &mut dyn Source {
    source.source()
}

/// The source of a token that has only handlers without items.
pub fn undrained<S: EventSource>(source: &mut S) -> &mut dyn Source {
    source.as_source()
}

/// Compiles only for a source that can be written to.
pub fn assert_writable<S: Writable>(_source: &S) {}
