//! Clients that behave well.

use std::net::{Ipv4Addr, SocketAddrV4};

use miocene::sim::{Peer, Sim};

/// Where the server is.
pub const ADDRESS: SocketAddrV4 = SocketAddrV4::new(Ipv4Addr::LOCALHOST, 7000);

/// Clients that send something, end their direction and have all of it sent back.
pub struct Crowd(Vec<(Peer, usize)>);

impl Crowd {
    pub fn comes(sim: &Sim, count: u64) -> Crowd {
        Crowd((0..count).map(|_| client(sim)).collect())
    }

    /// Whether each has got all that it can expect.
    pub fn is_served(&self) -> bool {
        let mut all = self.0.iter();
        all.all(|(peer, _)| peer.has_ended() || peer.was_cut())
    }

    #[track_caller]
    pub fn expects_all(&self) {
        for (peer, length) in &self.0 {
            peer.expect_end();
            let count = peer.received_count();
            assert!(
                peer.was_cut() || count == *length,
                "{peer:?} got {count} bytes of {length}"
            );
        }
    }
}

fn client(sim: &Sim) -> (Peer, usize) {
    let peer = sim.client(ADDRESS).expects_pattern();
    let length = sim.draw(1 << sim.draw(10)) as usize;
    peer.send_pattern(length);
    peer.half_closes();
    (peer, length)
}
