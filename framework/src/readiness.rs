use std::fmt;
use std::io;
use std::ops::{BitOr, BitOrAssign};

use mio::Interest;

use crate::planted::Bug;
use crate::selector::{forgot, would_block};

/// What a source is believed to be ready for: a hint, never a promise.
///
/// The loop makes one from each event of the poll, and tests make their own:
/// [`Handlers::dispatch`](crate::Handlers::dispatch) takes a `Readiness`, not
/// mio's `Event`, because that type cannot be built outside of mio.
///
/// A `raw` handler receives `&mut Readiness` and does its I/O through
/// [`try_io`](Self::try_io), which takes a readiness away when the operation
/// meets `WouldBlock`.
///
/// # Examples
///
/// ```
/// use miocene::Readiness;
///
/// let ready = Readiness::READABLE | Readiness::WRITABLE;
/// assert!(ready.is_readable() && ready.is_writable());
/// assert!(Readiness::READ_CLOSED.is_readable(), "the end is something to read");
/// ```
///
/// # Notes
///
/// Which of the hints ([`READ_CLOSED`](Self::READ_CLOSED),
/// [`WRITE_CLOSED`](Self::WRITE_CLOSED), [`ERROR`](Self::ERROR),
/// [`PRIORITY`](Self::PRIORITY)) come depends on the system; mio documents
/// them as best effort. Decide only by the result of a read or a write.
#[derive(Clone, Copy, Default)]
pub struct Readiness(u8);

const READ: u8 = 1;
const WRITE: u8 = 1 << 1;
const READ_CLOSED: u8 = 1 << 2;
const WRITE_CLOSED: u8 = 1 << 3;
const ERROR: u8 = 1 << 4;
const PRIORITY: u8 = 1 << 5;

/// What `try_io` remembers about the call under way; never latched.
const WROTE: u8 = 1 << 6;
const BLOCKED: u8 = 1 << 7;

/// A short read does not say that nothing is left.
const HINTED: u8 = READ_CLOSED | ERROR | PRIORITY;

impl Readiness {
    /// Ready for nothing.
    pub const NONE: Readiness = Readiness(0);
    /// There may be something to read.
    pub const READABLE: Readiness = Readiness(READ);
    /// There may be room to write.
    pub const WRITABLE: Readiness = Readiness(WRITE);
    /// The peer may have ended its direction. Implies readable: the end is
    /// found by reading up to it.
    pub const READ_CLOSED: Readiness = Readiness(READ | READ_CLOSED);
    /// Writing may be over. Implies writable: a write tells.
    pub const WRITE_CLOSED: Readiness = Readiness(WRITE | WRITE_CLOSED);
    /// An error may be pending. Implies readable and writable: the next
    /// operation returns it.
    pub const ERROR: Readiness = Readiness(READ | WRITE | ERROR);
    /// Priority data may have come (TCP urgent data on Linux).
    pub const PRIORITY: Readiness = Readiness(READ | PRIORITY);

    pub(crate) const READ_SIDE: Readiness = Readiness(READ | READ_CLOSED | PRIORITY);
    pub(crate) const WRITE_SIDE: Readiness = Readiness(WRITE | WRITE_CLOSED);

    const fn has(self, bit: u8) -> bool {
        self.0 & bit != 0
    }

    /// Whether a read may find something: data, the end or an error.
    #[inline]
    pub const fn is_readable(self) -> bool {
        self.has(READ)
    }

    /// Whether a write may find room, or an error.
    #[inline]
    pub const fn is_writable(self) -> bool {
        self.has(WRITE)
    }

    /// Whether the peer may have ended its direction.
    #[inline]
    pub const fn is_read_closed(self) -> bool {
        self.has(READ_CLOSED)
    }

    /// Whether writing may be over.
    #[inline]
    pub const fn is_write_closed(self) -> bool {
        self.has(WRITE_CLOSED)
    }

    /// Whether an error may be pending.
    #[inline]
    pub const fn is_error(self) -> bool {
        self.has(ERROR)
    }

    /// Whether priority data may have come.
    #[inline]
    pub const fn is_priority(self) -> bool {
        self.has(PRIORITY)
    }

