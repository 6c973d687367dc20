//! A listener that waits until there is room in a family.

use std::io::Write;
use std::net::SocketAddr;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use miocene::net::{TcpListener, TcpStream};
use miocene::{ByteLines, Connection, EventLoop, Family, Flow, Token, Tokens, handlers};

use crate::hall::serve;
use crate::helpers::turns;

const SERVER: Token = Token(0);
const GUESTS: Tokens = Tokens::new(1);

type Guest = Connection<ByteLines>;

/// A house with room for one guest.
struct House {
    server: TcpListener,
    guests: Family<Guest>,
    lines: Vec<Vec<u8>>,
    /// What is done with a guest that has said something.
    then: Flow,
    reply: usize,
}

#[handlers]
impl House {
    #[handler(token = SERVER, fills = GUESTS)]
    fn accept(&mut self, (stream, _): (TcpStream, SocketAddr)) {
        self.guests.insert(Connection::new(stream));
    }

    #[handler(tokens = GUESTS)]
    fn line(&mut self, guest: &mut Guest, line: &[u8]) -> Flow {
        self.lines.push(line.to_vec());
        guest.out.send(&vec![b'x'; self.reply]);
        self.then
    }
}

/// A house with two who are at the door.
fn house(then: Flow, reply: usize) -> (House, [std::net::TcpStream; 2]) {
    let house = House {
        server: TcpListener::bind("127.0.0.1:0").unwrap(),
        guests: Family::new(GUESTS).cap(1),
        lines: Vec::new(),
        then,
        reply,
    };
    let address = house.server.local_addr().unwrap();
    let peers = [(); 2].map(|()| std::net::TcpStream::connect(address).unwrap());
    (house, peers)
}

/// It may be sent what is unsent, or linger: it has no place any more.
#[test]
fn a_waiting_listener_goes_on_when_a_member_is_on_its_way_out() {
    for reply in [10, 20_000_000] {
        let (mut house, mut peers) = house(Flow::Close, reply);
        let mut event_loop = EventLoop::new().unwrap();
        turns(&mut event_loop, &mut house);
        assert!(!house.guests.has_room());
        for (peer, line) in peers.iter_mut().zip(["first\n", "second\n"]) {
            peer.write_all(line.as_bytes()).unwrap();
        }
        serve(&mut event_loop, &mut house, |house| house.lines.len() == 2);
        assert_eq!(house.lines, [&b"first"[..], b"second"]);
        event_loop.close(&mut house);
    }
}

#[test]
fn a_run_returns_when_all_are_paused_and_the_listener_waits_for_room() {
    let (mut house, mut peers) = house(Flow::Pause, 0);
    peers[0].write_all(b"hello\n").unwrap();
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        EventLoop::new().unwrap().run(&mut house).unwrap();
        sender.send(house.lines).unwrap();
    });
    let lines = receiver.recv_timeout(Duration::from_secs(20));
    assert_eq!(lines.unwrap(), [b"hello"], "nobody is left to resume it");
}
