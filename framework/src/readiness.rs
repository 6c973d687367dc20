use std::fmt;
use std::io;
use std::ops::{BitOr, BitOrAssign};

use mio::Interest;

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
pub struct Readiness {
    // A field for each question of the hot way: what no handler of an
    // application asks for is not computed from its events.
    read: bool,
    write: bool,
    hints: u8,
}

const READ_CLOSED: u8 = 1;
const WRITE_CLOSED: u8 = 1 << 1;
const ERROR: u8 = 1 << 2;
const PRIORITY: u8 = 1 << 3;

/// What `try_io` remembers about the call under way; never latched.
const WROTE: u8 = 1 << 6;
const BLOCKED: u8 = 1 << 7;

impl Readiness {
    /// Ready for nothing.
    pub const NONE: Readiness = Readiness::new(false, false, 0);
    /// There may be something to read.
    pub const READABLE: Readiness = Readiness::new(true, false, 0);
    /// There may be room to write.
    pub const WRITABLE: Readiness = Readiness::new(false, true, 0);
    /// The peer may have ended its direction. Implies readable: the end is
    /// found by reading up to it.
    pub const READ_CLOSED: Readiness = Readiness::new(true, false, READ_CLOSED);
    /// Writing may be over. Implies writable: a write tells.
    pub const WRITE_CLOSED: Readiness = Readiness::new(false, true, WRITE_CLOSED);
    /// An error may be pending. Implies readable and writable: the next
    /// operation returns it.
    pub const ERROR: Readiness = Readiness::new(true, true, ERROR);
    /// Priority data may have come (TCP urgent data on Linux).
    pub const PRIORITY: Readiness = Readiness::new(true, false, PRIORITY);

    pub(crate) const READ_SIDE: Readiness = Readiness::new(true, false, READ_CLOSED | PRIORITY);
    pub(crate) const WRITE_SIDE: Readiness = Readiness::new(false, true, WRITE_CLOSED);

    const fn new(read: bool, write: bool, hints: u8) -> Readiness {
        Readiness { read, write, hints }
    }

    /// Whether a read may find something: data, the end or an error.
    #[inline]
    pub const fn is_readable(self) -> bool {
        self.read
    }

    /// Whether a write may find room, or an error.
    #[inline]
    pub const fn is_writable(self) -> bool {
        self.write
    }

    /// Whether the peer may have ended its direction.
    #[inline]
    pub const fn is_read_closed(self) -> bool {
        self.hints & READ_CLOSED != 0
    }

    /// Whether writing may be over.
    #[inline]
    pub const fn is_write_closed(self) -> bool {
        self.hints & WRITE_CLOSED != 0
    }

    /// Whether an error may be pending.
    #[inline]
    pub const fn is_error(self) -> bool {
        self.hints & ERROR != 0
    }

    /// Whether priority data may have come.
    #[inline]
    pub const fn is_priority(self) -> bool {
        self.hints & PRIORITY != 0
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
                        self.hints |= WROTE;
                    }
                    return result;
                }
            }
        }
    }

    fn block(&mut self, interest: Interest) {
        self.hints |= BLOCKED;
        if interest.is_readable() {
            self.read = false;
            self.hints &= !(READ_CLOSED | PRIORITY | ERROR);
        }
        if interest.is_writable() {
            self.write = false;
            self.hints &= !(WRITE_CLOSED | ERROR | WROTE);
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

    /// Whether something is to be latched after a call.
    #[inline(always)]
    pub(crate) fn leaves_something(self) -> bool {
        self.read | self.write | (self.hints & !BLOCKED != 0)
    }

    /// Whether a write was tried and did not block since the call began.
    pub(crate) fn wrote(self) -> bool {
        self.hints & WROTE != 0
    }

    /// Whether an operation blocked since the call began.
    pub(crate) fn blocked(self) -> bool {
        self.hints & BLOCKED != 0
    }

    /// What stays in the latch after a call.
    #[inline(always)]
    pub(crate) fn latched(self) -> Readiness {
        Readiness::new(self.read, self.write, self.hints & !(WROTE | BLOCKED))
    }

    pub(crate) fn without(self, other: Readiness) -> Readiness {
        Readiness {
            read: self.read && !other.read,
            write: self.write && !other.write,
            hints: self.hints & !other.hints,
        }
    }

    pub(crate) fn only(self, other: Readiness) -> Readiness {
        Readiness {
            read: self.read && other.read,
            write: self.write && other.write,
            hints: self.hints & other.hints,
        }
    }

    pub(crate) fn bits(self) -> u16 {
        u16::from(self.read) | u16::from(self.write) << 1 | u16::from(self.hints) << 8
    }

    pub(crate) fn from_bits(bits: u16) -> Readiness {
        Readiness::new(bits & 1 != 0, bits & 2 != 0, (bits >> 8) as u8)
    }
}

impl From<&mio::event::Event> for Readiness {
    #[inline]
    fn from(event: &mio::event::Event) -> Readiness {
        let hint = |set: bool, bit: u8| if set { bit } else { 0 };
        // The most frequent question first.
        Readiness {
            read: event.is_readable() || event.is_error() || event.is_read_closed(),
            write: event.is_writable() || event.is_error() || event.is_write_closed(),
            hints: hint(event.is_read_closed(), READ_CLOSED)
                | hint(event.is_write_closed(), WRITE_CLOSED)
                | hint(event.is_error(), ERROR)
                | hint(event.is_priority(), PRIORITY),
        }
    }
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
        Readiness {
            read: self.read || other.read,
            write: self.write || other.write,
            hints: self.hints | other.hints,
        }
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
            (self.read, "READABLE"),
            (self.write, "WRITABLE"),
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
