//! How connections are made, and how they are not.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use super::poller::Edge;
use super::socket::Connection;
use super::{Happening, Key, Listening, Name, Stream, What, World};
use crate::sim::site::Site;

/// What befalls a socket that is connecting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in crate::sim) struct Attempt {
    /// How many times it has asked to be connected.
    asked: u32,
    /// How many of these get lost.
    lost: u32,
    /// The error that it is answered with, whoever listens.
    answer: Option<i32>,
}

/// Errors of socket(2) and connect(2) that are returned at once.
const AT_ONCE: [i32; 9] = [
    libc::EMFILE,
    libc::ENFILE,
    libc::ENOBUFS,
    libc::ENOMEM,
    libc::EAGAIN,
    libc::ECONNREFUSED,
    libc::EADDRNOTAVAIL,
    libc::ENETUNREACH,
    libc::EHOSTUNREACH,
];

/// The first of them are those of Unix sockets, too.
const AT_ONCE_ON_UNIX: usize = 6;

/// Errors that are the answer of the network, or of the host that is there.
const ANSWERS: [i32; 4] = [
    libc::ECONNREFUSED,
    libc::EHOSTUNREACH,
    libc::ENETUNREACH,
    libc::EACCES,
];

/// How many times a socket asks before it gives up: once, and `tcp_syn_retries` and
/// `tcp_syn_linear_timeouts` of Linux, 6 and 4.
const ASKED_AT_MOST: u32 = 11;

impl World {
    /// A client of the test's begins to connect: the answer comes later.
    pub(in crate::sim) fn connect(&mut self, to: Name) -> Key {
        let local = match &to {
            Name::Tcp(address) => self.local_for(address),
            Name::Unix(_) => Name::Unix(None),
        };
        self.begin_to_connect(local, to, Attempt::default())
    }

    fn local_for(&mut self, address: &SocketAddr) -> Name {
        let ip = match address.ip() {
            IpAddr::V4(_) => IpAddr::V4(Ipv4Addr::LOCALHOST),
            ip => ip,
        };
        Name::Tcp(SocketAddr::new(ip, self.free_port()))
    }

    fn begin_to_connect(&mut self, local: Name, to: Name, attempt: Attempt) -> Key {
        let connecting = Connection::Connecting(attempt);
        let client = self.add_stream(Stream::new(local, to, connecting));
        self.log(What::Connects(client));
        let latency = self.latency();
        self.later(latency, Happening::Connects(client));
        client
    }

    /// A socket of the application's begins to connect. Between Unix sockets there
    /// is nothing to wait for.
    ///
    /// # Errors
    ///
    /// Those of socket(2) and connect(2).
    pub(in crate::sim) fn connect_held(&mut self, to: Name) -> io::Result<Key> {
        self.has_descriptor()?;
        let errors = match to {
            Name::Tcp(_) => &AT_ONCE[..],
            Name::Unix(_) => &AT_ONCE[..AT_ONCE_ON_UNIX],
        };
        let chosen = self.choose(Site::ConnectFails, errors.len() as u64 + 1) as usize;
        if let Some(chosen) = chosen.checked_sub(1) {
            return Err(io::Error::from_raw_os_error(errors[chosen]));
        }
        if self.happens(Site::Interrupted) {
            return Err(io::ErrorKind::Interrupted.into());
        }
        let client = match to {
            Name::Tcp(address) if self.connects_to_itself(&address) => {
                self.begin_to_connect(to.clone(), to, Attempt::default())
            }
            Name::Tcp(address) => {
                let attempt = Attempt {
                    asked: 0,
                    lost: self.choose(Site::ConnectLost, u64::from(ASKED_AT_MOST) + 1) as u32,
                    answer: self.answer_of(&to),
                };
                let local = self.local_for(&address);
                self.begin_to_connect(local, to, attempt)
            }
            Name::Unix(_) => self.connect_at_once(to)?,
        };
        self.hold(client);
        Ok(client)
    }

    /// Where nobody listens, a socket that connects may be given the very port as its
    /// own, and then both ends are one: RFC 9293, 3.5, figure 8.
    fn connects_to_itself(&mut self, address: &SocketAddr) -> bool {
        /// Below, no system takes ports for clients.
        const EPHEMERAL: u16 = 1024;

        address.ip().is_loopback()
            && address.port() >= EPHEMERAL
            && self.listener_at(&Name::Tcp(*address)).is_none()
            && self.happens(Site::ConnectSelf)
    }

