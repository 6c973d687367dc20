//! Listeners that fill a family accept none that there is no room for.

use std::io::{Read, Write};
use std::net;
use std::thread;
use std::time::Duration;

use miocene::net::{TcpListener, TcpStream};
use miocene::{
    ByteLines, Closed, Connection, Context, EventLoop, Family, Flow, Token, Tokens, handlers,
};

use crate::common::turn;
use crate::hall::serve;

const FIRST: Token = Token(0);
const SECOND: Token = Token(1);
const GUESTS: Tokens = Tokens::new(1);
const DOORS: Tokens = Tokens::new(2);
const QUEUE: Tokens = Tokens::new(3);

type Guest = Connection<ByteLines, &'static str>;

/// Two listeners, and a family of more of them, before one family of clients.
struct House {
    first: TcpListener,
    second: TcpListener,
    doors: Family<TcpListener>,
    guests: Family<Guest>,
    queue: Family<Guest>,
    most: usize,
    accepted: Vec<&'static str>,
    closed: Vec<String>,
    /// Whether each client gets a place in the queue as well.
    queues: bool,
}

impl House {
    fn new(cap: usize) -> House {
        House {
            first: TcpListener::bind("127.0.0.1:0").unwrap(),
            second: TcpListener::bind("127.0.0.1:0").unwrap(),
            doors: Family::new(DOORS),
            guests: Family::new(GUESTS).cap(cap),
            queue: Family::new(QUEUE).cap(1),
            most: 0,
            accepted: Vec::new(),
            closed: Vec::new(),
            queues: false,
        }
    }

    fn take_in(&mut self, stream: TcpStream, from: &'static str) {
        self.guests.insert(Connection::with_state(stream, from));
        self.accepted.push(from);
        self.most = self.most.max(self.guests.len());
    }
}

#[handlers]
impl House {
    #[handler(token = FIRST, fills = GUESTS)]
    fn at_the_first(&mut self, (stream, _): (TcpStream, net::SocketAddr)) {
        self.take_in(stream, "first");
    }

    #[handler(token = SECOND, fills = GUESTS)]
    fn at_the_second(&mut self, (stream, _): (TcpStream, net::SocketAddr)) {
        self.take_in(stream, "second");
    }

    #[handler(tokens = DOORS, fills = [GUESTS, QUEUE])]
    fn at_a_door(&mut self, _: &mut TcpListener, (stream, _): (TcpStream, net::SocketAddr)) {
        if self.queues {
            self.queue.insert(Connection::with_state(stream, "queue"));
            self.accepted.push("queue");
        } else {
            self.take_in(stream, "door");
        }
    }

    #[handler(tokens = GUESTS)]
    fn line(&mut self, cx: &mut Context<'_>, guest: &mut Guest, line: &[u8]) -> Flow {
        match line {
            b"replace" => {
                self.guests = Family::new(GUESTS).cap(1);
                Flow::Continue
            }
            b"stop" => {
                cx.stop();
                Flow::Continue
            }
            _ => {
                guest.out.send(line);
                guest.out.send(b"\n");
                Flow::Continue
            }
        }
    }

    #[handler(tokens = QUEUE)]
    fn says(&mut self, _: &mut Guest, _: &[u8]) {}

    #[closed(tokens = GUESTS)]
    fn gone(&mut self, _: Guest, why: Closed) {
        self.closed.push(format!("{why:?}"));
    }
}

/// A client that is served as soon as it is accepted, and then goes.
fn visit(address: net::SocketAddr) -> thread::JoinHandle<bool> {
    thread::spawn(move || {
        let mut stream = net::TcpStream::connect(address).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(15)))
            .unwrap();
        let mut answer = [0; 6];
        stream.write_all(b"hello\n").unwrap();
        stream.read_exact(&mut answer).is_ok() && &answer == b"hello\n"
    })
}

#[test]
fn a_hundred_and_fifty_clients_are_all_served_ten_at_a_time() {
    let mut house = House::new(10);
    let address = house.first.local_addr().unwrap();
    let clients: Vec<_> = (0..150).map(|_| visit(address)).collect();
    let mut event_loop = EventLoop::new().unwrap();
    serve(&mut event_loop, &mut house, |_| {
        clients.iter().all(thread::JoinHandle::is_finished)
    });
    let served = clients.into_iter().filter_map(|client| client.join().ok());
    assert_eq!(served.filter(|served| *served).count(), 150);
    assert!(house.most <= 10, "{} at once", house.most);
    let counters = event_loop.counters();
    assert_eq!((counters.accepted, counters.closed.refused), (150, 0));
    event_loop.close(&mut house);
}

/// Connects, without waiting to be accepted.
fn knock(at: net::SocketAddr, count: usize) -> Vec<net::TcpStream> {
    (0..count)
        .map(|_| net::TcpStream::connect(at).unwrap())
        .collect()
}

