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
    pub fn send(&self, bytes: impl AsRef<[u8]>) {
        self.plan(Action::Send(bytes.as_ref().to_vec(), 0));
    }

    /// Sends so many bytes that say where they belong, and goes on where the last
    /// ones ended: see [`expects_pattern`](Self::expects_pattern).
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
        self.world().borrow().has_done_all(self.key)
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
        let awaited = || self.received_count() >= begin + bytes.len() || self.was_cut();
        self.running.until(
            awaited,
            format_args!(
                "peer {} waits for {:?}",
                self.key,
                bytes.escape_ascii().to_string()
            ),
        );
        let mut world = self.world().borrow_mut();
        let peer = &mut world.peers[self.key as usize];
        let found = &peer.received[begin..];
        let found = &found[..found.len().min(bytes.len())];
        peer.looked_at = begin + found.len();
        let right = bytes.starts_with(found);
        assert!(
            right && (found.len() == bytes.len() || peer.cut),
            "peer {} received \"{}\" in place of \"{}\"",
            self.key,
            found.escape_ascii(),
            bytes.escape_ascii(),
        );
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

impl fmt::Debug for Peer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Peer({})", self.key)
    }
}
