//! A seed is one course of events: each time, and on each thread.
#![cfg(feature = "sim")]

#[path = "planted/book.rs"]
mod book;
#[path = "planted/echo.rs"]
mod echo;
#[path = "planted/lines.rs"]
mod lines;

use std::hash::{DefaultHasher, Hash, Hasher};
use std::net::SocketAddr;
use std::panic;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use miocene::net::{TcpListener, TcpStream};
use miocene::sim::{Faults, Sim};
use miocene::{Bytes, Connection, Family, Token, Tokens, handlers};

/// What has happened for each seed, as a sum of all that is said of it.
fn traces(seeds: u64, test: fn(&Sim)) -> Vec<u64> {
    let sums = Mutex::new(Vec::new());
    Sim::seeds(0..seeds).faults(Faults::swarm()).run(|sim| {
        test(sim);
        let mut sum = DefaultHasher::new();
        sim.trace().hash(&mut sum);
        sums.lock().unwrap().push(sum.finish());
    });
    sums.into_inner().unwrap()
}

#[test]
fn a_seed_is_the_same_course_of_events_each_time_and_on_each_thread() {
    const SEEDS: u64 = 1_000;

    let other = thread::spawn(|| traces(SEEDS, lines::lines));
    let here = traces(SEEDS, lines::lines);
    let other = other.join().unwrap();
    let differs = here
        .iter()
        .zip(&other)
        .position(|(here, other)| here != other);
    assert_eq!(differs, None, "the first that differs");
    assert_eq!(here.len(), other.len());
}

#[test]
fn what_has_happened_differs_from_seed_to_seed() {
    let mut sums = traces(200, echo::echo);
    let count = sums.len();
    sums.sort_unstable();
    sums.dedup();
    assert!(sums.len() > count / 2, "{} of {count}", sums.len());
}

const SERVER: Token = Token(0);
const CLIENTS: Tokens = Tokens::new(1);

struct Counting {
    server: TcpListener,
    clients: Family<Connection<Bytes>>,
}

#[handlers]
impl Counting {
    #[handler(token = SERVER, fills = CLIENTS)]
    fn accept(&mut self, (stream, _): (TcpStream, SocketAddr)) {
        /// Not of this world.
        static ACCEPTED: AtomicUsize = AtomicUsize::new(0);

        let mut client = Connection::new(stream);
        let number = 1 + ACCEPTED.fetch_add(1, Ordering::Relaxed);
        client.out.send(&b"x".repeat(number));
        self.clients.insert(client);
    }

    #[handler(tokens = CLIENTS)]
    fn bytes(&mut self, _: &mut Connection<Bytes>, _: &[u8]) {}
}

#[test]
fn an_application_that_depends_on_more_than_its_world_is_reported() {
    let reported = panic::catch_unwind(|| {
        Sim::seeds(0..100).run(|sim| {
            sim.start(Counting {
                server: TcpListener::bind("127.0.0.1:7000").unwrap(),
                clients: Family::new(CLIENTS),
            });
            let client = sim.client("127.0.0.1:7000");
            client.expect("x");
        });
    });
    let text = reported.expect_err("a sample is run twice");
    let text = text.downcast::<String>().unwrap();
    assert!(text.contains("something else the second time"), "{text}");
}
