use std::fmt;
use std::io;
use std::mem;

use super::busy::{BIG, Busy, FINISH, FINISHED, KEPT, OVERFLOWN, TRIED, UNREAD};
use super::pool::{self, pooled};
use crate::family::OutputLimits;
use crate::planted::Bug;

/// What is to be sent on a [`Connection`](crate::Connection): its field `out`.
///
/// Nothing is written while a handler runs. What was sent leaves in one write
/// when the drain under way ends, also to other members of the family that were
/// written to; what the system does not take waits for room.
///
/// An outbox owns memory only while something is unsent. Some of it is kept for
/// the next: one piece of at most 256 KiB for each family, and for each
/// thread at most 4 MiB.
///
/// A handler with `interest = WRITABLE` is called once for every send, when what
/// is unsent is at or below the low watermark. No send, no call; an empty send is
/// none.
///
/// # Limits
///
/// Those of the family, [`Family::unsent`](crate::Family::unsent): above the
/// high watermark nothing more is read from the peer until what is unsent is at
/// or below the low one. Something that is sent while more than the hard cap
/// is unsent, after the system has refused to take all of it, is dropped, and
/// the connection closed with [`Closed::Overflow`](crate::Closed::Overflow). So
/// a reply is never refused for its size, and what a peer who does not read
/// costs is the cap and one message.
///
/// # Examples
///
/// ```
/// use miocene::net::{TcpListener, TcpStream};
/// use miocene::{Connection, Family, Lines, Token, Tokens, handlers};
/// use std::net::SocketAddr;
///
/// const SERVER: Token = Token(0);
/// const CLIENTS: Tokens = Tokens::new(1);
///
/// struct Counter { server: TcpListener, clients: Family<Connection<Lines, u32>> }
///
/// #[handlers]
/// impl Counter {
///     #[handler(token = SERVER, fills = CLIENTS)]
///     fn accept(&mut self, (stream, _): (TcpStream, SocketAddr)) {
///         self.clients.insert(Connection::new(stream));
///     }
///
///     #[handler(tokens = CLIENTS)]
///     fn line(&mut self, client: &mut Connection<Lines, u32>, line: &str) {
///         client.state += 1;
///         writeln!(client.out, "{}: {line}", client.state);
///     }
/// }
/// # fn main() {}
/// ```
#[derive(Default)]
pub struct Outbox {
    busy: Option<Box<Busy>>,
}

impl Outbox {
    /// Sends bytes, after what was sent before. They are copied.
    ///
    /// # Notes
    ///
    /// To send nothing is no send: a WRITABLE handler is not called for it.
    ///
    /// What is sent after [`finish`](Self::finish), or above the hard cap, is
    /// dropped.
    #[inline(always)]
    pub fn send(&mut self, bytes: &[u8]) {
        if let Some(busy) = &mut self.busy {
            if busy.takes(bytes.len()) {
                busy.bytes.extend_from_slice(bytes);
                return;
            }
        }
        self.send_more(bytes);
    }

    /// Sends formatted text: what `write!` and `writeln!` call. There is nothing
    /// to import and no result, since it cannot fail.
    pub fn write_fmt(&mut self, text: fmt::Arguments<'_>) {
        // An error is one of a `Display` of the caller's: what came until then
        // is sent, as `print!` does.
        let _ = fmt::Write::write_fmt(self, text);
    }

    /// What has been sent and not been written yet.
    #[inline]
    pub fn unsent(&self) -> &[u8] {
        match &self.busy {
            Some(busy) => busy.unsent(),
            None => &[],
        }
    }

    /// Whether more is unsent than the high watermark of the family: time to
    /// stop producing, until a WRITABLE handler is called.
    ///
    /// # Notes
    ///
    /// Output learns the limits of its family when the member is drained, or
    /// first flushed; until then those of a new family hold.
    ///
    /// # Examples
    ///
    /// A source of its own accord leaves out those who are behind:
    ///
    /// ```
    /// # use miocene::{Connection, Family, Lines};
    /// fn tick(clients: &mut Family<Connection<Lines>>, price: u64) {
    ///     for client in clients.iter_mut().filter(|client| !client.out.is_full()) {
    ///         writeln!(client.out, "{price}");
    ///     }
    /// }
    /// ```
    #[inline]
    pub fn is_full(&self) -> bool {
        self.busy
            .as_ref()
            .is_some_and(|busy| busy.unsent().len() > busy.limits.high)
    }

    /// Ends our direction after what is unsent: the peer reads it, and then the
    /// end. Reading goes on. What is sent after it is dropped.
    ///
    /// # Examples
    ///
    /// See [`Connection::finish`](crate::Connection::finish).
    pub fn finish(&mut self) {
        let busy = self.busy();
        if busy.flags & FINISHED == 0 {
            busy.flags |= FINISH;
        }
    }

    #[cold]
    #[inline(never)]
    fn send_more(&mut self, bytes: &[u8]) {
        let busy = self.busy();
        if bytes.is_empty() || busy.refuses() {
            return;
        }
        busy.make_room(bytes.len());
        busy.bytes.extend_from_slice(bytes);
    }

