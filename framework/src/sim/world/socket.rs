//! What is known of each socket.

use std::collections::VecDeque;
use std::io;
use std::time::Duration;

use mio::{Interest, Token};

use super::connecting::Attempt;
use super::poller::Edge;
use super::{LoopKey, Name, PeerKey, World};

/// Names a socket; no two of a world have had the same.
pub(in crate::sim) type Key = u32;

pub(in crate::sim) struct Socket {
    pub(in crate::sim) kind: Kind,
    pub(in crate::sim) registration: Option<Registration>,
    /// Where it is among those that are registered with its loop.
    pub(in crate::sim) position: usize,
    /// In the ready list of its loop.
    pub(in crate::sim) pending: bool,
    /// The application has it, so it counts as a descriptor.
    pub(in crate::sim) held: bool,
    /// The peer that has it.
    pub(in crate::sim) peer: Option<PeerKey>,
}

pub(in crate::sim) enum Kind {
    Listener(Listening),
    Stream(Box<Stream>),
    /// A source of the test's: ready, or not.
    Twin {
        readable: bool,
    },
    Closed,
}

#[derive(Debug, Clone, Copy)]
pub(in crate::sim) struct Registration {
    pub(in crate::sim) of: LoopKey,
    pub(in crate::sim) token: Token,
    pub(in crate::sim) interest: Interest,
}

pub(in crate::sim) struct Listening {
    pub(in crate::sim) name: Name,
    pub(in crate::sim) backlog: usize,
    /// Connections that wait to be accepted.
    pub(in crate::sim) waiting: VecDeque<Key>,
    /// For a listener of the test's: the peers that have come of them.
    pub(in crate::sim) accepted: Option<VecDeque<PeerKey>>,
    /// Lets nobody in, and says nothing.
    pub(in crate::sim) silent: bool,
}

/// One end of a connection.
pub(in crate::sim) struct Stream {
    pub(in crate::sim) local: Name,
    pub(in crate::sim) remote: Name,
    pub(in crate::sim) connection: Connection,
    /// What has arrived and was not read, and how much that can be.
    pub(in crate::sim) received: VecDeque<u8>,
    pub(in crate::sim) receives: usize,
    /// What was written and has not arrived, and how much that can be.
    pub(in crate::sim) outgoing: VecDeque<u8>,
    pub(in crate::sim) sends: usize,
    /// Something of it is on its way.
    pub(in crate::sim) under_way: bool,
    /// A write has come short, so an event is owed when there is room.
    pub(in crate::sim) wants_room: bool,
    /// Nothing more is written by this end. A Unix socket's peer can end that, too.
    pub(in crate::sim) write_ended: bool,
    /// Nothing more is read by this end.
    pub(in crate::sim) read_ended: bool,
    /// The other end's end has arrived.
    pub(in crate::sim) end_came: bool,
    /// Was reset, by either end.
    pub(in crate::sim) broken: bool,
    /// The number of the error that the next call reports.
    pub(in crate::sim) error: Option<i32>,
    pub(in crate::sim) options: Options,
    /// Whoever had this end has closed it.
    pub(in crate::sim) closed: bool,
}

/// What setsockopt(2) has set. All but `linger` are only remembered.
pub(in crate::sim) struct Options {
    pub(in crate::sim) nodelay: bool,
    pub(in crate::sim) keepalive: bool,
    pub(in crate::sim) linger: Option<Duration>,
    pub(in crate::sim) hops: u32,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            nodelay: false,
            keepalive: false,
            linger: None,
            hops: 64,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sim) enum Connection {
    Connecting(Attempt),
    /// To the socket at the other end.
    With(Key),
    /// Connecting has failed.
    Failed,
    /// It was shut down while it was connecting, which leaves it as if it had never
    /// begun.
    GivenUp,
}

impl Stream {
    pub(in crate::sim) fn new(local: Name, remote: Name, connection: Connection) -> Stream {
        Stream {
            local,
            remote,
            connection,
            received: VecDeque::new(),
            receives: USUAL_BUFFER,
            outgoing: VecDeque::new(),
            sends: USUAL_BUFFER,
            under_way: false,
            wants_room: false,
            write_ended: false,
            read_ended: false,
            end_came: false,
            broken: false,
            error: None,
            options: Options::default(),
            closed: false,
        }
    }

    /// What can be written at once.
    pub(super) fn room(&self) -> usize {
        self.sends.saturating_sub(self.outgoing.len())
    }

    /// Whether the poller says that there is room: as on Linux, when a third of the
    /// buffer is free, or three quarters of that of a Unix socket.
    pub(in crate::sim) fn has_room(&self) -> bool {
        let room = self.room();
        let enough = match self.is_unix() {
            true => self.sends - self.sends / 4,
            false => self.sends.div_ceil(3),
        };
        room > 0 && room >= enough
    }

    pub(super) fn is_unix(&self) -> bool {
        matches!(self.local, Name::Unix(_))
    }

    pub(in crate::sim) fn is_connecting(&self) -> bool {
        matches!(self.connection, Connection::Connecting(_))
    }

    pub(in crate::sim) fn other(&self) -> Option<Key> {
        match self.connection {
            Connection::With(other) => Some(other),
            _ => None,
        }
    }
}

impl Listening {
    /// Whether the next one is not let in.
    pub(super) fn is_full(&self) -> bool {
        self.silent || self.waiting.len() > self.backlog
    }
}

const USUAL_BUFFER: usize = 64 * 1024;

impl Socket {
    pub(super) fn stream(&mut self) -> io::Result<&mut Stream> {
        match &mut self.kind {
            Kind::Stream(stream) => Ok(stream),
            _ => Err(io::ErrorKind::InvalidInput.into()),
        }
    }
}

impl World {
    pub(in crate::sim) fn add_twin(&mut self) -> Key {
        let key = self.add(Kind::Twin { readable: false });
        self.hold(key);
        key
    }

    pub(in crate::sim) fn set_twin(&mut self, key: Key, ready: bool) {
        if let Kind::Twin { readable } = &mut self.sockets[key as usize].kind {
            *readable = ready;
            if ready {
                self.wake(key, Edge::Input);
            }
        }
    }

    /// What applications have, for people.
    pub(in crate::sim) fn open_sockets(&self) -> Vec<String> {
        let named = |(key, socket): (usize, &Socket)| match &socket.kind {
            Kind::Listener(listening) => {
                format!("socket {key}, which listens at {}", listening.name)
            }
            Kind::Stream(stream) => format!("socket {key}, to {}", stream.remote),
            Kind::Twin { .. } | Kind::Closed => format!("socket {key}"),
        };
        let held = |(_, socket): &(usize, &Socket)| socket.held;
        self.sockets
            .iter()
            .enumerate()
            .filter(held)
            .map(named)
            .collect()
    }

    /// What the test itself has is no descriptor of an application's.
    pub(in crate::sim) fn lend_to_test(&mut self, listener: Key) {
        self.sockets[listener as usize].held = false;
        self.open -= 1;
        if let Kind::Listener(listening) = &mut self.sockets[listener as usize].kind {
            listening.accepted = Some(VecDeque::new());
        }
    }
}
