//! What stands in for the system where a simulated world may be: each of these is
//! the real thing, or its model in the world of the thread.

use std::fmt;
use std::io::{self, IoSlice, IoSliceMut, Read, Write};
use std::net::{Shutdown, SocketAddr};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix;
use std::path::Path;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use mio::event::Source;
use mio::{Interest, Registry, Token};

use super::handle::Handle;
use super::hostile::Hostility;
use super::world::{self, LoopKey, Name, Sleep, Wait};
use crate::system::production;
pub(crate) use crate::system::production::SocketOptions;
use crate::{Config, Readiness};

pub(crate) fn now() -> Instant {
    world::with(|world| world.instant()).unwrap_or_else(production::now)
}

pub(crate) fn families_made() -> u32 {
    world::with(|world| world.families_made()).unwrap_or_else(production::families_made)
}

pub(crate) fn listen_tcp(address: SocketAddr, queue: i32) -> io::Result<TcpListener> {
    match world::with(|world| world.listen(Name::Tcp(address), queue)) {
        Some(key) => Ok(TcpListener::Simulated(Handle::new(key?))),
        None => production::listen_tcp(address, queue).map(TcpListener::Real),
    }
}

pub(crate) fn listen_unix(path: &Path, mode: u32, queue: i32) -> io::Result<UnixListener> {
    let name = || Name::Unix(Some(path.to_owned()));
    // The standard library's rules for paths.
    unix::net::SocketAddr::from_pathname(path)?;
    match world::with(|world| world.listen(name(), queue)) {
        Some(key) => Ok(UnixListener::Simulated(Handle::new(key?))),
        None => production::listen_unix(path, mode, queue).map(UnixListener::Real),
    }
}

/// The poll.
#[derive(Debug)]
pub(crate) enum Poll {
    Real(production::Poll, Hostility),
    Simulated {
        key: LoopKey,
        world: u32,
        asleep: bool,
    },
}

#[derive(Debug)]
pub(crate) struct Events {
    real: production::Events,
    taken: Vec<Event>,
}

/// What a wait has brought. The readiness was read from mio's event, or made by
/// the model.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Event {
    token: Token,
    ready: Readiness,
}

impl Event {
    pub(super) fn new(token: Token, ready: Readiness) -> Event {
        Event { token, ready }
    }

    pub(crate) fn token(&self) -> Token {
        self.token
    }
}

impl From<&Event> for Readiness {
    fn from(event: &Event) -> Readiness {
        event.ready
    }
}

impl Readiness {
    pub(crate) fn bit_by_bit(event: &Event) -> Readiness {
        event.ready
    }
}

pub(crate) fn is_asleep(poll: &Poll) -> bool {
    matches!(poll, Poll::Simulated { asleep: true, .. })
}

/// Whether there are events for the next wait already, of which the system does not
/// know any more.
pub(crate) fn holds_events(poll: &Poll) -> bool {
    matches!(poll, Poll::Real(_, hostility) if hostility.holds_events())
}

/// # Panics
///
/// Of a simulated loop: a host would sleep on its descriptor for ever.
#[allow(dead_code, reason = "nobody asks where mio's poll has none")]
pub(crate) fn must_have_a_descriptor(poll: &Poll) {
    let is_real = matches!(poll, Poll::Real(..));
    assert!(is_real, "a simulated loop has no descriptor to sleep on");
}

/// Sockets are registered with the loop that is turned.
pub(crate) fn is_turned(poll: &Poll) {
    if let Poll::Simulated { key, world: of, .. } = poll {
        world::with(|world| {
            if world.number == *of {
                world.turned = Some(*key);
            }
        });
    }
}

/// What a loop with these limits waits with. Who is to be misbehaved to takes one
/// item at a time.
pub(crate) fn poll(config: &mut Config) -> io::Result<Poll> {
    if config.hostile.is_some() {
        (config.budget, config.accepts) = (1, 1);
    }
    Poll::new(config)
}

