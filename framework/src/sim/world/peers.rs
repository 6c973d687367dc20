//! The other ends of an application's connections, as the test has them behave.

use std::collections::VecDeque;
use std::time::Duration;

use super::{Happening, Key, What, World};
use crate::sim::oracle;
use crate::sim::site::Site;

pub(in crate::sim) type PeerKey = u32;

pub(in crate::sim) struct Peer {
    pub(in crate::sim) key: Key,
    plan: VecDeque<Action>,
    /// It is going to act, so nobody needs to have it do so.
    acting: bool,
    reading: bool,
    pub(in crate::sim) reads: Reads,
    /// How many bytes it sends at once, at the most.
    pub(in crate::sim) portion: Option<usize>,
    pub(in crate::sim) received: Vec<u8>,
    /// How much of it the test has looked at.
    pub(in crate::sim) looked_at: usize,
    pub(in crate::sim) end: Option<End>,
    /// A fault has ended the connection: nothing more is to be expected of it.
    pub(in crate::sim) cut: bool,
    vanished: bool,
    /// It was told to end its sending in some way.
    has_finished: bool,
    /// What it receives is to be the pattern of this number.
    pub(in crate::sim) oracle: Option<u64>,
    /// How much of its own pattern it has been told to send.
    patterned: usize,
}

#[derive(Debug, Clone)]
pub(in crate::sim) enum Action {
    /// Sends bytes, of which some have been sent.
    Send(Vec<u8>, usize),
    Wait(Duration),
    Finish,
    Close,
    Reset,
    Vanish,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sim) enum Reads {
    AtOnce,
    Slowly,
    Never,
}

impl Action {
    fn verb(&self) -> &'static str {
        match self {
            Action::Send(..) => "sends",
            Action::Wait(_) => "waits",
            Action::Finish => "ends its sending",
            Action::Close => "closes",
            Action::Reset => "resets",
            Action::Vanish => "vanishes",
        }
    }
}

/// How a peer found its connection to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sim) enum End {
    Finished,
    Failed(i32),
}

impl World {
    pub(in crate::sim) fn add_peer(&mut self, key: Key) -> PeerKey {
        let peer = self.peers.len() as PeerKey;
        self.peers.push(Peer {
            key,
            plan: VecDeque::new(),
            acting: false,
            reading: false,
            reads: Reads::AtOnce,
            portion: None,
            received: Vec::new(),
            looked_at: 0,
            end: None,
            cut: false,
            vanished: false,
            has_finished: false,
            oracle: None,
            patterned: 0,
        });
        self.sockets[key as usize].peer = Some(peer);
        peer
    }

    /// # Panics
    ///
    /// If it was told before to end its sending.
    #[track_caller]
    pub(in crate::sim) fn plan(&mut self, peer: PeerKey, action: Action) {
        let who = &mut self.peers[peer as usize];
        let sends = matches!(action, Action::Send(..));
        assert!(
            !sends || !who.has_finished,
            "peer {peer} was told to end its sending before"
        );
        who.has_finished |= !matches!(action, Action::Send(..) | Action::Wait(_));
        self.peers[peer as usize].plan.push_back(action);
        self.peer_acts_soon(peer);
    }

    /// Has a peer send so much more of the pattern of its number.
    #[track_caller]
    pub(in crate::sim) fn plan_pattern(&mut self, peer: PeerKey, length: usize) {
        let who = &mut self.peers[peer as usize];
        let bytes = oracle::bytes(u64::from(peer), who.patterned, length);
        who.patterned += length;
        self.plan(peer, Action::Send(bytes, 0));
    }

    /// Whether it has done what it was to do.
    pub(in crate::sim) fn has_done_all(&self, peer: PeerKey) -> bool {
        self.peers[peer as usize].plan.is_empty()
    }

    /// The same, or it cannot do any more.
    pub(in crate::sim) fn is_at_its_end(&mut self, peer: PeerKey) -> bool {
        let key = self.peers[peer as usize].key;
        let over = self
            .stream(key)
            .is_ok_and(|stream| stream.broken || stream.closed);
        over || self.has_done_all(peer)
    }

    pub(super) fn peer_acts_soon(&mut self, peer: PeerKey) {
        if !std::mem::replace(&mut self.peers[peer as usize].acting, true) {
            let pace = self.pace();
            self.later(pace, Happening::Acts(peer));
        }
    }

    pub(super) fn peer_has_room(&mut self, key: Key) {
        if let Some(peer) = self.sockets[key as usize].peer {
            if !self.has_done_all(peer) {
                self.peer_acts_soon(peer);
            }
        }
    }

    pub(super) fn wake_peer(&mut self, key: Key) {
        if let Some(peer) = self.sockets[key as usize].peer {
            self.peer_reads_soon(peer);
        }
    }

