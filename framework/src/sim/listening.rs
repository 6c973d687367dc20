use std::fmt;
use std::rc::Rc;

use super::peer::Peer;
use super::running::Running;
use super::world::{Key, Kind};

/// An address of the test's that applications connect to. Whoever does is a
/// [`Peer`].
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

    /// The next one that has connected, if any.
    pub fn accept(&self) -> Option<Peer> {
        let mut world = self.running.world.borrow_mut();
        let Kind::Listener(listening) = &mut world.sockets[self.key as usize].kind else {
            return None;
        };
        let peer = listening.accepted.as_mut()?.pop_front()?;
        Some(Peer::new(Rc::clone(&self.running), peer))
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
