//! The example servers on real sockets, in a loop that misbehaves as systems may:
//! nobody notices but who relied on more than the contract promises.
#![cfg(feature = "sim")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use miocene::net::{Address, Listener, TcpListener, TcpStream as Client};
use miocene::sim::Hostile;
use miocene::{
    Config, EventLoop, Family, Flow, Handlers, Interest, Readiness, Token, Tokens, handlers,
};

#[allow(dead_code)]
#[path = "../../../examples/chat.rs"]
mod chat;
#[allow(dead_code)]
#[path = "../../../examples/echo.rs"]
mod echo;
#[allow(dead_code)]
#[path = "../../../examples/listeners.rs"]
mod listeners;

use chat::Chat;
use echo::Echo;
use listeners::Numbers;

const SEEDS: u64 = 30;

/// Longer than anything here takes: for what must not hang.
const PATIENCE: Duration = Duration::from_secs(20);

fn hostile(seed: Option<u64>) -> EventLoop {
    let mut config = Config::default();
    config.hostile = seed.map(Hostile::seed);
    EventLoop::with_config(config).expect("a loop")
}

/// Serves on a thread while the clients do what they do, and then looks at the
/// application.
fn served<A: Handlers, T: Send>(
    seed: Option<u64>,
    make: impl FnOnce() -> (A, SocketAddr) + Send,
    clients: impl FnOnce(SocketAddr),
    looks: impl FnOnce(&A) -> T + Send,
) -> T {
    const GLANCE: Duration = Duration::from_millis(10);

    let done = AtomicBool::new(false);
    let (tell, told) = mpsc::channel();
    thread::scope(|scope| {
        let server = scope.spawn(|| {
            let (mut app, address) = make();
            let mut event_loop = hostile(seed);
            tell.send(address).expect("somebody waits for it");
            while !done.load(Ordering::Relaxed) {
                let turn = event_loop.turn(&mut app, Some(GLANCE));
                assert!(!turn.expect("a turn").finished);
            }
            let seen = looks(&app);
            event_loop.close(&mut app);
            seen
        });
        let stop = Stop(&done);
        clients(told.recv().expect("the server has begun"));
        drop(stop);
        server.join().expect("the server has not panicked")
    })
}

/// Ends the server also when a client has panicked.
struct Stop<'a>(&'a AtomicBool);

impl Drop for Stop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).expect("a connection");
    stream.set_nodelay(true).expect("an option");
    stream.set_read_timeout(Some(PATIENCE)).expect("an option");
    stream
}

fn byte(client: usize, at: usize) -> u8 {
    (at as u8).wrapping_mul(31) ^ (at >> 8) as u8 ^ (client as u8) << 5
}

#[test]
fn echo_sends_every_byte_back() {
    const LENGTH: usize = 20_000;
    for seed in 0..SEEDS {
        let make = || {
            let echo = Echo::bind("127.0.0.1:0").expect("a server");
            let address = echo.server.local_addr().expect("its address");
            (echo, address)
        };
        let clients = |address| {
            let mut clients: Vec<_> = (0..4).map(|_| connect(address)).collect();
            let sent = |client| {
                (0..LENGTH)
                    .map(move |at| byte(client, at))
                    .collect::<Vec<_>>()
            };
            for piece in 0..10 {
                for (number, client) in clients.iter_mut().enumerate() {
                    let bytes = &sent(number)[piece * LENGTH / 10..(piece + 1) * LENGTH / 10];
                    client.write_all(bytes).expect("room");
                }
            }
            for (number, client) in clients.iter_mut().enumerate() {
                client.shutdown(Shutdown::Write).expect("a connection");
                let mut received = Vec::new();
                client.read_to_end(&mut received).expect("the end");
                assert!(received == sent(number), "seed {seed}, client {number}");
            }
        };
        served(Some(seed), make, clients, |_| ());
    }
}

#[test]
fn chat_tells_each_line_once_and_in_order() {
    const LINES: usize = 40;
    for seed in 0..SEEDS {
        let make = || {
            let chat = Chat::bind("127.0.0.1:0").expect("a server");
            let address = chat.server.local_addr().expect("its address");
            (chat, address)
        };
        let clients = |address| {
            let mut ann = connect(address);
            ann.write_all(b"ann\n").expect("room");
            let mut bob = connect(address);
            bob.write_all(b"bob\n").expect("room");
            let mut ann_hears = BufReader::new(ann.try_clone().expect("a descriptor"));
            let mut line = String::new();
            ann_hears.read_line(&mut line).expect("a line");
            assert_eq!(line, "bob has come\n");
            for number in 0..LINES {
                writeln!(ann, "line {number}").expect("room");
            }
            let bob_hears = BufReader::new(bob);
            let lines = bob_hears.lines().map(|line| line.expect("a line"));
            // Unless her name was read before he was accepted.
            let mut lines = lines.skip_while(|line| line == "ann has come");
            for number in 0..LINES {
                let expected = format!("ann: line {number}");
                assert_eq!(lines.next(), Some(expected), "seed {seed}");
            }
            ann.shutdown(Shutdown::Write).expect("a connection");
            let gone = lines.next().expect("a line");
            assert!(gone.starts_with("ann has gone"), "seed {seed}: {gone}");
        };
        served(Some(seed), make, clients, |_| ());
    }
}

