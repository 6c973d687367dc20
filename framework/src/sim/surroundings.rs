//! What a test puts around its applications: peers, listeners, sources.

use std::net::{SocketAddr, ToSocketAddrs};
use std::path::Path;
use std::rc::Rc;

use super::handle::Handle;
use super::listening::Listening;
use super::peer::Peer;
use super::simulation::Sim;
use super::twin::{Queue, Twin};
use super::world::Name;
use crate::net::UnixStream;

impl Sim {
    /// A client that connects to an address, as soon as the world runs.
    ///
    /// # Panics
    ///
    /// If the address is none.
    ///
    /// # Examples
    ///
    /// See [`Sim`].
    #[track_caller]
    pub fn client(&self, address: impl ToSocketAddrs) -> Peer {
        self.connect(Name::Tcp(resolve(address)))
    }

    /// A client that connects to a path.
    pub fn unix_client(&self, path: impl AsRef<Path>) -> Peer {
        self.connect(Name::Unix(Some(path.as_ref().to_owned())))
    }

    fn connect(&self, to: Name) -> Peer {
        let mut world = self.world().borrow_mut();
        let key = world.connect(to);
        Peer::new(Rc::clone(&self.running), world.add_peer(key))
    }

    /// An address of the test's, for applications that connect.
    ///
    /// # Panics
    ///
    /// If the address is none, or taken.
    ///
    /// # Examples
    ///
    /// ```
    /// use miocene::net::TcpStream;
    /// use miocene::sim::Sim;
    ///
    /// Sim::seeds(0..10).run(|sim| {
    ///     let upstream = sim.listen("10.0.0.1:80");
    ///     let _stream = TcpStream::connect("10.0.0.1:80".parse().unwrap()).unwrap();
    ///     let _peer = upstream.expect();
    /// });
    /// ```
    #[track_caller]
    pub fn listen(&self, address: impl ToSocketAddrs) -> Listening {
        self.listen_at(Name::Tcp(resolve(address)))
    }

    /// A path of the test's, for applications that connect.
    ///
    /// # Panics
    ///
    /// If it is taken.
    ///
    /// # Examples
    ///
    /// ```
    /// use miocene::net::UnixStream;
    /// use miocene::sim::Sim;
    ///
    /// Sim::seeds(0..10).run(|sim| {
    ///     let upstream = sim.listen_unix("/run/upstream");
    ///     let _stream = UnixStream::connect("/run/upstream").unwrap();
    ///     let _peer = upstream.expect();
    /// });
    /// ```
    #[track_caller]
    pub fn listen_unix(&self, path: impl AsRef<Path>) -> Listening {
        self.listen_at(Name::Unix(Some(path.as_ref().to_owned())))
    }

    #[track_caller]
    fn listen_at(&self, name: Name) -> Listening {
        const BACKLOG: i32 = 1024;

        let mut world = self.world().borrow_mut();
        let key = match world.listen(name, BACKLOG) {
            Ok(key) => key,
            Err(error) => panic!("the test cannot listen: {error}"),
        };
        world.lend_to_test(key);
        Listening::new(Rc::clone(&self.running), key)
    }

    /// How many descriptors applications may have. Without it there is no limit.
    pub fn limit_descriptors(&self, limit: usize) {
        self.world().borrow_mut().limit = limit;
    }

    /// How many simulated sockets applications have.
    pub fn descriptors(&self) -> usize {
        self.world().borrow().open
    }

    /// A source of items that this test provides, in place of one that is not
    /// simulated, and the test's end of it.
    ///
    /// # Examples
    ///
    /// See [`Twin`].
    pub fn twin<T>(&self) -> (Queue<T>, Twin<T>) {
        let key = self.world().borrow_mut().add_twin();
        Twin::pair(Handle::new(key))
    }

    /// A stream of bytes that is connected to a peer: in place of a pipe or a
    /// device.
    pub fn stream(&self) -> (UnixStream, Peer) {
        let mut world = self.world().borrow_mut();
        let (ours, theirs) = world.connected_pair(Name::Unix(None), Name::Unix(None));
        world.hold(ours);
        let peer = world.add_peer(theirs);
        drop(world);
        let stream = UnixStream::simulated(Handle::new(ours));
        (stream, Peer::new(Rc::clone(&self.running), peer))
    }

    /// One end of a connection that was made before, and which nobody has the other
    /// end of.
    pub(super) fn connected(&self, name: impl Fn(u16) -> Name) -> Handle {
        let mut world = self.world().borrow_mut();
        let (ours, _theirs) = world.connected_pair(name(80), name(50_000));
        world.hold(ours);
        drop(world);
        Handle::new(ours)
    }
}

#[track_caller]
fn resolve(address: impl ToSocketAddrs) -> SocketAddr {
    let addresses = address.to_socket_addrs();
    match addresses.map(|mut addresses| addresses.next()) {
        Ok(Some(address)) => address,
        Ok(None) => panic!("the address stands for none"),
        Err(error) => panic!("this is no address, as \"127.0.0.1:80\" is: {error}"),
    }
}
