//! A pair of sockets with a memory: what was sent at one end must arrive at the
//! other, all of it, once and in order.

use std::io::{self, Read, Write};
use std::os::fd::AsFd;
use std::os::unix::net::{UnixDatagram, UnixStream};

use miocene::mio::event::Source;
use miocene::mio::{Interest, Registry, Token};
use miocene::{BoxError, Fd};

use crate::rng::Rng;

/// What streams and datagrams have in common.
pub trait Socket: AsFd + Sized {
    fn pair() -> io::Result<(Self, Self)>;
    fn receive(&self, buffer: &mut [u8]) -> io::Result<usize>;
    fn send(&self, bytes: &[u8]) -> io::Result<usize>;
}

impl Socket for UnixStream {
    fn pair() -> io::Result<(Self, Self)> {
        UnixStream::pair()
    }

    fn receive(&self, buffer: &mut [u8]) -> io::Result<usize> {
        (&*self).read(buffer)
    }

    fn send(&self, bytes: &[u8]) -> io::Result<usize> {
        (&*self).write(bytes)
    }
}

impl Socket for UnixDatagram {
    fn pair() -> io::Result<(Self, Self)> {
        UnixDatagram::pair()
    }

    fn receive(&self, buffer: &mut [u8]) -> io::Result<usize> {
        self.recv(buffer)
    }

    fn send(&self, bytes: &[u8]) -> io::Result<usize> {
        self.send(bytes)
    }
}

/// Both ends; the application's is the source.
pub struct Wire<S: Socket> {
    ours: Fd<S>,
    theirs: Fd<S>,
    sent: Vec<u8>,
    arrived: usize,
    registrations: usize,
    /// The next registration is refused.
    pub refuse: bool,
}

impl<S: Socket> Wire<S> {
    pub fn new() -> Wire<S> {
        let (ours, theirs) = S::pair().unwrap();
        Wire {
            ours: Fd::new(ours).unwrap(),
            theirs: Fd::new(theirs).unwrap(),
            sent: Vec::new(),
            arrived: 0,
            registrations: 0,
            refuse: false,
        }
    }

    pub fn receive(&self, buffer: &mut [u8]) -> io::Result<usize> {
        self.ours.get_ref().receive(buffer)
    }

    /// Sends to the peer, which keeps no account of it.
    pub fn answer(&self, bytes: &[u8]) -> io::Result<usize> {
        self.ours.get_ref().send(bytes)
    }

    /// A handler was given these bytes.
    pub fn arrived(&mut self, bytes: &[u8]) -> Result<(), BoxError> {
        let begin = self.arrived;
        self.arrived += bytes.len();
        match self.sent.get(begin..self.arrived) {
            Some(sent) if sent == bytes => Ok(()),
            sent => Err(format!("{bytes:?} arrived in place of {sent:?}, at {begin}").into()),
        }
    }
}

/// Of all wires, whatever they are made of.
pub trait Peer {
    /// How often the poll was told of our end: how it is known that something
    /// that was asked for has been done.
    fn registrations(&self) -> usize;

    /// As many of the bytes as there is room for.
    fn send(&mut self, bytes: &[u8]);

    /// How many bytes were sent and have not arrived.
    fn missing(&self) -> usize;

    /// Throws away what our end has sent.
    fn drain(&self);

    /// Another pair in place of this one, of which nothing is to be heard any
    /// more.
    fn renew(&mut self, registry: &Registry);
}

impl<S: Socket> Peer for Wire<S> {
    fn registrations(&self) -> usize {
        self.registrations
    }

    fn send(&mut self, bytes: &[u8]) {
        if let Ok(count) = self.theirs.get_ref().send(bytes) {
            self.sent.extend_from_slice(&bytes[..count]);
        }
    }

    fn missing(&self) -> usize {
        self.sent.len() - self.arrived
    }

    fn drain(&self) {
        while self.theirs.get_ref().receive(&mut [0; 1 << 16]).is_ok() {}
    }

    fn renew(&mut self, registry: &Registry) {
        if cfg!(mio_unsupported_force_poll_poll) {
            // Closing does it elsewhere; this selector goes on asking after a
            // descriptor that was closed.
            let _ = self.ours.deregister(registry);
        }
        let registrations = self.registrations;
        *self = Wire::new();
        self.registrations = registrations;
    }
}

/// A few bytes to send.
pub fn bytes(rng: &mut Rng) -> Vec<u8> {
    let any = |_| match rng.below(4) {
        0 => b'\n',
        _ => rng.below(256) as u8,
    };
    (0..3).map(any).collect()
}

impl<S: Socket> Source for Wire<S> {
    fn register(
        &mut self,
        registry: &Registry,
        token: Token,
        interest: Interest,
    ) -> io::Result<()> {
        if std::mem::take(&mut self.refuse) {
            return Err(io::Error::other("refused"));
        }
        self.ours.register(registry, token, interest)?;
        self.registrations += 1;
        Ok(())
    }

    fn reregister(
        &mut self,
        registry: &Registry,
        token: Token,
        interest: Interest,
    ) -> io::Result<()> {
        self.ours.reregister(registry, token, interest)?;
        self.registrations += 1;
        Ok(())
    }

    fn deregister(&mut self, registry: &Registry) -> io::Result<()> {
        self.ours.deregister(registry)
    }
}
