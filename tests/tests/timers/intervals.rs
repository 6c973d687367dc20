//! Ticks among other events.

use std::os::unix::net::UnixDatagram;

use super::common::Datagrams;
use super::*;
use miocene::{Flow, Interval, Tick};

struct Pulse {
    beat: Interval,
    socket: Datagrams,
    peer: UnixDatagram,
    dues: Vec<Instant>,
    received: u64,
}

const BEATS: usize = 20;

#[handlers]
impl Pulse {
    #[handler(token = BEAT)]
    fn beats(&mut self, tick: Tick) {
        self.dues.push(tick.due);
        self.peer.send(b"beat").unwrap();
    }

    #[handler(token = SOCKET)]
    fn datagram(&mut self, _: &[u8]) -> Flow {
        self.received += 1;
        match self.dues.len() {
            BEATS.. => Flow::Stop,
            _ => Flow::Continue,
        }
    }
}

#[test]
fn an_interval_beats_beside_a_socket() {
    let (socket, peer) = Datagrams::pair();
    let mut app = Pulse {
        beat: Interval::every(MILLISECOND),
        socket,
        peer,
        dues: Vec::new(),
        received: 0,
    };
    EventLoop::new().unwrap().run(&mut app).unwrap();
    assert!(app.dues.len() >= BEATS && app.received > 0);
    for two in app.dues.windows(2) {
        let apart = two[1] - two[0];
        assert!(apart >= MILLISECOND && apart.as_nanos() % MILLISECOND.as_nanos() == 0);
    }
}
