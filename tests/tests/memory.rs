//! What the loop and its connections hold when nothing happens: memory that was
//! needed once is given back.
#![cfg(unix)]

#[path = "common/mod.rs"]
mod common;
#[path = "common/hall.rs"]
mod hall;

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::io::Write;

use miocene::net::TcpStream;
use miocene::{ByteLines, Connection, EventLoop, Family, handlers};

use common::turn;
use hall::{CLIENTS, Hall, received, serve, tcp_client};

type TcpHall = Hall<ByteLines, TcpStream>;

thread_local! {
    /// Bytes. Tests run in threads of their own, and their loops with them.
    static HELD: Cell<isize> = const { Cell::new(0) };
}

struct Counting;

// SAFETY: `System` does all of it; to count allocates nothing.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        HELD.set(HELD.get() + layout.size() as isize);
        // SAFETY: as for the caller.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        HELD.set(HELD.get() - layout.size() as isize);
        // SAFETY: as for the caller.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn tcp_pair() -> (TcpStream, std::net::TcpStream) {
    let (member, peer) = tcp_client::<ByteLines>("ann");
    (member.into_parts().stream, peer)
}

/// What is needed of the log has been seen; the rest is not to be counted.
fn held_without_log(hall: &mut TcpHall) -> isize {
    hall.log = Vec::new();
    HELD.get()
}

const REPLY: usize = 100_000;

/// Replies at length to those who say please.
struct Polite {
    clients: Family<Connection<ByteLines>>,
    thanked: usize,
}

#[handlers]
impl Polite {
    #[handler(tokens = CLIENTS)]
    fn line(&mut self, client: &mut Connection<ByteLines>, line: &[u8]) {
        match line {
            b"please" => client.out.send(&[b'x'; REPLY]),
            _ => self.thanked += 1,
        }
    }
}

#[test]
fn a_connection_that_is_idle_owns_no_memory_for_output() {
    const CONNECTIONS: usize = 50;
    let clients = Family::new(CLIENTS);
    let mut app = Polite {
        clients,
        thanked: 0,
    };
    let mut event_loop = EventLoop::new().unwrap();
    let mut peers = [(); CONNECTIONS].map(|()| {
        let (stream, peer) = tcp_pair();
        app.clients.insert(Connection::new(stream));
        peer
    });
    let _ = turn(&mut event_loop, &mut app);
    let before = HELD.get();
    for round in 1..=4 {
        for peer in &mut peers {
            // After the request comes something to which nothing is replied.
            peer.write_all(b"please\nthanks\n").unwrap();
            let mut count = 0;
            serve(&mut event_loop, &mut app, |_| {
                count += received(peer).0.len();
                count == REPLY
            });
        }
        serve(&mut event_loop, &mut app, |app| {
            app.thanked == round * CONNECTIONS
        });
    }
    let held = HELD.get() - before;
    assert!(held < 10 * REPLY as isize, "{held} bytes by all of them");
    event_loop.close(&mut app);
}

#[test]
fn a_family_that_is_replaced_leaves_no_half_frames_in_the_loop() {
    const HALF: [u8; 8_000] = [b'x'; 8_000];
    let mut hall = TcpHall::new();
    let mut event_loop = EventLoop::new().unwrap();
    let mut before = 0;
    for round in 0..40 {
        for _ in 0..5 {
            let (member, mut peer) = tcp_client("ann");
            hall.clients.insert(member);
            let _ = turn(&mut event_loop, &mut hall);
            peer.write_all(&HALF).unwrap();
            for _ in 0..3 {
                let _ = turn(&mut event_loop, &mut hall);
            }
        }
        hall.clients = Family::new(CLIENTS);
        let _ = turn(&mut event_loop, &mut hall);
        if round == 9 {
            before = held_without_log(&mut hall);
        }
    }
    let held = held_without_log(&mut hall) - before;
    let most = 10 * HALF.len() as isize;
    assert!(held < most, "{held} bytes more after 30 families");
    event_loop.close(&mut hall);
}
