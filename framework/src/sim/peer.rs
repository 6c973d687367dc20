use std::cell::RefCell;
use std::fmt;
use std::io;
use std::rc::Rc;
use std::time::Duration;

use super::running::Running;
use super::world::{Action, End, PeerKey, Reads, World};

/// The other end of one of an application's connections: a client, or a server
/// that it has connected to.
///
/// What a peer is told to do, it does one thing after the other, in its own time.
/// It reads what comes at once, unless it is told otherwise.
///
/// # Examples
///
/// See [`Sim::client`](super::Sim::client).
#[derive(Clone)]
pub struct Peer {
    running: Rc<Running>,
    key: PeerKey,
}

impl Peer {
    pub(super) fn new(running: Rc<Running>, key: PeerKey) -> Peer {
        Peer { running, key }
    }

    fn world(&self) -> &RefCell<World> {
        &self.running.world
    }

    #[track_caller]
    fn plan(&self, action: Action) {
        self.world().borrow_mut().plan(self.key, action);
    }

    /// Reads a few bytes at a time, with pauses.
    pub fn reads_slowly(self) -> Peer {
        self.read(Reads::Slowly);
        self
    }

    /// Reads nothing, until [`reads_on`](Self::reads_on).
    pub fn reads_nothing(self) -> Peer {
        self.read(Reads::Never);
        self
    }

    /// Reads what comes, from now on.
    pub fn reads_on(&self) {
        self.read(Reads::AtOnce);
    }

    fn read(&self, reads: Reads) {
        let mut world = self.world().borrow_mut();
        world.peers[self.key as usize].reads = reads;
        world.peer_reads_soon(self.key);
    }

    /// Sends one byte at a time.
    pub fn sends_a_byte_at_a_time(self) -> Peer {
        self.world().borrow_mut().peers[self.key as usize].portion = Some(1);
        self
    }

    /// Sends these bytes.
    ///
    /// # Panics
    ///
    /// If it was told before to end its sending.
    #[track_caller]
    pub fn send(&self, bytes: impl AsRef<[u8]>) {
        self.plan(Action::Send(bytes.as_ref().to_vec(), 0));
    }

    /// Sends so many bytes that say where they belong, and goes on where the last
    /// ones ended: see [`expects_pattern`](Self::expects_pattern).
    ///
    /// # Panics
    ///
    /// As [`send`](Self::send).
    #[track_caller]
    pub fn send_pattern(&self, length: usize) {
        self.world().borrow_mut().plan_pattern(self.key, length);
    }

    /// What comes must be the pattern that this peer sends, byte for byte: one that
    /// is lost, doubled or somebody else's fails the test and is named.
    pub fn expects_pattern(self) -> Peer {
        let number = u64::from(self.key);
        self.world().borrow_mut().peers[self.key as usize].oracle = Some(number);
        self
    }

    /// Does nothing for so long.
    pub fn wait(&self, length: Duration) {
        self.plan(Action::Wait(length));
    }

    /// Ends its sending, and goes on reading.
    pub fn half_closes(&self) {
        self.plan(Action::Finish);
    }

    /// Closes its end. What it has not read by then has the connection reset.
    pub fn closes(&self) {
        self.plan(Action::Close);
    }

    /// Resets the connection.
    pub fn resets(&self) {
        self.plan(Action::Reset);
    }

    /// Is gone without a word: it neither sends nor reads nor closes any more.
    pub fn vanishes(&self) {
        self.plan(Action::Vanish);
    }

    /// Whether it has done all that it was told to do, or cannot any more.
    pub fn is_done(&self) -> bool {
        self.world().borrow_mut().is_at_its_end(self.key)
    }

    /// All that has come so far.
    pub fn received(&self) -> Vec<u8> {
        self.world().borrow().peers[self.key as usize]
            .received
            .clone()
    }

    /// How many bytes that is.
    pub fn received_count(&self) -> usize {
        self.world().borrow().peers[self.key as usize]
            .received
            .len()
    }