impl Poll {
    fn new(config: &Config) -> io::Result<Poll> {
        let simulated = world::with(|world| Poll::Simulated {
            key: world.add_poller(),
            world: world.number,
            asleep: false,
        });
        match simulated {
            Some(poll) => Ok(poll),
            None => Ok(Poll::Real(production::Poll::new()?, Hostility::of(config))),
        }
    }

    /// Sources that are no simulated ones are registered somewhere, and nobody
    /// ever asks there.
    pub(crate) fn registry(&self) -> &Registry {
        static NOBODYS: OnceLock<production::Poll> = OnceLock::new();
        match self {
            Poll::Real(poll, _) => poll.registry(),
            Poll::Simulated { .. } => NOBODYS
                .get_or_init(|| production::Poll::new().expect("a poll for what is not simulated"))
                .registry(),
        }
    }

    /// The wait under way is over: what is waited for has been changed.
    pub(super) fn wake_up(&mut self) {
        if let Poll::Simulated { key, asleep, .. } = self {
            *asleep = false;
            world::with(|world| world.pollers[*key].sleep = Sleep::Awake);
        }
    }

    pub(crate) fn poll(
        &mut self,
        events: &mut Events,
        timeout: Option<Duration>,
    ) -> io::Result<()> {
        match self {
            Poll::Real(poll, hostility) => hostility.poll(poll, events, timeout),
            Poll::Simulated { key, world, asleep } => {
                // Also if it is interrupted.
                *asleep = false;
                *asleep = wait(*key, *world, events, timeout)? == Wait::Asleep;
                Ok(())
            }
        }
    }
}

/// Waits in the world of the thread. Who is turned step by step is told that the
/// wait goes on; for others the world goes on meanwhile.
fn wait(key: LoopKey, of: u32, events: &mut Events, timeout: Option<Duration>) -> io::Result<Wait> {
    let room = events.capacity();
    let waited = world::with(|world| {
        if world.number != of {
            return None;
        }
        let mut taken = Vec::new();
        loop {
            match world.wait(key, timeout, room, &mut taken) {
                Ok(Wait::Asleep) if !world.stepped => {
                    if !world.pass(key) {
                        return Some(Err(io::Error::other(world.nothing_can_happen())));
                    }
                }
                Ok(wait) => return Some(Ok((wait, taken))),
                Err(error) => return Some(Err(error)),
            }
        }
    });
    let gone = || io::Error::other("the simulated world of this loop is not that of the thread");
    let (wait, taken) = waited.flatten().ok_or_else(gone)??;
    // While a wait goes on, the events of the last one are still the last ones.
    if wait == Wait::Over {
        events.taken = taken;
    }
    Ok(wait)
}

impl Events {
    pub(crate) fn with_capacity(capacity: usize) -> Events {
        Events {
            real: production::Events::with_capacity(capacity),
            taken: Vec::new(),
        }
    }

    pub(crate) fn capacity(&self) -> usize {
        self.real.capacity()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.taken.is_empty()
    }

    pub(crate) fn clear(&mut self) {
        self.taken.clear();
    }

    pub(crate) fn iter(&self) -> std::slice::Iter<'_, Event> {
        self.taken.iter()
    }

    pub(super) fn poll(
        &mut self,
        poll: &mut production::Poll,
        timeout: Option<Duration>,
    ) -> io::Result<()> {
        self.taken.clear();
        poll.poll(&mut self.real, timeout)?;
        let taken = self
            .real
            .iter()
            .map(|event| Event::new(event.token(), Readiness::from(event)));
        self.taken.extend(taken);
        Ok(())
    }

    pub(super) fn taken(&mut self) -> &mut Vec<Event> {
        &mut self.taken
    }
}

/// Does with either what both can do.
macro_rules! either {
    ($socket:expr, $real:ident => $does:expr, $handle:ident => $simulated:expr) => {
        match $socket {
            Self::Real($real) => $does,
            Self::Simulated($handle) => $simulated,
        }
    };
}

