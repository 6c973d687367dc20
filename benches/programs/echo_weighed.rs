//! The echo server of `echo.rs`, which tells whoever connects to its second
//! address how much of the heap is in use: the bytes that were asked for, and
//! what the allocator makes of them.

use std::alloc::{GlobalAlloc, Layout, System};
use std::error::Error;
use std::io::Write;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use miocene::net::{TcpListener, TcpStream};
use miocene::{Bytes, Connection, EventLoop, Family, Token, Tokens, handlers};

const SERVER: Token = Token(0);
const SCALES: Token = Token(1);
const CLIENTS: Tokens = Tokens::new(1);

static REQUESTED: AtomicUsize = AtomicUsize::new(0);
static TAKEN: AtomicUsize = AtomicUsize::new(0);

struct Weighing;

// SAFETY: `System` does all of it; to count allocates nothing.
unsafe impl GlobalAlloc for Weighing {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        REQUESTED.fetch_add(layout.size(), Relaxed);
        TAKEN.fetch_add(taken(layout.size()), Relaxed);
        // SAFETY: as for the caller.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        REQUESTED.fetch_sub(layout.size(), Relaxed);
        TAKEN.fetch_sub(taken(layout.size()), Relaxed);
        // SAFETY: as for the caller.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        REQUESTED.fetch_add(size, Relaxed);
        REQUESTED.fetch_sub(layout.size(), Relaxed);
        TAKEN.fetch_add(taken(size), Relaxed);
        TAKEN.fetch_sub(taken(layout.size()), Relaxed);
        // SAFETY: as for the caller.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

/// What glibc takes for an allocation on a 64-bit system: its size and a header
/// of 8 bytes, in steps of 16, and at least 32.
fn taken(size: usize) -> usize {
    (size + 8).next_multiple_of(16).max(32)
}

#[global_allocator]
static ALLOCATOR: Weighing = Weighing;

struct Echo {
    server: TcpListener,
    scales: TcpListener,
    clients: Family<Connection<Bytes>>,
}

#[handlers]
impl Echo {
    #[handler(token = SERVER, fills = CLIENTS)]
    fn accept(&mut self, (stream, _address): (TcpStream, SocketAddr)) {
        self.clients.insert(Connection::new(stream));
    }

    #[handler(tokens = CLIENTS)]
    fn bytes(&mut self, client: &mut Connection<Bytes>, bytes: &[u8]) {
        client.out.send(bytes);
    }

    #[handler(token = SCALES)]
    fn weigh(&mut self, (mut stream, _address): (TcpStream, SocketAddr)) -> std::io::Result<()> {
        let (requested, taken) = (REQUESTED.load(Relaxed), TAKEN.load(Relaxed));
        writeln!(stream, "{requested} {taken}")
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let server = TcpListener::bind("127.0.0.1:0")?;
    let scales = TcpListener::bind("127.0.0.1:0")?;
    println!(
        "listening on {} {}",
        server.local_addr()?,
        scales.local_addr()?
    );
    let mut echo = Echo {
        server,
        scales,
        clients: Family::new(CLIENTS),
    };
    Ok(EventLoop::new()?.run(&mut echo)?)
}