    /// What the network answers in place of a listener, if it does: to this one, or
    /// for a time to all.
    fn answer_of(&mut self, to: &Name) -> Option<i32> {
        const LENGTHS: u64 = 16;
        const MOMENT: Duration = Duration::from_millis(20);

        let known = self.cut_off.get(to).copied();
        if let Some((_, error)) = known.filter(|(until, _)| self.now < *until) {
            self.log(What::Fault(Site::Unreachable, 0));
            return Some(error);
        }
        let chosen = self.choose(Site::Unreachable, ANSWERS.len() as u64 * LENGTHS + 1);
        let chosen = chosen.checked_sub(1)?;
        let error = match to {
            Name::Tcp(_) => ANSWERS[(chosen / LENGTHS) as usize],
            Name::Unix(_) => libc::ECONNREFUSED,
        };
        // As likely this one only as some seconds.
        let length = (chosen % LENGTHS) as u32;
        let until = self.now + MOMENT * length * length;
        self.cut_off.insert(to.clone(), (until, error));
        Some(error)
    }

    fn connect_at_once(&mut self, to: Name) -> io::Result<Key> {
        if !self.listening.contains_key(&to) {
            return Err(io::ErrorKind::NotFound.into());
        }
        if let Some(error) = self.answer_of(&to) {
            return Err(io::Error::from_raw_os_error(error));
        }
        let Some(listener) = self.listener_at(&to) else {
            return Err(io::ErrorKind::ConnectionRefused.into());
        };
        if self.listening(listener)?.is_full() {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        let (client, server) = self.connected_pair(Name::Unix(None), to);
        self.waits(server, listener);
        Ok(client)
    }

    /// A client's wish to connect arrives.
    pub(super) fn connects(&mut self, client: Key) {
        let Ok(stream) = self.stream(client) else {
            return;
        };
        let Connection::Connecting(attempt) = &mut stream.connection else {
            return;
        };
        if stream.closed {
            return;
        }
        attempt.asked += 1;
        let Attempt {
            asked,
            lost,
            answer,
        } = *attempt;
        let (local, remote) = (stream.local.clone(), stream.remote.clone());
        if asked <= lost {
            return self.asks_again(client, asked);
        }
        let latency = self.latency();
        if let Some(error) = answer {
            return self.later(latency, Happening::Fails(client, error));
        }
        if local == remote {
            return self.later(latency, Happening::Connected(client, client));
        }
        let Some(listener) = self.listener_at(&remote) else {
            return self.later(latency, Happening::Fails(client, libc::ECONNREFUSED));
        };
        if self.listening(listener).is_ok_and(Listening::is_full) {
            return self.asks_again(client, asked);
        }
        let server = Stream::new(remote, local, Connection::With(client));
        let server = self.add_stream(server);
        self.later(latency, Happening::Connected(client, server));
        self.waits(server, listener);
    }

    /// Nobody has answered: five times after a second, and from then on after twice
    /// the time, as Linux does (RFC 6298, section 2; `tcp_syn_linear_timeouts`). A
    /// client of the test's asks each second, for as long as it takes.
    fn asks_again(&mut self, client: Key, asked: u32) {
        const LINEAR: u32 = 5;

        let is_patient = self.sockets[client as usize].peer.is_some();
        let doublings = match is_patient {
            true => 0,
            false => asked.saturating_sub(LINEAR),
        };
        let what = match is_patient || asked < ASKED_AT_MOST {
            true => Happening::Connects(client),
            false => Happening::Fails(client, libc::ETIMEDOUT),
        };
        self.later(Duration::from_secs(1 << doublings), what);
    }

    /// The answer of a server arrives.
    pub(super) fn connected(&mut self, client: Key, server: Key) {
        let Ok(stream) = self.stream(client) else {
            return;
        };
        match stream.connection {
            Connection::Connecting(_) => {}
            // Bytes of the server's may have come first, which says the same.
            Connection::With(_) => return,
            Connection::Failed | Connection::GivenUp => return self.reset_for_nobody(server),
        }
        stream.connection = Connection::With(server);
        stream.wants_room = false;
        if stream.closed {
            self.send_on(client);
        }
        self.wake(client, Edge::Any);
        if let Some(peer) = self.sockets[client as usize].peer {
            self.peer_acts_soon(peer);
        } else if self.happens(Site::Reset) {
            self.break_connection(client);
        }
    }

    /// Connecting comes to nothing.
    pub(super) fn fails(&mut self, client: Key, error: i32) {
        let Ok(stream) = self.stream(client) else {
            return;
        };
        if !stream.is_connecting() {
            return;
        }
        stream.connection = Connection::Failed;
        stream.broken = true;
        stream.wants_room = false;
        stream.error = Some(error);
        self.log(What::Failed(client, error));
        self.wake(client, Edge::Any);
        self.wake_peer(client);
    }
}