macro_rules! socket {
    ($name:ident, $real:ty) => {
        pub(crate) enum $name {
            Real($real),
            Simulated(Handle),
        }

        impl From<$real> for $name {
            fn from(socket: $real) -> $name {
                $name::Real(socket)
            }
        }

        impl Source for $name {
            fn register(&mut self, registry: &Registry, token: Token, interests: Interest) -> io::Result<()> {
                either!(self, socket => socket.register(registry, token, interests),
                    handle => handle.register(registry, token, interests))
            }

            fn reregister(&mut self, registry: &Registry, token: Token, interests: Interest) -> io::Result<()> {
                either!(self, socket => socket.reregister(registry, token, interests),
                    handle => handle.reregister(registry, token, interests))
            }

            fn deregister(&mut self, registry: &Registry) -> io::Result<()> {
                either!(self, socket => socket.deregister(registry), handle => handle.deregister(registry))
            }
        }

        impl AsFd for $name {
            fn as_fd(&self) -> BorrowedFd<'_> {
                either!(self, socket => socket.as_fd(), handle => handle.has_no_descriptor())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                either!(self, socket => socket.fmt(formatter), handle => handle.fmt(formatter))
            }
        }
    };
}

macro_rules! listener {
    ($name:ident, $stream:ident, $address:ty, $of_name:ident) => {
        impl $name {
            pub(crate) fn local_addr(&self) -> io::Result<$address> {
                either!(self, listener => listener.local_addr(),
                    handle => handle.with(|world, key| world.listening(key)?.name.$of_name()))
            }

            pub(crate) fn accept(&self) -> io::Result<($stream, $address)> {
                either!(self, listener => listener.accept().map(|(stream, from)| (stream.into(), from)),
                    handle => handle.with(|world, key| {
                        let (key, from) = world.accept(key)?;
                        Ok((key, from.$of_name()?))
                    }).map(|(key, from)| ($stream::Simulated(Handle::new(key)), from)))
            }
        }
    };
}

macro_rules! stream {
    ($name:ident, $address:ty, $of_name:ident) => {
        impl $name {
            pub(crate) fn peer_addr(&self) -> io::Result<$address> {
                either!(self, stream => stream.peer_addr(),
                    handle => handle.with(|world, key| world.connected_stream(key)?.remote.$of_name()))
            }

            pub(crate) fn local_addr(&self) -> io::Result<$address> {
                either!(self, stream => stream.local_addr(),
                    handle => handle.with(|world, key| world.stream(key)?.local.$of_name()))
            }

            pub(crate) fn shutdown(&self, how: Shutdown) -> io::Result<()> {
                either!(self, stream => stream.shutdown(how),
                    handle => handle.with(|world, key| world.shut(key, how)))
            }

            pub(crate) fn take_error(&self) -> io::Result<Option<io::Error>> {
                either!(self, stream => stream.take_error(),
                    handle => handle.with(|world, key| {
                        Ok(world.stream(key)?.error.take().map(io::Error::from_raw_os_error))
                    }))
            }
        }

        impl Read for &$name {
            fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
                match self {
                    $name::Real(stream) => (&*stream).read(buffer),
                    $name::Simulated(handle) => handle.with(|world, key| world.read(key, buffer)),
                }
            }
        }

        impl Write for &$name {
            fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
                match self {
                    $name::Real(stream) => (&*stream).write(bytes),
                    $name::Simulated(handle) => handle.with(|world, key| world.write(key, bytes)),
                }
            }

            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }

        impl Read for $name {
            fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
                (&*self).read(buffer)
            }

            fn read_vectored(&mut self, buffers: &mut [IoSliceMut<'_>]) -> io::Result<usize> {
                match self {
                    $name::Real(stream) => stream.read_vectored(buffers),
                    $name::Simulated(_) => {
                        let first = buffers.iter_mut().find(|buffer| !buffer.is_empty());
                        first.map_or(Ok(0), |buffer| (&*self).read(buffer))
                    }
                }
            }
        }

        impl Write for $name {
            fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
                (&*self).write(bytes)
            }

            fn write_vectored(&mut self, buffers: &[IoSlice<'_>]) -> io::Result<usize> {
                match self {
                    $name::Real(stream) => stream.write_vectored(buffers),
                    $name::Simulated(_) => {
                        let first = buffers.iter().find(|buffer| !buffer.is_empty());
                        first.map_or(Ok(0), |buffer| (&*self).write(buffer))
                    }
                }
            }

            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
    };
}

