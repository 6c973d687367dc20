//! How one end of a connection is given up: shut down, closed, reset.

use std::io;
use std::net::Shutdown;
use std::time::Duration;

use super::poller::Edge;
use super::socket::{Connection, Kind};
use super::{Happening, Key, What, World};

impl World {
    pub(in crate::sim) fn shut(&mut self, key: Key, how: Shutdown) -> io::Result<()> {
        let was_over = self.is_over(key);
        let stream = self.stream(key)?;
        let Some(other) = stream.other() else {
            return self.shut_unconnected(key, how);
        };
        stream.read_ended |= how != Shutdown::Write;
        let ends = how != Shutdown::Read && !stream.write_ended;
        stream.write_ended |= ends;
        let is_unix = stream.is_unix();
        self.log(What::Shut(key));
        // Linux wakes whoever waits for the socket, and at a Unix socket the peer, too.
        self.wake(key, Edge::Any);
        if is_unix && how != Shutdown::Write {
            self.stream(other)?.write_ended = true;
        }
        if is_unix {
            self.wake(other, Edge::Any);
        }
        if ends {
            self.send_on(key);
        }
        match was_over && !is_unix {
            true => Err(io::ErrorKind::NotConnected.into()),
            false => Ok(()),
        }
    }

    /// Whether TCP has come to the end of a connection: it was reset, or the ends of
    /// both directions have arrived.
    pub(in crate::sim) fn is_over(&mut self, key: Key) -> bool {
        let Ok(stream) = self.stream(key) else {
            return true;
        };
        let ended = stream.end_came && stream.write_ended && !stream.is_unix();
        let (broken, other) = (stream.broken, stream.other());
        broken || ended && other.is_none_or(|other| self.has_ended(other))
    }

    fn has_ended(&mut self, key: Key) -> bool {
        self.stream(key).map_or(true, |stream| stream.end_came)
    }

    /// Whoever has a socket lets go of it.
    pub(in crate::sim) fn close(&mut self, key: Key) {
        self.deregister(key);
        let socket = &mut self.sockets[key as usize];
        if std::mem::take(&mut socket.held) {
            self.open -= 1;
        }
        self.log(What::Closed(key));
        let socket = &mut self.sockets[key as usize];
        match &mut socket.kind {
            Kind::Listener(_) => self.close_listener(key),
            Kind::Stream(stream) => {
                stream.closed = true;
                if stream.received.is_empty() && stream.options.linger != Some(Duration::ZERO) {
                    stream.write_ended = true;
                    self.send_on(key);
                } else {
                    // It was asked for, or: who closes what was not read resets the
                    // connection, RFC 2525, section 2.17. Linux does so on Unix
                    // sockets, too.
                    self.reset(key);
                }
            }
            Kind::Twin { .. } | Kind::Closed => socket.kind = Kind::Closed,
        }
        self.bury(key);
    }

    /// Has this end reset the connection: what is under way is lost, unless it
    /// arrives first. What a Unix socket has sent is delivered.
    pub(in crate::sim) fn reset(&mut self, key: Key) {
        if self.is_over(key) {
            return;
        }
        let Ok(stream) = self.stream(key) else { return };
        stream.broken = true;
        stream.received.clear();
        let Some(other) = stream.other() else { return };
        if stream.is_unix() {
            let delivered = std::mem::take(&mut stream.outgoing);
            if let Ok(other) = self.stream(other) {
                other.received.extend(delivered);
            }
        }
        let latency = self.latency();
        self.later(latency, Happening::Reset(other));
    }

    /// A socket is shut down that has no connection. One that is connecting gives
    /// that up: inet_shutdown() and tcp_disconnect() of Linux.
    fn shut_unconnected(&mut self, key: Key, how: Shutdown) -> io::Result<()> {
        let stream = self.stream(key)?;
        let was_connecting = stream.is_connecting();
        if was_connecting {
            stream.connection = Connection::GivenUp;
            stream.wants_room = false;
            stream.error = Some(libc::ECONNRESET);
        } else {
            stream.read_ended |= how != Shutdown::Write;
            stream.write_ended |= how != Shutdown::Read;
        }
        self.log(What::Shut(key));
        self.wake(key, Edge::Any);
        match was_connecting {
            true => Ok(()),
            false => Err(io::ErrorKind::NotConnected.into()),
        }
    }
}
