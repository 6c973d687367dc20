//! The way from an event to its handler allocates nothing, once a loop has
//! seen as much as it will.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::error::Error;
use std::io::{self, Read, Write};
use std::net::{self, SocketAddr};
use std::time::Duration;

use miocene::mio::event::Source;
use miocene::mio::net::UdpSocket;
use miocene::net::{TcpListener, TcpStream};
use miocene::{
    Bytes, Connection, Drain, EventLoop, Family, Handlers, Input, Interest, Lines, Next, Readiness,
    Token, Tokens, handlers,
};

/// More than a listener's budget, so that the ready queue has its part, and
/// fewer than anybody's backlog.
const AT_ONCE: u64 = 40;
const ROUNDS: u64 = 20;

thread_local! {
    // Tests run in threads of their own.
    static ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
}

struct Counting;

// SAFETY: `System` does all of it; to count allocates nothing.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.set(ALLOCATIONS.get() + 1);
        // SAFETY: as for the caller.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: as for the caller.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        ALLOCATIONS.set(ALLOCATIONS.get() + 1);
        // SAFETY: as for the caller.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// An application that counts its items.
trait Counts: Handlers {
    fn count(&self) -> u64;
}

/// The allocations of the loop in all rounds but the first, in each of which
/// `cause` is followed by turns until all items were handled.
fn allocations<T>(
    app: &mut impl Counts,
    mut cause: impl FnMut() -> io::Result<T>,
) -> Result<u64, Box<dyn Error>> {
    let mut event_loop = EventLoop::new()?;
    let mut allocated = 0;
    for round in 1..=ROUNDS {
        let caused: Vec<T> = (0..AT_ONCE).map(|_| cause()).collect::<Result<_, _>>()?;
        let before = ALLOCATIONS.get();
        while app.count() < round * AT_ONCE {
            let _ = event_loop.turn(app, Some(Duration::from_secs(1)))?;
        }
        if round > 1 {
            allocated += ALLOCATIONS.get() - before;
        }
        drop(caused);
    }
    event_loop.close(app);
    Ok(allocated)
}

const SOURCE: Token = Token(0);

struct Accepts {
    source: TcpListener,
    count: u64,
}

#[handlers]
impl Accepts {
    #[handler(token = SOURCE)]
    fn accept(&mut self, _connection: (TcpStream, SocketAddr)) {
        self.count += 1;
    }
}

impl Counts for Accepts {
    fn count(&self) -> u64 {
        self.count
    }
}

#[test]
fn accepting_allocates_nothing() -> Result<(), Box<dyn Error>> {
    let source = TcpListener::bind("127.0.0.1:0")?;
    let address = source.local_addr()?;
    let mut app = Accepts { source, count: 0 };
    let allocated = allocations(&mut app, || net::TcpStream::connect(address))?;
    assert_eq!(allocated, 0);
    Ok(())
}

/// Yields the first byte of each datagram.
struct FirstBytes(UdpSocket);

impl Drain for FirstBytes {
    type Item<'b> = u8;

    fn source(&mut self) -> &mut dyn Source {
        &mut self.0
    }

    fn next(&mut self, input: &mut Input) -> io::Result<Next<u8>> {
        let count = input.fill(|buffer| self.0.recv(buffer))?;
        Ok(Next::Item(input.take(count)[0]))
    }
}

struct Drains {
    source: FirstBytes,
    count: u64,
}

#[handlers]
impl Drains {
    #[handler(token = SOURCE)]
    fn byte(&mut self, byte: u8) {
        self.count += u64::from(byte);
    }
}

impl Counts for Drains {
    fn count(&self) -> u64 {
        self.count
    }
}

#[test]
fn draining_a_custom_source_allocates_nothing() -> Result<(), Box<dyn Error>> {
    let (socket, sender) = sockets()?;
    let source = FirstBytes(socket);
    let mut app = Drains { source, count: 0 };
    let allocated = allocations(&mut app, || sender.send(&[1]))?;
    assert_eq!(allocated, 0);
    Ok(())
}

struct Raw {
    source: UdpSocket,
    count: u64,
}

#[handlers]
impl Raw {
    #[handler(token = SOURCE, raw)]
    fn ready(&mut self, ready: &mut Readiness) {
        let mut bytes = [0; 1];
        if ready
            .try_io(Interest::READABLE, || self.source.recv(&mut bytes))
            .is_ok()
        {
            self.count += u64::from(bytes[0]);
        }
    }
}