    /// Whether it has read the end, or found the connection to have failed.
    pub fn has_ended(&self) -> bool {
        self.world().borrow().peers[self.key as usize].end.is_some()
    }

    /// The error that its connection has failed with, if it has.
    pub fn error(&self) -> Option<io::Error> {
        match self.world().borrow().peers[self.key as usize].end {
            Some(End::Failed(number)) => Some(io::Error::from_raw_os_error(number)),
            _ => None,
        }
    }

    /// Whether a fault of the world's has ended its connection: then nobody is to
    /// be blamed for what did not come.
    pub fn was_cut(&self) -> bool {
        self.world().borrow().peers[self.key as usize].cut
    }

    /// Runs the world until so many bytes have come, and compares them. What was
    /// compared before is not looked at again.
    ///
    /// # Panics
    ///
    /// If something else comes, or nothing more can. A peer that a fault has [cut
    /// off](Self::was_cut) is not expected to receive all, but what has come must
    /// be the beginning.
    #[track_caller]
    pub fn expect(&self, bytes: impl AsRef<[u8]>) {
        let bytes = bytes.as_ref();
        let begin = self.world().borrow().peers[self.key as usize].looked_at;
        let count = self.await_bytes(begin + bytes.len()) - begin;
        let mut world = self.world().borrow_mut();
        let peer = &mut world.peers[self.key as usize];
        let found = &peer.received[begin..][..count];
        let wrong = found
            .iter()
            .zip(bytes)
            .position(|(found, byte)| found != byte);
        if let Some(at) = wrong {
            panic!(
                "peer {} received something else: after \"{}\" came \"{}\" in place of \"{}\" \
                 (byte {} of {} that are expected)",
                self.key,
                excerpt(&bytes[at.saturating_sub(EXCERPT)..at]),
                excerpt(&found[at..]),
                excerpt(&bytes[at..]),
                at,
                bytes.len(),
            );
        }
        peer.looked_at = begin + count;
        let cut = peer.cut;
        drop(world);
        if count < bytes.len() && !cut {
            let rest = excerpt(&bytes[count..]);
            panic!("{}: it lacks \"{rest}\"", self.lacks(count, bytes.len()));
        }
    }

    /// Runs the world until so many bytes of the pattern that it [expects](
    /// Self::expects_pattern) have come in all.
    ///
    /// # Panics
    ///
    /// If fewer come, and no fault has cut it off.
    #[track_caller]
    pub fn expect_pattern(&self, length: usize) {
        let count = self.await_bytes(length);
        if count < length && !self.was_cut() {
            panic!("{}", self.lacks(count, length));
        }
    }

    /// Runs until so many bytes have come in all, or no more will; how many have.
    #[track_caller]
    fn await_bytes(&self, count: usize) -> usize {
        let awaited = || self.received_count() >= count || self.has_ended() || self.was_cut();
        self.running.until(
            awaited,
            format_args!("peer {} waits for {count} bytes in all", self.key),
        );
        self.received_count().min(count)
    }

    /// What to say of bytes that do not come any more.
    fn lacks(&self, count: usize, length: usize) -> String {
        let key = self.key;
        let end = match self.error() {
            Some(error) => format!("its connection failed: {error}"),
            None => "it read the end".to_owned(),
        };
        format!("peer {key} received {count} of {length} bytes, then {end}")
    }

    /// Runs the world until the connection has ended in any way.
    ///
    /// # Panics
    ///
    /// If it cannot end any more.
    #[track_caller]
    pub fn expect_end(&self) {
        let ended = || self.has_ended() || self.was_cut();
        self.running
            .until(ended, format_args!("peer {} waits for the end", self.key));
    }
}

/// So many bytes are shown of what is wrong, and of what came before it.
const EXCERPT: usize = 60;

fn excerpt(bytes: &[u8]) -> String {
    let shown = bytes[..bytes.len().min(EXCERPT)].escape_ascii();
    match bytes.len() > EXCERPT {
        true => format!("{shown}…"),
        false => shown.to_string(),
    }
}

impl fmt::Debug for Peer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Peer({})", self.key)
    }
}