#[test]
fn listeners_number_each_line_once_on_tcp_and_unix_sockets() {
    const LINES: usize = 30;
    for seed in 0..SEEDS {
        let name = format!("miocene-hostile-{}-{seed}", std::process::id());
        let path = std::env::temp_dir().join(name);
        let make = || {
            let unix = format!("unix:{}", path.display());
            let numbers = Numbers::bind(&["127.0.0.1:0".to_owned(), unix]).expect("a server");
            let address = numbers.listeners.iter().find_map(tcp_address);
            (numbers, address.expect("one of them is TCP's"))
        };
        let clients = |address| {
            let mut tcp = connect(address);
            let mut unix = UnixStream::connect(&path).expect("a connection");
            unix.set_read_timeout(Some(PATIENCE)).expect("an option");
            for number in 0..LINES {
                writeln!(tcp, "tcp {number}").expect("room");
                writeln!(unix, "unix {number}").expect("room");
            }
            tcp.shutdown(Shutdown::Write).expect("a connection");
            unix.shutdown(Shutdown::Write).expect("a connection");
            let mut all = numbered(tcp, "tcp", LINES);
            all.extend(numbered(unix, "unix", LINES));
            all.sort_unstable();
            assert!(all.into_iter().eq(1..=2 * LINES as u64), "seed {seed}");
        };
        served(Some(seed), make, clients, |_| ());
        std::fs::remove_file(&path).expect("the path of the listener");
    }
}

fn tcp_address(listener: &Listener) -> Option<SocketAddr> {
    match listener.local_addr() {
        Ok(Address::Tcp(address)) => Some(address),
        _ => None,
    }
}

/// The numbers that the lines of one client have come back with.
fn numbered(stream: impl Read, who: &str, count: usize) -> Vec<u64> {
    let lines: Vec<String> = BufReader::new(stream)
        .lines()
        .map(|line| line.expect("a line"))
        .collect();
    assert_eq!(lines.len(), count);
    let parsed = lines.iter().enumerate().map(|(at, line)| {
        let (number, text) = line.split_once(": ").expect("a number");
        assert_eq!(text, format!("{who} {at}"));
        number.parse().expect("a number")
    });
    let numbers: Vec<u64> = parsed.collect();
    assert!(numbers.is_sorted());
    numbers
}

const SERVER: Token = Token(0);
const CLIENTS: Tokens = Tokens::new(1);

/// Believes that there is something to read whenever it is told so.
struct Naive {
    server: TcpListener,
    clients: Family<Client>,
    surprised: u32,
}

#[handlers]
impl Naive {
    #[handler(token = SERVER)]
    fn accept(&mut self, (stream, _): (Client, SocketAddr)) {
        self.clients.insert(stream);
    }

    #[handler(tokens = CLIENTS, interest = READABLE, raw)]
    fn readable(&mut self, client: &mut Client, ready: &mut Readiness) -> Flow {
        let mut buffer = [0; 64];
        let mut count = 0;
        while let Ok(read) = ready.try_io(Interest::READABLE, || client.read(&mut buffer)) {
            count += read;
            if read == 0 {
                return Flow::Close;
            }
            client
                .write_all(&buffer[..read])
                .expect("room for a few bytes");
        }
        self.surprised += u32::from(count == 0);
        Flow::Continue
    }
}

/// How often the naive handler was called for nothing, in a conversation in which
/// the kernel does not do that.
fn surprises(seed: Option<u64>) -> u32 {
    let make = || {
        let server = TcpListener::bind("127.0.0.1:0").expect("a server");
        let address = server.local_addr().expect("its address");
        let naive = Naive {
            server,
            clients: Family::new(CLIENTS),
            surprised: 0,
        };
        (naive, address)
    };
    let clients = |address| {
        let mut client = connect(address);
        for _ in 0..300 {
            client.write_all(b"ping").expect("room");
            client.read_exact(&mut [0; 4]).expect("an answer");
        }
    };
    served(seed, make, clients, |naive| naive.surprised)
}

#[test]
fn who_believes_every_event_is_surprised_by_it_and_by_nothing_else() {
    assert_eq!(surprises(None), 0);
    let surprised = (0..SEEDS).filter(|seed| surprises(Some(*seed)) > 0).count();
    assert!(
        surprised > SEEDS as usize / 2,
        "by {surprised} of {SEEDS} seeds"
    );
}