    /// Sends what is appended, unless that fails.
    #[inline]
    pub(super) fn append<E>(
        &mut self,
        append: impl FnOnce(&mut Vec<u8>) -> Result<(), E>,
    ) -> Result<(), E> {
        let busy = self.busy();
        if busy.flags != 0 && busy.refuses() {
            return Ok(());
        }
        if busy.written > 0 || busy.bytes.len() == busy.bytes.capacity() {
            busy.make_room(0);
        }
        let before = busy.bytes.len();
        let result = append(&mut busy.bytes);
        if result.is_err() {
            busy.bytes.truncate(before);
        }
        // What appends may have made room for itself.
        if busy.bytes.capacity() > KEPT {
            busy.flags |= BIG;
        }
        result
    }

    #[inline]
    pub(crate) fn busy(&mut self) -> &mut Busy {
        self.busy.get_or_insert_with(pooled)
    }

    #[inline(always)]
    pub(crate) fn in_use(&mut self) -> Option<&mut Busy> {
        self.busy.as_deref_mut()
    }

    /// Lends memory for the drain that begins, so that nothing is allocated. Of
    /// a spare there is always one.
    #[inline(always)]
    pub(crate) fn borrow(&mut self, spare: &mut Option<Box<Busy>>) -> bool {
        let lends = self.busy.is_none();
        if lends {
            mem::swap(&mut self.busy, spare);
        }
        lends
    }

    /// Whether something was sent of which the loop did not know.
    pub(crate) fn is_fresh(&self) -> bool {
        self.busy
            .as_ref()
            .is_some_and(|busy| busy.unsent().len() > busy.known)
    }

    /// The loop knows now what is unsent. How much that is, in bytes.
    pub(crate) fn know(&mut self) -> usize {
        let Some(busy) = &mut self.busy else {
            return 0;
        };
        busy.known = busy.unsent().len();
        busy.known
    }

    /// All that was sent has left, also what the stream held.
    pub(crate) fn flushed(&mut self) {
        if let Some(busy) = &mut self.busy {
            busy.flags &= !TRIED;
        }
    }

    /// Whether something was sent above the hard cap.
    pub(crate) fn has_overflown(&self) -> bool {
        self.has(OVERFLOWN)
    }

    /// Whether our direction is to be ended now. It is, after this.
    pub(crate) fn finishes(&mut self) -> bool {
        let Some(busy) = &mut self.busy else {
            return false;
        };
        let finishes = busy.flags & FINISH != 0;
        if finishes {
            busy.flags = busy.flags & !FINISH | FINISHED;
        }
        finishes
    }

    /// Whether our direction has been ended.
    pub(crate) fn has_finished(&self) -> bool {
        self.has(FINISHED)
    }

    fn has(&self, flag: u8) -> bool {
        self.busy
            .as_ref()
            .is_some_and(|busy| busy.flags & flag != 0)
    }

    #[inline(always)]
    pub(crate) fn is_unused(&self) -> bool {
        self.busy.is_none()
    }

    /// The system does not take more for now.
    pub(crate) fn blocked(&mut self, limits: OutputLimits) {
        let busy = self.busy();
        busy.flags |= TRIED;
        busy.limits = limits;
    }

    /// So much of what is unsent has been written.
    pub(crate) fn has_written(&mut self, count: usize) {
        if let Some(busy) = &mut self.busy {
            if Bug::DropsTailOfShortWrite.is_planted() {
                busy.bytes.clear();
            }
            busy.wrote(count);
        }
    }

    /// Gives the memory back to the family it was lent from, which has no other,
    /// with nothing to remember in it.
    #[inline(always)]
    pub(crate) fn give_back(&mut self, spare: &mut Option<Box<Busy>>) {
        mem::swap(&mut self.busy, spare);
    }

    /// Gives memory back that may have come from elsewhere.
    pub(crate) fn give_back_to(&mut self, spare: &mut Option<Box<Busy>>, limits: OutputLimits) {
        if let Some(busy) = &mut self.busy {
            if busy.flags & !BIG != 0 || !busy.bytes.is_empty() {
                return;
            }
            if spare.is_none() {
                busy.recycle(limits);
                mem::swap(&mut self.busy, spare);
            } else {
                self.give_to_pool();
            }
        }
    }

    #[cold]
    #[inline(never)]
    fn give_to_pool(&mut self) {
        if let Some(busy) = self.busy.take() {
            pool::give_back(busy);
        }
    }

    pub(super) fn take_unread(&mut self) -> Vec<u8> {
        match &mut self.busy {
            Some(busy) => {
                busy.flags &= !UNREAD;
                mem::take(&mut busy.unread)
            }
            None => Vec::new(),
        }
    }

    pub(super) fn set_unread(&mut self, bytes: Vec<u8>) {
        if !bytes.is_empty() {
            let busy = self.busy();
            busy.unread = bytes;
            busy.flags |= UNREAD;
        }
    }
}

impl fmt::Write for Outbox {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.send(text.as_bytes());
        Ok(())
    }
}

/// As [`Outbox::send`]: it takes all of the bytes.
impl io::Write for Outbox {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.send(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl fmt::Debug for Outbox {
    /// Lengths only: what is sent is nobody's log entry.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Outbox")
            .field("unsent", &self.unsent().len())
            .finish_non_exhaustive()
    }
}
