//! Listeners.

use std::collections::VecDeque;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use super::socket::Kind;
use super::{Happening, Key, Listening, Name, What, World};
use crate::sim::site::Site;

/// Errors of accept(2) that are those of the connection.
const OF_THE_PEER: [i32; 6] = [
    libc::ECONNABORTED,
    libc::EPROTO,
    libc::EPERM,
    libc::ETIMEDOUT,
    libc::EHOSTUNREACH,
    libc::ENETDOWN,
];

const EXHAUSTED: [i32; 4] = [libc::EMFILE, libc::ENFILE, libc::ENOBUFS, libc::ENOMEM];

impl World {
    pub(in crate::sim) fn listen(&mut self, name: Name, backlog: i32) -> io::Result<Key> {
        self.has_descriptor()?;
        let name = match name {
            Name::Tcp(address) if address.port() == 0 => {
                Name::Tcp(SocketAddr::new(address.ip(), self.free_port()))
            }
            name => name,
        };
        if self.listener_at(&name).is_some() {
            return Err(io::ErrorKind::AddrInUse.into());
        }
        let key = self.add(Kind::Listener(Listening {
            name: name.clone(),
            backlog: usize::try_from(backlog).unwrap_or(0),
            waiting: VecDeque::new(),
            accepted: None,
            silent: false,
        }));
        self.hold(key);
        self.log(What::Listens(key));
        self.listening.insert(name, key);
        Ok(key)
    }

    /// Who listens there, or at all addresses of this machine.
    pub(super) fn listener_at(&self, name: &Name) -> Option<Key> {
        self.listens_at(name).or_else(|| match name {
            Name::Tcp(address) => Self::wildcards(address).find_map(|name| self.listens_at(&name)),
            Name::Unix(_) => None,
        })
    }

    /// Of a listener that was closed the name is still known.
    fn listens_at(&self, name: &Name) -> Option<Key> {
        let key = *self.listening.get(name)?;
        let listens = matches!(self.sockets[key as usize].kind, Kind::Listener(_));
        listens.then_some(key)
    }

    /// Of a wildcard and a port. A socket for both families has that of the second.
    fn wildcards(address: &SocketAddr) -> impl Iterator<Item = Name> {
        let any = |ip: IpAddr| Name::Tcp(SocketAddr::new(ip, address.port()));
        let v4 = address.is_ipv4().then(|| any(Ipv4Addr::UNSPECIFIED.into()));
        v4.into_iter().chain([any(Ipv6Addr::UNSPECIFIED.into())])
    }

    pub(super) fn free_port(&mut self) -> u16 {
        self.next_port = self.next_port.checked_add(1).unwrap_or(49_152);
        self.next_port
    }

    pub(in crate::sim) fn listening(&self, key: Key) -> io::Result<&Listening> {
        match &self.sockets[key as usize].kind {
            Kind::Listener(listening) => Ok(listening),
            _ => Err(io::ErrorKind::InvalidInput.into()),
        }
    }

    fn waiting(&mut self, key: Key) -> io::Result<&mut VecDeque<Key>> {
        match &mut self.sockets[key as usize].kind {
            Kind::Listener(listening) => Ok(&mut listening.waiting),
            _ => Err(io::ErrorKind::InvalidInput.into()),
        }
    }

    pub(in crate::sim) fn accept(&mut self, listener: Key) -> io::Result<(Key, Name)> {
        if self.happens(Site::Interrupted) {
            return Err(io::ErrorKind::Interrupted.into());
        }
        if self.waiting(listener)?.is_empty() {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        if self.happens(Site::AcceptLate) {
            let latency = self.latency();
            self.later(latency, Happening::Wakes(listener));
            return Err(io::ErrorKind::WouldBlock.into());
        }
        self.accept_fails(listener)?;
        self.has_descriptor()?;
        let Some(server) = self.waiting(listener)?.pop_front() else {
            return Err(io::ErrorKind::WouldBlock.into());
        };
        self.unexpected = 0;
        self.hold(server);
        self.log(What::Accepted(server));
        let remote = self.stream(server)?.remote.clone();
        Ok((server, remote))
    }

    fn accept_fails(&mut self, listener: Key) -> io::Result<()> {
        /// A program may give a listener up after many of them in a row.
        const UNEXPECTED_IN_A_ROW: u32 = 4;

        let number = match self.choose(Site::AcceptExhausted, EXHAUSTED.len() as u64 + 1) {
            0 => match self.choose(Site::AcceptPeer, OF_THE_PEER.len() as u64 + 1) {
                0 if self.unexpected < UNEXPECTED_IN_A_ROW && self.happens(Site::AcceptUnknown) => {
                    self.unexpected += 1;
                    libc::EINVAL
                }
                0 => return Ok(()),
                chosen => {
                    // The system has taken it out, and it is lost.
                    if let Some(server) = self.waiting(listener)?.pop_front() {
                        self.excuse_peer(server);
                        self.reset(server);
                    }
                    OF_THE_PEER[chosen as usize - 1]
                }
            },
            chosen => EXHAUSTED[chosen as usize - 1],
        };
        Err(io::Error::from_raw_os_error(number))
    }

    pub(super) fn close_listener(&mut self, key: Key) {
        let kind = std::mem::replace(&mut self.sockets[key as usize].kind, Kind::Closed);
        if let Kind::Listener(listening) = kind {
            // Linux resets those who wait; so it does those that the test has not taken.
            let peers = listening.accepted.into_iter().flatten();
            let untaken = peers.map(|peer| self.peers[peer as usize].key);
            let untaken: Vec<Key> = untaken.collect();
            for server in listening.waiting.into_iter().chain(untaken) {
                self.reset(server);
            }
        }
    }

    /// A listener of the test's takes whoever comes.
    pub(super) fn accept_for_test(&mut self, listener: Key) {
        let Kind::Listener(listening) = &mut self.sockets[listener as usize].kind else {
            return;
        };
        if listening.accepted.is_none() {
            return;
        }
        while let Some(server) = self.waiting(listener).ok().and_then(VecDeque::pop_front) {
            let peer = self.add_peer(server);
            if let Kind::Listener(listening) = &mut self.sockets[listener as usize].kind {
                listening.accepted.get_or_insert_default().push_back(peer);
            }
        }
    }
}