#[test]
fn listeners_take_turns_when_places_become_free() {
    for doors in [false, true] {
        let mut house = House::new(1);
        let mut at = vec![
            house.first.local_addr().unwrap(),
            house.second.local_addr().unwrap(),
        ];
        if doors {
            let door = TcpListener::bind("127.0.0.1:0").unwrap();
            at.push(door.local_addr().unwrap());
            house.doors.insert(door);
        }
        let kinds = at.len();
        let _clients: Vec<_> = at
            .into_iter()
            .flat_map(|address| knock(address, 6))
            .collect();
        let mut event_loop = EventLoop::new().unwrap();
        for round in 1..=12 {
            serve(&mut event_loop, &mut house, |house| {
                house.accepted.len() >= round
            });
            assert_eq!(house.accepted.len(), round, "one place, one client");
            let guest = house.guests.all_tokens().next().unwrap();
            house.guests.abort(guest);
        }
        let last = &house.accepted[house.accepted.len() - 2 * kinds..];
        for kind in &["first", "second", "door"][..kinds] {
            let times = last.iter().filter(|from| from == &kind).count();
            assert_eq!(times, 2, "{kind} in {:?}", house.accepted);
        }
        event_loop.close(&mut house);
    }
}

#[test]
fn who_fills_two_families_waits_for_room_in_both() {
    let mut house = House::new(10);
    house.queues = true;
    let door = TcpListener::bind("127.0.0.1:0").unwrap();
    let _clients = knock(door.local_addr().unwrap(), 3);
    house.doors.insert(door);
    let mut event_loop = EventLoop::new().unwrap();
    for served in 1..=3 {
        serve(&mut event_loop, &mut house, |house| {
            house.accepted.len() == served
        });
        for _ in 0..3 {
            let _ = turn(&mut event_loop, &mut house);
        }
        assert_eq!(house.accepted.len(), served, "the queue holds one");
        let first = house.queue.all_tokens().next().unwrap();
        assert!(house.queue.abort(first));
    }
    event_loop.close(&mut house);
}

#[test]
fn a_family_that_takes_the_place_of_a_full_one_has_room() {
    let mut house = House::new(1);
    let mut clients = knock(house.first.local_addr().unwrap(), 2);
    let mut event_loop = EventLoop::new().unwrap();
    serve(&mut event_loop, &mut house, |house| {
        house.accepted.len() == 1
    });
    // The second one waits.
    let _ = turn(&mut event_loop, &mut house);
    clients[0].write_all(b"replace\n").unwrap();
    serve(&mut event_loop, &mut house, |house| {
        house.accepted.len() == 2
    });
    assert_eq!(house.closed, ["Replaced"]);
    event_loop.close(&mut house);
}

#[test]
fn so_has_one_that_the_host_has_replaced() {
    let mut house = House::new(1);
    let _clients = knock(house.first.local_addr().unwrap(), 2);
    let mut event_loop = EventLoop::new().unwrap();
    serve(&mut event_loop, &mut house, |house| {
        house.accepted.len() == 1
    });
    let _ = turn(&mut event_loop, &mut house);
    house.guests = Family::new(GUESTS).cap(1);
    serve(&mut event_loop, &mut house, |house| {
        house.accepted.len() == 2
    });
    event_loop.close(&mut house);
}

#[test]
fn who_is_inserted_above_the_cap_is_refused_politely() {
    let mut house = House::new(2);
    let listener = net::TcpListener::bind("127.0.0.1:0").unwrap();
    let mut peers = Vec::new();
    for _ in 0..5 {
        peers.push(net::TcpStream::connect(listener.local_addr().unwrap()).unwrap());
        let stream = TcpStream::from_std(listener.accept().unwrap().0).unwrap();
        let mut guest = Guest::with_state(stream, "direct");
        if !house.guests.has_room() {
            guest.out.send(b"full\n");
        }
        house.guests.insert(guest);
    }
    assert_eq!(house.guests.len(), 2);
    let mut event_loop = EventLoop::new().unwrap();
    let _ = turn(&mut event_loop, &mut house);
    assert_eq!(house.closed, ["Refused"; 3]);
    assert_eq!(event_loop.counters().closed.refused, 3);
    for peer in &mut peers[2..] {
        let mut text = String::new();
        peer.read_to_string(&mut text).unwrap();
        assert_eq!(text, "full\n");
    }
    event_loop.close(&mut house);
}

#[test]
fn a_full_house_can_be_stopped() {
    let mut house = House::new(1);
    let mut clients = knock(house.first.local_addr().unwrap(), 3);
    clients[0].write_all(b"stop\n").unwrap();
    EventLoop::new().unwrap().run(&mut house).unwrap();
    assert_eq!(house.closed, ["Stopped"]);
    assert_eq!(house.accepted.len(), 1);
}
