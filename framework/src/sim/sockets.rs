//! Sockets that are real ones, or those of the simulated world of the thread.

use std::fmt;
use std::io::{self, IoSlice, IoSliceMut, Read, Write};
use std::net::{Shutdown, SocketAddr};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix;
use std::path::Path;
use std::time::Duration;

use mio::event::Source;
use mio::{Interest, Registry, Token};

use super::handle::Handle;
use super::world::{self, Name};
use crate::system::production;

pub(crate) use crate::system::production::SocketOptions;

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

    /// Worlds have paths only.
    pub(crate) fn connect_addr(address: &unix::net::SocketAddr) -> io::Result<UnixStream> {
        match address.as_pathname() {
            Some(path) => UnixStream::connect(path),
            None => production::UnixStream::connect_addr(address).map(UnixStream::Real),
        }
    }
}

impl From<unix::net::UnixListener> for UnixListener {
    fn from(listener: unix::net::UnixListener) -> UnixListener {
        UnixListener::Real(listener.into())
    }
}
