//! What happens between the two ends of a connection.

use super::poller::Edge;
use super::socket::{Connection, Kind};
use super::{Happening, Key, Stream, What, World};
use crate::sim::site::Site;

impl World {
    /// What a stream has to send sets out, unless it is on its way.
    pub(super) fn send_on(&mut self, sender: Key) {
        let latency = self.latency();
        let Ok(stream) = self.stream(sender) else {
            return;
        };
        let something = !stream.outgoing.is_empty() || stream.write_ended;
        if something && !stream.under_way && !stream.broken && stream.other().is_some() {
            stream.under_way = true;
            self.later(latency, Happening::Arrives(sender));
        }
    }

    /// What a stream has sent arrives at the other end, as much as that has room
    /// for. After the last of it comes the end.
    pub(super) fn arrives(&mut self, sender: Key) {
        // Nothing resets what never leaves the machine.
        let is_unix = self.stream(sender).is_ok_and(|stream| stream.is_unix());
        if !is_unix && self.happens(Site::Reset) {
            return self.break_connection(sender);
        }
        let Ok(stream) = self.stream(sender) else {
            return;
        };
        stream.under_way = false;
        let (waiting, broken) = (stream.outgoing.len(), stream.broken);
        // What had set out before a reset may come before it; the end does not.
        let Some(receiver) = stream.other().filter(|_| !broken || waiting > 0) else {
            return;
        };
        self.connected(receiver, sender);
        let Ok(at) = self.stream(receiver) else {
            return;
        };
        // Who has given up connecting has no use for what comes.
        if at.broken || at.connection == Connection::GivenUp {
            return;
        }
        if waiting > 0 && at.closed {
            return self.reset_for_nobody(sender);
        }
        if waiting > 0 && at.read_ended && at.write_ended && !at.is_unix() {
            // tcp_rcv_state_process() of Linux: nobody is going to read it.
            self.reset_for_nobody(sender);
            return self.reset_arrives(receiver);
        }
        let mut count = waiting.min(at.receives.saturating_sub(at.received.len()));
        if count > 1 {
            match self.choose(Site::Segment, count as u64) as usize {
                0 => {}
                chosen => count = chosen,
            }
        }
        let came = count > 0;
        self.carry(sender, receiver, count);
        let ends = !broken && self.ends_with(sender, receiver);
        if came || ends {
            self.log(What::Arrived(receiver, count as u32));
            self.wake(receiver, if ends { Edge::Any } else { Edge::Input });
            self.wake_peer(receiver);
        }
        // Without room at the receiver, its next read has the rest set out.
        if came {
            self.send_on_if_left(sender);
        }
        self.bury(sender);
    }

    /// Forgets both ends of a connection if nobody has either, and nothing is to
    /// come from them.
    pub(super) fn bury(&mut self, one: Key) {
        let is_over = |end: &Stream| end.closed && !end.under_way && end.outgoing.is_empty();
        let other = self
            .stream(one)
            .ok()
            .filter(|end| is_over(end))
            .and_then(|end| end.other());
        let Some(other) = other else { return };
        if self.stream(other).is_ok_and(|end| is_over(end)) {
            for end in [one, other] {
                self.sockets[end as usize].kind = Kind::Closed;
            }
        }
    }

    fn carry(&mut self, sender: Key, receiver: Key, count: usize) {
        let Ok(stream) = self.stream(sender) else {
            return;
        };
        let carried: Vec<u8> = stream.outgoing.drain(..count).collect();
        let has_room = stream.wants_room && stream.has_room();
        if has_room {
            stream.wants_room = false;
        }
        if let Ok(at) = self.stream(receiver) {
            // Nobody is going to read it.
            if !at.closed {
                at.received.extend(carried);
            }
        }
        if has_room {
            self.wake(sender, Edge::Room);
        }
        if count > 0 {
            self.peer_has_room(sender);
        }
    }

    /// Whether the end of the sender has come to the receiver, just now: with the
    /// last bytes or apart from them.
    fn ends_with(&mut self, sender: Key, receiver: Key) -> bool {
        let Ok(stream) = self.stream(sender) else {
            return false;
        };
        let ends = stream.write_ended && stream.outgoing.is_empty();
        // A Unix socket knows at once that nobody is there to read, either.
        let hangs_up = ends && stream.closed && stream.is_unix();
        let Ok(at) = self.stream(receiver) else {
            return false;
        };
        let is_new = ends && !at.end_came;
        at.end_came |= ends;
        at.write_ended |= hangs_up;
        if is_new {
            // Linux tells the sender, too, when its end was acknowledged.
            self.wake(sender, Edge::Any);
        }
        is_new || hangs_up
    }

    fn send_on_if_left(&mut self, sender: Key) {
        if self
            .stream(sender)
            .is_ok_and(|stream| !stream.outgoing.is_empty())
        {
            self.send_on(sender);
        }
    }

    /// Bytes have come for an end that was closed: its system answers with a
    /// reset.
    pub(super) fn reset_for_nobody(&mut self, sender: Key) {
        if let Ok(stream) = self.stream(sender) {
            stream.outgoing.clear();
        }
        let latency = self.latency();
        self.later(latency, Happening::Reset(sender));
    }

    pub(super) fn reset_arrives(&mut self, key: Key) {
        if self.is_over(key) {
            return;
        }
        let Ok(stream) = self.stream(key) else { return };
        if stream.other().is_none() {
            // It has overtaken the answer.
            return self.fails(key, libc::ECONNREFUSED);
        }
        stream.broken = true;
        stream.outgoing.clear();
        // tcp_reset() of Linux: in the state CLOSE-WAIT it is a broken pipe.
        let error = match stream.end_came && !stream.write_ended && !stream.is_unix() {
            true => libc::EPIPE,
            false => libc::ECONNRESET,
        };
        stream.error = Some(error);
        self.log(What::WasReset(key));
        self.wake(key, Edge::Any);
        self.wake_peer(key);
    }

    /// The network gives up: both ends find the connection reset.
    pub(super) fn break_connection(&mut self, one: Key) {
        self.excuse_peer(one);
        let other = self.stream(one).ok().and_then(|stream| stream.other());
        for end in [Some(one), other].into_iter().flatten() {
            self.reset_arrives(end);
        }
    }

    /// A fault of the world's ends a connection: of its peer nothing more is to be
    /// expected.
    pub(super) fn excuse_peer(&mut self, one: Key) {
        let other = self.stream(one).ok().and_then(|stream| stream.other());
        for end in [Some(one), other].into_iter().flatten() {
            if let Some(peer) = self.sockets[end as usize].peer {
                self.peers[peer as usize].cut = true;
            }
        }
    }

    /// A connection waits to be accepted.
    pub(super) fn waits(&mut self, server: Key, listener: Key) {
        if let Kind::Listener(listening) = &mut self.sockets[listener as usize].kind {
            listening.waiting.push_back(server);
        }
        self.log(What::Waits(server, listener));
        self.wake(listener, Edge::Input);
        self.accept_for_test(listener);
    }
}