    /// Runs one I/O operation and notes what it says about the readiness.
    ///
    /// When `operation` returns an error of the kind
    /// [`WouldBlock`](io::ErrorKind::WouldBlock), the readiness for `interest`
    /// is over: the handler is called again after the next event. Otherwise it
    /// stays, and with it the promise to call the handler again without one.
    /// An operation that was interrupted by a signal is run again.
    ///
    /// The operation runs even if the readiness for `interest` is not set:
    /// readiness is a hint.
    ///
    /// An error that lasts, as when the system has no memory, is met again at once:
    /// a handler that goes on in spite of errors returns
    /// [`Flow::Pause`](crate::Flow::Pause) for them, and resumes its source later.
    ///
    /// # Errors
    ///
    /// Those of `operation`. A handler may let `WouldBlock` out with `?`: it
    /// counts as [`Flow::Continue`](crate::Flow::Continue).
    ///
    /// # Examples
    ///
    /// ```
    /// use miocene::{Interest, Readiness};
    /// use std::io::{self, Read};
    ///
    /// fn read_some(mut source: impl Read, ready: &mut Readiness) -> io::Result<usize> {
    ///     let mut buffer = [0; 1024];
    ///     ready.try_io(Interest::READABLE, || source.read(&mut buffer))
    /// }
    ///
    /// let mut ready = Readiness::READABLE;
    /// assert_eq!(read_some(&b"abc"[..], &mut ready).unwrap(), 3);
    /// assert!(ready.is_readable(), "it did not block: there may be more");
    /// ```
    #[inline]
    pub fn try_io<T>(
        &mut self,
        interest: Interest,
        mut operation: impl FnMut() -> io::Result<T>,
    ) -> io::Result<T> {
        loop {
            match operation() {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if would_block(&error) || forgot(&error) => {
                    self.block(interest);
                    return Err(io::ErrorKind::WouldBlock.into());
                }
                result => {
                    if interest.is_writable() {
                        self.0 |= WROTE;
                    }
                    return result;
                }
            }
        }
    }

    fn block(&mut self, interest: Interest) {
        self.0 |= BLOCKED;
        if interest.is_readable() {
            self.0 &= !(READ | READ_CLOSED | PRIORITY | ERROR);
        }
        if interest.is_writable() {
            self.0 &= !(WRITE | WRITE_CLOSED | ERROR | WROTE);
        }
    }

    /// A handler let `WouldBlock` out. If no operation was noted that met it,
    /// it came from one that was not tried here: then what it was is clear if
    /// the handler has one interest only.
    pub(crate) fn blocked_outside(&mut self, interest: Interest) {
        let both = interest.is_readable() && interest.is_writable();
        if !self.blocked() && !both {
            self.block(interest);
        }
    }

    /// Whether there is something to read, and no more to say.
    #[inline(always)]
    pub(crate) fn is_plainly_readable(self) -> bool {
        self.0 == READ
    }

    /// Whether the event said more than that there is something to read: a short
    /// read then does not say that nothing is left.
    #[inline(always)]
    pub(crate) fn is_hinted(self) -> bool {
        if Bug::BelievesShortReads.is_planted() {
            return false;
        }
        self.has(HINTED)
    }

    /// Whether something is to be latched after a call.
    #[inline(always)]
    pub(crate) fn leaves_something(self) -> bool {
        self.0 & !BLOCKED != 0
    }

    /// Whether a write was tried and did not block since the call began.
    pub(crate) fn wrote(self) -> bool {
        self.has(WROTE)
    }

    /// Whether an operation blocked since the call began.
    pub(crate) fn blocked(self) -> bool {
        self.has(BLOCKED)
    }

    /// What stays in the latch after a call.
    #[inline(always)]
    pub(crate) fn latched(self) -> Readiness {
        Readiness(self.0 & !(WROTE | BLOCKED))
    }

    /// What a handler with this interest is to be told of.
    pub(crate) fn wanted(interest: Interest) -> Readiness {
        let mut wanted = Readiness(ERROR);
        if interest.is_readable() {
            wanted |= Readiness::READ_SIDE;
        }
        if interest.is_writable() {
            wanted |= Readiness::WRITE_SIDE;
        }
        wanted
    }

    pub(crate) fn without(self, other: Readiness) -> Readiness {
        Readiness(self.0 & !other.0)
    }

    pub(crate) fn only(self, other: Readiness) -> Readiness {
        Readiness(self.0 & other.0)
    }

    pub(crate) fn bits(self) -> u16 {
        u16::from(self.0)
    }

    pub(crate) fn from_bits(bits: u16) -> Readiness {
        Readiness(bits as u8)
    }
}

#[cfg(not(feature = "sim"))]
impl Readiness {
    /// As `from`, for an application whose sources are not asked for more than
    /// one or two of the bits: what nobody asks for is not computed.
    #[inline(always)]
    pub(crate) fn bit_by_bit(event: &mio::event::Event) -> Readiness {
        let bit = |set: bool, bit: u8| if set { bit } else { 0 };
        let (error, end) = (event.is_error(), event.is_read_closed());
        Readiness(
            bit(event.is_readable() || error || end, READ)
                | bit(
                    event.is_writable() || error || event.is_write_closed(),
                    WRITE,
                )
                | bit(end, READ_CLOSED)
                | bit(event.is_write_closed(), WRITE_CLOSED)
                | bit(error, ERROR)
                | bit(event.is_priority(), PRIORITY),
        )
    }
}

