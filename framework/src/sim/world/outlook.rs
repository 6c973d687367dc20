//! How a world goes on, and when it does not.

use std::fmt::Write;
use std::io;
use std::time::Duration;

use super::poller::Sleep;
use super::socket::{Connection, Kind};
use super::{Key, LoopKey, Stream, World};

impl World {
    /// The loop that is turned.
    pub(in crate::sim) fn turned(&self) -> io::Result<LoopKey> {
        let none = || io::Error::other("no loop was made in this simulated world");
        self.turned.ok_or_else(none)
    }

    pub(in crate::sim) fn connected_stream(&mut self, key: Key) -> io::Result<&mut Stream> {
        let is_over = self.is_over(key);
        let stream = self.stream(key)?;
        match stream.connection {
            Connection::With(_) if !is_over || stream.is_unix() => Ok(stream),
            _ => Err(io::ErrorKind::NotConnected.into()),
        }
    }

    /// When something happens next, be it only that a wait of one of these loops
    /// is over.
    pub(in crate::sim) fn next_at(&self, loops: impl Iterator<Item = LoopKey>) -> Option<Duration> {
        let waits = loops.filter_map(|of| match self.pollers[of].sleep {
            Sleep::Until(until) => Some(until),
            Sleep::Awake | Sleep::ForEver => None,
        });
        waits.chain(self.agenda.next_at()).min()
    }

    /// Has something happen while a loop waits. Whether anything could.
    pub(in crate::sim) fn pass(&mut self, of: LoopKey) -> bool {
        match self.next_at(std::iter::once(of)) {
            Some(at) => {
                self.advance(at);
                true
            }
            None => false,
        }
    }

    /// Whether there is something that nobody has taken.
    pub(in crate::sim) fn is_anybody_owed(&self) -> bool {
        (0..self.sockets.len() as Key).any(|key| self.owed(key).is_some())
    }

    /// Says so, and who is owed something.
    pub(in crate::sim) fn nothing_can_happen(&self) -> String {
        let mut text = "nothing can ever happen again".to_owned();
        for key in 0..self.sockets.len() as Key {
            if let Some(owed) = self.owed(key) {
                let _ = write!(text, "\n  {owed}");
            }
        }
        text
    }

    /// What a socket of an application's has that nobody has taken.
    fn owed(&self, key: Key) -> Option<String> {
        let socket = &self.sockets[key as usize];
        if !socket.held {
            return None;
        }
        let what = match &socket.kind {
            Kind::Listener(listening) if !listening.waiting.is_empty() => {
                let (count, name) = (listening.waiting.len(), &listening.name);
                format!("{count} connections wait to be accepted at {name}")
            }
            Kind::Stream(stream) if !stream.received.is_empty() => {
                let (count, remote) = (stream.received.len(), &stream.remote);
                format!("{count} bytes from {remote} were not read")
            }
            Kind::Stream(_) | Kind::Twin { .. } if socket.is_readable() => {
                "there is something to read, and nobody has read it".to_owned()
            }
            Kind::Stream(stream) if stream.wants_room && stream.has_room() => {
                format!(
                    "there is room to write to {}, and nobody was told",
                    stream.remote
                )
            }
            _ => return None,
        };
        Some(match socket.registration {
            Some(registration) => {
                let token = self.token(registration.of, registration.token);
                format!("{token}: {what}")
            }
            None => format!("{what}; the socket is registered nowhere"),
        })
    }
}