impl Counts for Raw {
    fn count(&self) -> u64 {
        self.count
    }
}

#[test]
fn a_raw_handler_costs_no_allocation() -> Result<(), Box<dyn Error>> {
    let (source, sender) = sockets()?;
    let mut app = Raw { source, count: 0 };
    let allocated = allocations(&mut app, || sender.send(&[1]))?;
    assert_eq!(allocated, 0);
    Ok(())
}

/// A socket, and one that sends to it.
fn sockets() -> io::Result<(UdpSocket, net::UdpSocket)> {
    let receiver = net::UdpSocket::bind("127.0.0.1:0")?;
    let sender = net::UdpSocket::bind("127.0.0.1:0")?;
    sender.connect(receiver.local_addr()?)?;
    receiver.set_nonblocking(true)?;
    Ok((UdpSocket::from_std(receiver), sender))
}

const CLIENTS: Tokens = Tokens::new(1);

struct Echoes {
    clients: Family<Connection<Bytes>>,
    count: u64,
}

#[handlers]
impl Echoes {
    #[handler(tokens = CLIENTS)]
    fn bytes(&mut self, client: &mut Connection<Bytes>, bytes: &[u8]) {
        client.out.send(bytes);
        self.count += 1;
    }
}

impl Counts for Echoes {
    fn count(&self) -> u64 {
        self.count
    }
}

#[test]
fn an_echo_allocates_nothing() -> Result<(), Box<dyn Error>> {
    let (mut peers, streams) = pairs(AT_ONCE)?;
    let mut app = Echoes {
        clients: Family::new(CLIENTS),
        count: 0,
    };
    for stream in streams {
        app.clients.insert(Connection::new(stream));
    }
    let mut each = (0..peers.len()).cycle();
    let allocated = allocations(&mut app, || {
        each.next()
            .map_or(Ok(()), |peer| peers[peer].write_all(&[7; 64]))
    })?;
    assert_eq!(allocated, 0);
    for peer in &mut peers {
        peer.read_exact(&mut [0; 64 * ROUNDS as usize])?;
    }
    Ok(())
}

/// Tells every line to all the others.
struct Chat {
    clients: Family<Connection<Lines, u64>>,
    count: u64,
}

#[handlers]
impl Chat {
    #[handler(tokens = CLIENTS)]
    fn line(&mut self, client: &mut Connection<Lines, u64>, line: &str) {
        for other in self.clients.iter_mut() {
            writeln!(other.out, "{}: {line}", client.state);
        }
        self.count += 1;
    }
}

impl Counts for Chat {
    fn count(&self) -> u64 {
        self.count
    }
}

#[test]
fn a_word_to_all_neighbours_allocates_nothing() -> Result<(), Box<dyn Error>> {
    let (mut peers, streams) = pairs(AT_ONCE)?;
    let mut app = Chat {
        clients: Family::new(CLIENTS),
        count: 0,
    };
    for (name, stream) in (10..).zip(streams) {
        app.clients.insert(Connection::with_state(stream, name));
    }
    let mut each = (0..peers.len()).cycle();
    let allocated = allocations(&mut app, || {
        each.next()
            .map_or(Ok(()), |peer| peers[peer].write_all(b"word\n"))
    })?;
    assert_eq!(allocated, 0);
    let heard = "10: word\n".len() * (AT_ONCE - 1) as usize * ROUNDS as usize;
    for peer in &mut peers {
        peer.read_exact(&mut vec![0; heard])?;
    }
    Ok(())
}

/// Clients, and the ends of their connections at the server.
fn pairs(count: u64) -> io::Result<(Vec<net::TcpStream>, Vec<TcpStream>)> {
    let listener = net::TcpListener::bind("127.0.0.1:0")?;
    let (mut peers, mut streams) = (Vec::new(), Vec::new());
    for _ in 0..count {
        let peer = net::TcpStream::connect(listener.local_addr()?)?;
        peer.set_read_timeout(Some(Duration::from_secs(20)))?;
        peers.push(peer);
        streams.push(TcpStream::from_std(listener.accept()?.0)?);
    }
    Ok((peers, streams))
}
