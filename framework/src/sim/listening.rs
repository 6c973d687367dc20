use std::fmt;
use std::net::SocketAddr;
use std::rc::Rc;

use super::peer::Peer;
use super::running::Running;
use super::world::{self, Key, Kind};

/// An address of the test's that applications connect to. Whoever does is a
/// [`Peer`].
///
/// It is listened at until [`closes`](Self::closes), also when this has been dropped.
///
/// # Examples
///
/// See [`Sim::listen`](super::Sim::listen).
pub struct Listening {
    running: Rc<Running>,
    key: Key,
}

impl Listening {
    pub(super) fn new(running: Rc<Running>, key: Key) -> Listening {
        Listening { running, key }
    }

    /// The address, with the port that it was given if that was to be any.
    ///
    /// # Panics
    ///
    /// If it is a path.
    #[track_caller]
    pub fn address(&self) -> SocketAddr {
        match self.with(|listening| listening.name.tcp()) {
            Ok(address) => address,
            Err(_) => panic!("it listens at a path"),
        }
    }

    /// The next one that has connected, if any, in the order in which they came.
    pub fn accept(&self) -> Option<Peer> {
        let peer = self.with(|listening| listening.accepted.as_mut()?.pop_front())?;
        Some(Peer::new(Rc::clone(&self.running), peer))
    }

    /// Whoever connects from now on gets no answer, and tries until its patience
    /// ends, or its system's. On a path there is no waiting: it is told that there is
    /// no room.
    ///
    /// # Examples
    ///
    /// ```
    /// use miocene::net::TcpStream;
    /// use miocene::sim::Sim;
    /// use std::io::ErrorKind;
    /// use std::time::Duration;
    ///
    /// Sim::seeds(0..10).run(|sim| {
    ///     let server = sim.listen("10.0.0.1:80").answers_nobody();
    ///     let stream = TcpStream::connect(server.address()).unwrap();
    ///     sim.run_for(Duration::from_secs(120));
    ///     assert!(stream.peer_addr().is_err() && stream.take_error().unwrap().is_none());
    ///     sim.run_for(Duration::from_secs(20));
    ///     assert_eq!(stream.take_error().unwrap().unwrap().kind(), ErrorKind::TimedOut);
    /// });
    /// ```
    pub fn answers_nobody(self) -> Listening {
        self.with(|listening| listening.silent = true);
        self
    }

    /// Who tries still is let in when it tries next.
    pub fn answers_again(&self) {
        self.with(|listening| listening.silent = false);
    }

    /// Ends it: whoever connects is refused, until the address is listened at anew.
    /// Those that were not accepted are reset.
    ///
    /// # Examples
    ///
    /// ```
    /// use miocene::net::TcpStream;
    /// use miocene::sim::Sim;
    /// use std::time::Duration;
    ///
    /// Sim::seeds(0..10).run(|sim| {
    ///     let server = sim.listen("10.0.0.1:80");
    ///     let address = server.address();
    ///     server.closes();
    ///     let refused = TcpStream::connect(address).unwrap();
    ///     sim.run_for(Duration::from_secs(1));
    ///     assert!(refused.take_error().unwrap().is_some());
    ///
    ///     let server = sim.listen(address);
    ///     let _stream = TcpStream::connect(address).unwrap();
    ///     server.expect();
    /// });
    /// ```
    pub fn closes(self) {
        self.running.world.borrow_mut().close(self.key);
    }

    fn with<T>(&self, does: impl FnOnce(&mut world::Listening) -> T) -> T {
        let mut world = self.running.world.borrow_mut();
        match &mut world.sockets[self.key as usize].kind {
            Kind::Listener(listening) => does(listening),
            _ => unreachable!("only `closes` ends it"),
        }
    }

    /// Runs the world until somebody has connected.
    ///
    /// # Panics
    ///
    /// If nobody can any more.
    #[track_caller]
    pub fn expect(&self) -> Peer {
        let mut peer = None;
        let awaited = || {
            peer = peer.take().or_else(|| self.accept());
            peer.is_some()
        };
        self.running
            .until(awaited, format_args!("nobody connects to the test"));
        peer.expect("it was waited for")
    }
}

impl fmt::Debug for Listening {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Listening({})", self.key)
    }
}