impl From<&mio::event::Event> for Readiness {
    #[inline(always)]
    fn from(event: &mio::event::Event) -> Readiness {
        if event.is_writable()
            || event.is_priority()
            || !event.is_readable()
            || event.is_error()
            || event.is_read_closed()
            || event.is_write_closed()
        {
            return more_than_readable(event);
        }
        // What most events say. In this order of questions it is one look at the
        // bits that the system has given.
        Readiness::READABLE
    }
}

#[cold]
#[inline(never)]
fn more_than_readable(event: &mio::event::Event) -> Readiness {
    let mut all = Readiness::NONE;
    for (hint, set) in [
        (Readiness::READABLE, event.is_readable()),
        (Readiness::WRITABLE, event.is_writable()),
        (Readiness::READ_CLOSED, event.is_read_closed()),
        (Readiness::WRITE_CLOSED, event.is_write_closed()),
        (Readiness::ERROR, event.is_error()),
        (Readiness::PRIORITY, event.is_priority()),
    ] {
        if set {
            all |= hint;
        }
    }
    all
}

impl PartialEq for Readiness {
    /// What it is ready for; not what `try_io` has noted for the loop.
    fn eq(&self, other: &Readiness) -> bool {
        self.latched().bits() == other.latched().bits()
    }
}

impl Eq for Readiness {}

impl BitOr for Readiness {
    type Output = Readiness;

    #[inline]
    fn bitor(self, other: Readiness) -> Readiness {
        Readiness(self.0 | other.0)
    }
}

impl BitOrAssign for Readiness {
    #[inline]
    fn bitor_assign(&mut self, other: Readiness) {
        *self = *self | other;
    }
}

impl fmt::Debug for Readiness {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = [
            (self.is_readable(), "READABLE"),
            (self.is_writable(), "WRITABLE"),
            (self.is_read_closed(), "READ_CLOSED"),
            (self.is_write_closed(), "WRITE_CLOSED"),
            (self.is_error(), "ERROR"),
            (self.is_priority(), "PRIORITY"),
        ];
        let mut separator = "";
        for (_, name) in names.iter().filter(|(set, _)| *set) {
            write!(formatter, "{separator}{name}")?;
            separator = " | ";
        }
        if separator.is_empty() {
            formatter.write_str("NONE")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blocked() -> io::Result<()> {
        Err(io::ErrorKind::WouldBlock.into())
    }

    #[test]
    fn would_block_takes_one_direction_away_and_leaves_the_other() {
        let mut ready = Readiness::READ_CLOSED | Readiness::WRITABLE;
        assert!(ready.try_io(Interest::READABLE, blocked).is_err());
        assert_eq!(ready.latched(), Readiness::WRITABLE);
        assert!(ready.try_io(Interest::WRITABLE, blocked).is_err());
        assert_eq!(ready.latched(), Readiness::NONE);
        assert!(ready.blocked());
    }

    #[test]
    fn an_interrupted_operation_is_run_again() {
        let mut calls = 0;
        let mut ready = Readiness::READABLE;
        let result = ready.try_io(Interest::READABLE, || {
            calls += 1;
            match calls {
                3 => Ok(()),
                _ => Err(io::Error::from(io::ErrorKind::Interrupted)),
            }
        });
        assert!(result.is_ok() && calls == 3 && ready.is_readable());
    }

    #[test]
    fn only_a_write_that_did_not_block_is_remembered_as_one() {
        let mut ready = Readiness::WRITABLE;
        assert!(ready.try_io(Interest::READABLE, || Ok(())).is_ok());
        assert!(!ready.wrote());
        assert!(ready.try_io(Interest::WRITABLE, || Ok(())).is_ok());
        assert!(ready.wrote());
        assert!(ready.try_io(Interest::WRITABLE, blocked).is_err());
        assert!(!ready.wrote());
    }

    #[test]
    fn names_are_printed_and_the_notes_of_a_call_are_not() {
        let mut ready = Readiness::READABLE | Readiness::PRIORITY;
        let _ = ready.try_io(Interest::WRITABLE, || Ok(()));
        assert_eq!(format!("{ready:?}"), "READABLE | PRIORITY");
        assert_eq!(format!("{:?}", Readiness::NONE), "NONE");
    }
}