socket!(TcpListener, production::TcpListener);
socket!(TcpStream, production::TcpStream);
socket!(UnixListener, production::UnixListener);
socket!(UnixStream, production::UnixStream);
listener!(TcpListener, TcpStream, SocketAddr, tcp);
listener!(UnixListener, UnixStream, unix::net::SocketAddr, unix);
stream!(TcpStream, SocketAddr, tcp);
stream!(UnixStream, unix::net::SocketAddr, unix);

impl TcpStream {
    pub(crate) fn connect(to: SocketAddr) -> io::Result<TcpStream> {
        match world::with(|world| world.connect_held(Name::Tcp(to))) {
            Some(key) => Ok(TcpStream::Simulated(Handle::new(key?))),
            None => production::TcpStream::connect(to).map(TcpStream::Real),
        }
    }

    pub(crate) fn set_nodelay(&self, nodelay: bool) -> io::Result<()> {
        either!(self, stream => stream.set_nodelay(nodelay),
        handle => handle.with(|world, key| {
            world.stream(key)?.options.nodelay = nodelay;
            Ok(())
        }))
    }

    pub(crate) fn nodelay(&self) -> io::Result<bool> {
        either!(self, stream => stream.nodelay(),
            handle => handle.with(|world, key| Ok(world.stream(key)?.options.nodelay)))
    }

    pub(crate) fn set_ttl(&self, hops: u32) -> io::Result<()> {
        either!(self, stream => stream.set_ttl(hops),
        handle => handle.with(|world, key| {
            world.stream(key)?.options.hops = hops;
            Ok(())
        }))
    }

    pub(crate) fn ttl(&self) -> io::Result<u32> {
        either!(self, stream => stream.ttl(),
            handle => handle.with(|world, key| Ok(world.stream(key)?.options.hops)))
    }
}

impl SocketOptions for TcpStream {
    fn set_keepalive(&self, keepalive: bool) -> io::Result<()> {
        either!(self, stream => stream.set_keepalive(keepalive),
        handle => handle.with(|world, key| {
            world.stream(key)?.options.keepalive = keepalive;
            Ok(())
        }))
    }

    fn keepalive(&self) -> io::Result<bool> {
        either!(self, stream => stream.keepalive(),
            handle => handle.with(|world, key| Ok(world.stream(key)?.options.keepalive)))
    }

    fn set_linger(&self, linger: Option<Duration>) -> io::Result<()> {
        either!(self, stream => stream.set_linger(linger),
        handle => handle.with(|world, key| {
            world.stream(key)?.options.linger = linger;
            Ok(())
        }))
    }

    fn linger(&self) -> io::Result<Option<Duration>> {
        either!(self, stream => stream.linger(),
            handle => handle.with(|world, key| Ok(world.stream(key)?.options.linger)))
    }
}

impl UnixStream {
    pub(crate) fn pair() -> io::Result<(UnixStream, UnixStream)> {
        match world::with(|world| world.pair()) {
            Some(keys) => {
                let (one, other) = keys?;
                let stream = |key| UnixStream::Simulated(Handle::new(key));
                Ok((stream(one), stream(other)))
            }
            None => {
                let (one, other) = production::UnixStream::pair()?;
                Ok((UnixStream::Real(one), UnixStream::Real(other)))
            }
        }
    }

    pub(crate) fn connect(path: &Path) -> io::Result<UnixStream> {
        let name = || Name::Unix(Some(path.to_owned()));
        match world::with(|world| world.connect_held(name())) {
            Some(key) => Ok(UnixStream::Simulated(Handle::new(key?))),
            None => production::UnixStream::connect(path).map(UnixStream::Real),
        }
    }
}

impl From<unix::net::UnixListener> for UnixListener {
    fn from(listener: unix::net::UnixListener) -> UnixListener {
        UnixListener::Real(listener.into())
    }
}
