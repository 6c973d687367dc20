use std::io;

use mio::event::Source;
use mio::{Interest, Token};

use crate::connection::{Busy, Hindrance, Outbox};
#[cfg(doc)]
use crate::input::Begun;
use crate::input::Share;
use crate::{Budget, Drain, Ended, EventSource, Input, Next, Waking, selector};

/// What a family can hold. There is nothing to implement: a member is anything
/// that is a [`Drain`], a [`Connection`](crate::Connection), or, for `raw`
/// handlers, any event source.
///
/// `K` says which of them: [`Drained`] or [`Raw`]. The handlers of a family decide
/// it, so that an event source that is also a [`Drain`] can be either.
///
/// # Examples
///
/// ```
/// use miocene::family::{Drained, Member, Raw};
/// use miocene::net::{TcpListener, TcpStream};
/// use miocene::{Bytes, Connection};
///
/// fn can_be<K, S: Member<K>>() {}
///
/// can_be::<Drained, Connection<Bytes>>();
/// can_be::<Drained, TcpListener>();
/// can_be::<Raw, TcpListener>();
/// can_be::<Raw, TcpStream>();
/// ```
///
/// # Notes
///
/// What is hidden here is between the loop and its members, and free to change.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a member of a family",
    label = "not a source that can be drained",
    note = "a family holds `Connection`s, or any type that implements `miocene::Drain`; with a `raw` handler, any `mio::event::Source`, but no `Connection`, which does its own input and output",
    note = "a bare stream becomes a member in `Connection::new(stream)`, with a framing such as `Bytes`"
)]
pub trait Member<K>: Sized {
    /// What its handler is called with.
    type Item<'b>;
    /// See [`Drain::STRANGERS`].
    const STRANGERS: bool = false;
    /// See [`Drain::BUDGET`].
    const BUDGET: Budget = Budget::Items;
    /// What the poll is asked for beside what the handlers are for.
    #[doc(hidden)]
    const ALSO: Option<Interest> = None;
    /// Whether a short read says that the source is dry.
    #[doc(hidden)]
    const SHORT_READ_IS_DRY: bool = false;
    /// Whether what is sent to it is collected, and flushed by the loop.
    #[doc(hidden)]
    const COLLECTS: bool = false;
    /// Whether the loop reads it.
    #[doc(hidden)]
    const DRAINED: bool = true;

    /// The event source to be registered with the poll.
    fn source(&mut self) -> &mut dyn Source;

    /// Reads once into the empty buffer, for a member that is most likely to have
    /// one item and no more. Anything else is left in `input`, for the drain to
    /// [begin](Begun) with.
    #[doc(hidden)]
    #[inline(always)]
    fn only<'b>(&mut self, input: &'b mut Input, frame_limit: usize) -> Option<Self::Item<'b>> {
        let _ = (input, frame_limit);
        None
    }

    /// The next item, or why there is none.
    ///
    /// # Errors
    ///
    /// Why reading is over.
    fn next<'b>(
        &mut self,
        input: &'b mut Input,
        share: &mut Share,
    ) -> Result<Next<Self::Item<'b>>, Ended>;

    /// Takes the bytes that it brings with it: see [`Drain::kept`].
    #[doc(hidden)]
    fn take_kept(&mut self) -> Vec<u8> {
        Vec::new()
    }

    /// Gives it the bytes that were read and not yielded.
    #[doc(hidden)]
    fn keep(&mut self, bytes: Vec<u8>) {
        let _ = bytes;
    }

    /// Where what is sent is collected.
    #[doc(hidden)]
    fn outbox(&mut self) -> Option<&mut Outbox> {
        None
    }

    /// Writes what is unsent, with which nothing is out of the ordinary, and gives
    /// back the memory. What has hindered it, if it could not.
    #[doc(hidden)]
    #[inline(always)]
    fn send_off(&mut self, spare: &mut Option<Box<Busy>>) -> Result<(), Hindrance> {
        let _ = spare;
        Ok(())
    }

    /// Writes what is unsent. Whether all of it has left.
    #[doc(hidden)]
    fn write_out(&mut self) -> io::Result<bool> {
        Ok(true)
    }

    /// Ends the writing direction.
    #[doc(hidden)]
    fn end_writing(&mut self) -> io::Result<()> {
        Ok(())
    }

    /// Whether it can still be written to, as far as the system tells without a
    /// write.
    #[doc(hidden)]
    fn probe(&mut self) -> io::Result<()> {
        Ok(())
    }

    /// Reads what nobody is interested in. 0 at the end of it.
    #[doc(hidden)]
    fn discard(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let _ = buffer;
        Ok(0)
    }

    /// Whether it holds bytes that a read gives though its socket is dry.
    #[doc(hidden)]
    fn holds_input(&self) -> bool {
        false
    }

    /// See [`Drain::has_news`].
    #[doc(hidden)]
    fn has_news(&self) -> bool {
        false
    }

    /// See [`Drain::woken_by`].
    #[doc(hidden)]
    fn woken_by(&mut self, waking: &mut Waking<'_>) -> io::Result<()> {
        let _ = waking;
        Ok(())
    }

    /// Whether its framing may have been changed since this was asked.
    #[doc(hidden)]
    fn take_reframed(&mut self) -> bool {
        false
    }

    /// The token under which it was registered, if it remembers that.
    #[doc(hidden)]
    fn home(&mut self) -> Option<&mut Token> {
        None
    }
}

/// The members of a family that the loop drains. See [`Member`].
#[derive(Debug, Clone, Copy)]
pub enum Drained {}

/// The members of a family whose handlers do their own input and output. See
/// [`Member`].
#[derive(Debug, Clone, Copy)]
pub enum Raw {}

impl<D: Drain> Member<Drained> for D {
    type Item<'b> = D::Item<'b>;
    const STRANGERS: bool = D::STRANGERS;
    const BUDGET: Budget = D::BUDGET;

    fn source(&mut self) -> &mut dyn Source {
        Drain::source(self)
    }

    #[inline(always)]
    fn next<'b>(
        &mut self,
        input: &'b mut Input,
        _share: &mut Share,
    ) -> Result<Next<D::Item<'b>>, Ended> {
        match Drain::next(self, input) {
            Ok(next) => Ok(next),
            Err(error) if selector::would_block(&error) || selector::forgot(&error) => {
                Ok(Next::Dry)
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(Next::More),
            Err(error) => Err(Ended::Io(error)),
        }
    }

    fn has_news(&self) -> bool {
        Drain::has_news(self)
    }

    fn woken_by(&mut self, waking: &mut Waking<'_>) -> io::Result<()> {
        Drain::woken_by(self, waking)
    }

    fn take_kept(&mut self) -> Vec<u8> {
        self.kept().map(std::mem::take).unwrap_or_default()
    }

    fn keep(&mut self, bytes: Vec<u8>) {
        if let Some(kept) = self.kept() {
            *kept = bytes;
        }
    }
}

impl<S: EventSource> Member<Raw> for S {
    type Item<'b> = ();
    const DRAINED: bool = false;

    fn source(&mut self) -> &mut dyn Source {
        self.as_source()
    }

    fn next(&mut self, _input: &mut Input, _share: &mut Share) -> Result<Next<()>, Ended> {
        Ok(Next::Dry)
    }
}