    pub(in crate::sim) fn peer_reads_soon(&mut self, peer: PeerKey) {
        const SLOWLY: Duration = Duration::from_millis(5);

        let who = &mut self.peers[peer as usize];
        let slowness = match who.reads {
            Reads::AtOnce => Duration::ZERO,
            Reads::Slowly => SLOWLY,
            Reads::Never => return,
        };
        if !std::mem::replace(&mut who.reading, true) {
            let pace = self.pace();
            self.later(pace + slowness, Happening::Reads(peer));
        }
    }

    fn pace(&mut self) -> Duration {
        const MOMENT: Duration = Duration::from_micros(10);
        let chosen = self.choose(Site::Pace, 64) as u32;
        MOMENT * (1 + chosen * chosen)
    }

    pub(super) fn peer_acts(&mut self, peer: PeerKey) {
        let who = &mut self.peers[peer as usize];
        who.acting = false;
        let key = who.key;
        let Ok(stream) = self.stream(key) else { return };
        let gone = stream.broken || stream.closed;
        let connected = stream.other().is_some();
        let who = &mut self.peers[peer as usize];
        if gone || who.vanished {
            return who.plan.clear();
        }
        if !connected {
            return;
        }
        let Some(action) = who.plan.pop_front() else {
            return;
        };
        self.log(What::Acts(peer, action.verb()));
        match action {
            Action::Send(bytes, sent) => return self.peer_sends(peer, bytes, sent),
            Action::Wait(length) => {
                self.peers[peer as usize].acting = true;
                return self.later(length, Happening::Acts(peer));
            }
            Action::Finish => self.end_writing(key),
            Action::Close => self.close(key),
            Action::Reset => {
                self.reset(key);
                self.peers[peer as usize].end = Some(End::Failed(libc::ECONNRESET));
            }
            Action::Vanish => self.peers[peer as usize].vanished = true,
        }
        if !self.has_done_all(peer) {
            self.peer_acts_soon(peer);
        }
    }

    fn end_writing(&mut self, key: Key) {
        if let Ok(stream) = self.stream(key) {
            stream.write_ended = true;
            self.send_on(key);
        }
    }

    fn peer_sends(&mut self, peer: PeerKey, bytes: Vec<u8>, sent: usize) {
        let who = &self.peers[peer as usize];
        let (key, portion) = (who.key, who.portion);
        let left = bytes.len() - sent;
        let room = self.stream(key).map_or(0, |stream| stream.room());
        let mut count = left.min(room).min(portion.unwrap_or(left));
        if portion.is_none() && count > 1 {
            match self.choose(Site::Portion, count as u64) as usize {
                0 => {}
                chosen => count = chosen,
            }
        }
        if let Ok(stream) = self.stream(key) {
            stream.outgoing.extend(&bytes[sent..sent + count]);
        }
        let who = &mut self.peers[peer as usize];
        if count < left {
            who.plan.push_front(Action::Send(bytes, sent + count));
        }
        if count > 0 {
            self.send_on(key);
        }
        // Without room, what arrives makes some.
        if !self.has_done_all(peer) && (count > 0 || left == 0) {
            self.peer_acts_soon(peer);
        }
    }

    pub(super) fn peer_reads(&mut self, peer: PeerKey) {
        const FEW: u64 = 64;

        let who = &mut self.peers[peer as usize];
        who.reading = false;
        if who.vanished || who.end.is_some() || who.reads == Reads::Never {
            return;
        }
        let (key, slowly) = (who.key, who.reads == Reads::Slowly);
        let most = match slowly {
            true => 1 + self.choose(Site::Portion, FEW) as usize,
            false => usize::MAX,
        };
        let Ok(stream) = self.stream(key) else { return };
        let count = stream.received.len().min(most);
        let bytes: Vec<u8> = stream.received.drain(..count).collect();
        let (ended, error) = (stream.end_came || stream.broken, stream.error);
        let dry = stream.received.is_empty();
        self.examine(peer, &bytes);
        let who = &mut self.peers[peer as usize];
        who.received.extend_from_slice(&bytes);
        if dry && ended {
            who.end = Some(error.map_or(End::Finished, End::Failed));
            self.log(What::PeerEnded(peer));
        }
        if count > 0 {
            self.may_send_on(key);
        }
        if !dry || (count > 0 && ended) {
            self.peer_reads_soon(peer);
        }
    }

    /// Whether what has come is what is to come.
    fn examine(&mut self, peer: PeerKey, bytes: &[u8]) {
        let who = &self.peers[peer as usize];
        let Some(number) = who.oracle else { return };
        let begin = who.received.len();
        if let Some(at) = oracle::first_wrong(number, begin, bytes) {
            let found = bytes[at - begin];
            let wrong = format!(
                "peer {peer} received {found:#04x} as byte {at}, which is to be {:#04x}{}",
                oracle::byte(number, at),
                oracle::explain(number, at, &bytes[at - begin..]),
            );
            self.wrong.get_or_insert(wrong);
        }
    }
}
