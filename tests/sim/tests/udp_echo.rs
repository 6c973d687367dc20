//! The datagram server. Its socket is mio's own, which no world simulates: it is a
//! real one here, and the test says when there is an event.
#![cfg(feature = "sim")]

#[allow(dead_code, reason = "a whole program")]
#[path = "../../../examples/udp_echo.rs"]
mod udp_echo;

use std::net::{SocketAddr, UdpSocket};

use miocene::Readiness;
use miocene::sim::{App, Sim};
use udp_echo::{Echo, SOCKET};

const ANY: &str = "127.0.0.1:0";

fn start(sim: &Sim) -> (App<Echo>, SocketAddr) {
    let echo = Echo::bind(ANY.parse().unwrap()).unwrap();
    let address = echo.socket.local_addr().unwrap();
    (sim.start(echo), address)
}

fn client(server: SocketAddr) -> UdpSocket {
    let client = UdpSocket::bind(ANY).unwrap();
    client.connect(server).unwrap();
    client.set_nonblocking(true).unwrap();
    client
}

/// On loopback a datagram that was sent has arrived.
fn every_datagram(sim: &Sim) {
    let (echo, server) = start(sim);
    let clients = [client(server), client(server)];
    for _ in 0..1 + sim.draw(5) {
        let sent: Vec<(usize, Vec<u8>)> = (0..sim.draw(10))
            .map(|number| {
                let of = sim.draw(2) as usize;
                let datagram = vec![number as u8; sim.draw(1_500) as usize];
                clients[of].send(&datagram).unwrap();
                (of, datagram)
            })
            .collect();
        // One event is enough for all, and none of them is needed for an event.
        echo.deliver(SOCKET, Readiness::READABLE).unwrap();
        for (of, datagram) in sent {
            let mut received = [0; 2_000];
            let length = clients[of].recv(&mut received).unwrap();
            assert_eq!(received[..length], datagram);
        }
    }
    let nothing = clients.map(|client| client.recv(&mut [0; 1]).is_err());
    assert_eq!(nothing, [true, true]);
}

#[test]
fn every_datagram_comes_back_once() {
    Sim::seeds(0..200).run(every_datagram);
}

#[test]
fn a_client_that_has_gone_is_no_reason_to_stop() {
    Sim::seeds(0..10).run(|sim| {
        let (echo, server) = start(sim);
        client(server).send(b"goodbye").unwrap();
        echo.deliver(SOCKET, Readiness::READABLE).unwrap();
        let other = client(server);
        other.send(b"hello").unwrap();
        echo.deliver(SOCKET, Readiness::READABLE | Readiness::ERROR)
            .unwrap();
        assert_eq!(other.recv(&mut [0; 10]).unwrap(), 5);
        assert!(echo.is_running());
    });
}
