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
use miocene::{ByteLines, EventLoop, Family};

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

/// What is needed of the log has been seen; the rest is not to be counted.
fn held_without_log(hall: &mut TcpHall) -> isize {
    hall.log = Vec::new();
    HELD.get()
}

#[test]
fn a_connection_that_is_idle_owns_no_memory_for_output() {
    const CONNECTIONS: usize = 50;
    const REPLY: usize = 100_000;
    let mut hall = TcpHall::new();
    hall.echoes = false;
    let mut event_loop = EventLoop::new().unwrap();
    let pairs = [(); CONNECTIONS].map(|()| tcp_client("ann"));
    let mut peers = pairs.map(|(member, peer)| (hall.clients.insert(member), peer));
    let _ = turn(&mut event_loop, &mut hall);
    let before = held_without_log(&mut hall);
    for (token, peer) in &mut peers {
        let out = &mut hall.clients.get_mut(*token).unwrap().out;
        out.send(&[b'x'; REPLY]);
        let mut count = 0;
        serve(&mut event_loop, &mut hall, |_| {
            count += received(peer).0.len();
            count == REPLY
        });
        // Nor is it owned by one that has something to say afterwards.
        peer.write_all(b"thanks\n").unwrap();
        serve(&mut event_loop, &mut hall, |hall| {
            hall.items(*token) == b"thanks"
        });
    }
    let held = held_without_log(&mut hall) - before;
    assert!(held < 10 * REPLY as isize, "{held} bytes by all of them");
    event_loop.close(&mut hall);
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
