use std::cell::Cell;
use std::fmt;
use std::io;
use std::mem;

use crate::family::OutputLimits;

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

/// The output of a connection that has some.
#[derive(Default)]
pub struct Busy {
    bytes: Vec<u8>,
    /// How many of them have been written.
    written: usize,
    /// What is out of the ordinary.
    flags: u8,
    /// How much of what is unsent the loop knows of.
    known: usize,
    limits: OutputLimits,
    /// What was read and not framed, of a connection that is in no loop.
    unread: Vec<u8>,
    /// The next one in the pool.
    next: Option<Box<Busy>>,
}

/// The system has not taken all that was there: only then is the peer slow.
const TRIED: u8 = 1;
/// Something was sent above the hard cap.
const OVERFLOWN: u8 = 1 << 1;
/// Our direction is to be ended after what is unsent.
const FINISH: u8 = 1 << 2;
/// It has been.
const FINISHED: u8 = 1 << 3;
/// There is something in `unread`.
const UNREAD: u8 = 1 << 4;
/// There is more memory than is kept for nothing.
const BIG: u8 = 1 << 5;

impl Outbox {
    /// Sends bytes, after what was sent before. They are copied.
    ///
    /// # Notes
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
    pub(crate) fn borrow(&mut self, spare: &mut Option<Box<Busy>>) {
        if self.busy.is_none() {
            mem::swap(&mut self.busy, spare);
        }
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
            let _ = POOL.try_with(|pool| pool.put(busy));
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

/// Why what was sent is not all done with.
#[derive(Debug)]
pub enum Hindrance {
    /// Something is to be remembered; nothing was written.
    Remembered,
    /// The write has come up short, or failed.
    Written(io::Result<usize>),
    /// All was written, but the stream holds some of it.
    Flushed(io::Error),
}

impl fmt::Debug for Busy {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Busy")
            .field("unsent", &self.unsent().len())
            .finish_non_exhaustive()
    }
}

impl Busy {
    /// Memory for the members of a family with these limits.
    #[cold]
    #[inline(never)]
    pub(crate) fn of(limits: OutputLimits) -> Box<Busy> {
        let mut busy = pooled();
        busy.recycle(limits);
        busy
    }

    /// What is unsent, if nothing is out of the ordinary: nothing of it has been
    /// written then.
    #[inline(always)]
    pub(crate) fn plainly_unsent(&self) -> Option<&[u8]> {
        (self.flags == 0).then_some(&self.bytes)
    }

    /// Whether so many bytes are all of it.
    #[inline(always)]
    pub(crate) fn is_left_with(&self, count: usize) -> bool {
        self.bytes.len() == count
    }

    /// All of it has been written.
    #[inline(always)]
    pub(crate) fn has_left(&mut self) {
        self.bytes.clear();
    }

    #[inline(always)]
    pub(crate) fn unsent(&self) -> &[u8] {
        // Never beyond the end; a `get` costs less than a panic.
        self.bytes.get(self.written..).unwrap_or_default()
    }

    #[inline(always)]
    fn takes(&self, count: usize) -> bool {
        let room = self.bytes.capacity() - self.bytes.len();
        room >= count && self.flags & (FINISH | FINISHED) == 0
    }

    /// Whether what is sent is dropped.
    fn refuses(&mut self) -> bool {
        if self.flags & (FINISH | FINISHED) != 0 {
            return true;
        }
        let over = self.flags & TRIED != 0 && self.unsent().len() > self.limits.cap;
        if over {
            self.flags |= OVERFLOWN;
        }
        over
    }

    /// So much has been written of what is unsent. Whether that was all.
    #[inline(always)]
    pub(crate) fn wrote(&mut self, count: usize) -> bool {
        let all = count >= self.unsent().len();
        if all {
            self.bytes.clear();
            self.written = 0;
            self.flags &= !TRIED;
        } else {
            self.written += count;
        }
        all
    }

    /// Ready for another connection of a family with these limits.
    fn recycle(&mut self, limits: OutputLimits) {
        self.limits = limits;
        self.flags = 0;
        self.known = 0;
        if self.bytes.capacity() > KEPT {
            self.bytes = Vec::new();
        }
    }

    /// Room for what is sent: doubled up to the cap, and exact above.
    fn make_room(&mut self, count: usize) {
        if self.written > 0 {
            self.bytes.drain(..self.written);
            self.written = 0;
        }
        let least = self.bytes.len() + count.max(1);
        if self.bytes.capacity() >= least {
            return;
        }
        let doubled = (2 * self.bytes.capacity()).min(self.limits.cap);
        let capacity = least.max(doubled).max(SMALLEST);
        self.bytes.reserve_exact(capacity - self.bytes.len());
        if self.bytes.capacity() > KEPT {
            self.flags |= BIG;
        }
    }
}

/// Memory that is kept for output at the least, in bytes, and at the most when
/// nothing is unsent.
const SMALLEST: usize = 512;
const KEPT: usize = 256 * 1024;

/// The first of some memory for output that nobody uses, and how many follow.
struct Pool {
    first: Cell<Option<Box<Busy>>>,
    count: Cell<usize>,
}

/// How much is kept for neighbours that are written to, for each thread: so
/// many of at most so many bytes, 4 MiB in all.
const POOLED: usize = 1024;
const POOLED_CAPACITY: usize = 4096;

thread_local! {
    static POOL: Pool = const { Pool { first: Cell::new(None), count: Cell::new(0) } };
}

impl Pool {
    fn take(&self) -> Option<Box<Busy>> {
        let mut busy = self.first.take()?;
        self.first.set(busy.next.take());
        self.count.set(self.count.get() - 1);
        Some(busy)
    }

    fn put(&self, mut busy: Box<Busy>) {
        if self.count.get() < POOLED && busy.bytes.capacity() <= POOLED_CAPACITY {
            busy.next = self.first.take();
            busy.recycle(OutputLimits::default());
            self.first.set(Some(busy));
            self.count.set(self.count.get() + 1);
        }
    }
}

impl Drop for Pool {
    /// One after the other: as a chain of boxes it would be a recursion.
    fn drop(&mut self) {
        while self.take().is_some() {}
    }
}

fn pooled() -> Box<Busy> {
    // A thread that is ending has no pool any more.
    let pooled = POOL.try_with(Pool::take).ok().flatten();
    pooled.unwrap_or_default()
}
