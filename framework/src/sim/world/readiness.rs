//! What a socket is ready for, as epoll says it to mio.

use mio::Interest;

use super::socket::{Connection, Kind};
use super::{Registration, Socket, Stream};
use crate::Readiness;
use crate::system::Event;

impl Socket {
    /// What the poller says of a socket, as epoll does to mio.
    pub(super) fn event(&mut self) -> Option<Event> {
        let Registration {
            token, interest, ..
        } = self.registration?;
        let ready = match &mut self.kind {
            Kind::Listener(listening) if !listening.waiting.is_empty() => Readiness::READABLE,
            Kind::Stream(stream) => stream.readiness(interest),
            Kind::Twin { readable: true } => Readiness::READABLE,
            _ => Readiness::NONE,
        };
        (ready != Readiness::NONE).then(|| Event::new(token, ready))
    }

    /// Whether the socket has something for a reader.
    pub(in crate::sim) fn is_readable(&self) -> bool {
        match &self.kind {
            Kind::Listener(listening) => !listening.waiting.is_empty(),
            Kind::Stream(stream) => stream.is_readable(),
            Kind::Twin { readable } => *readable,
            Kind::Closed => false,
        }
    }
}

impl Stream {
    fn is_readable(&self) -> bool {
        !self.is_connecting()
            && (!self.received.is_empty() || self.end_came || self.read_ended || self.broken)
    }

    /// See tcp_poll() and unix_poll() of Linux, and mio's
    /// `sys/unix/selector/epoll.rs`.
    fn readiness(&mut self, interest: Interest) -> Readiness {
        let mut ready = Readiness::NONE;
        if self.is_connecting() {
            return ready;
        }
        let reading_is_over = self.end_came || self.read_ended || self.broken;
        let given_up = self.connection == Connection::GivenUp;
        let hung_up = self.broken || given_up || (self.write_ended && reading_is_over);
        if interest.is_readable() && self.is_readable() {
            ready |= Readiness::READABLE;
            if reading_is_over {
                ready |= Readiness::READ_CLOSED;
            }
        }
        if interest.is_writable() {
            if self.has_room() || !self.is_unix() && (self.write_ended || self.broken) {
                ready |= Readiness::WRITABLE;
            } else {
                self.wants_room = true;
            }
        }
        if hung_up {
            ready |= Readiness::READ_CLOSED | Readiness::WRITE_CLOSED;
        }
        if self.error.is_some() {
            ready |= Readiness::ERROR;
        }
        ready
    }
}
