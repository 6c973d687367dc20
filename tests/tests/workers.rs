//! The threads of the example `workers`, and what they make of a panic.
#![cfg(target_os = "linux")]

#[allow(dead_code, reason = "a whole program")]
#[path = "../../examples/workers/main.rs"]
mod program;

use std::io::{BufRead, BufReader, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread;

use miocene::EventLoop;
use miocene_tests::server::PATIENCE;

use program::pool::{Counts, Pool};
use program::server::Workers;

fn is_afraid_of_13(number: u64) -> u64 {
    assert_ne!(number, 13);
    number
}

/// Talks to a server with one thread, and returns the answers and what was counted.
fn talk(questions: &str) -> (Vec<String>, Arc<Counts>) {
    let (pool, desk) = Pool::start(1, is_afraid_of_13).unwrap();
    let counts = Arc::clone(&desk.counts);
    let mut workers = Workers::bind("127.0.0.1:0", desk).unwrap();
    let address = workers.server.local_addr().unwrap();
    let serves = thread::spawn(move || EventLoop::new()?.run(&mut workers));

    let mut client = TcpStream::connect(address).unwrap();
    client.set_read_timeout(Some(PATIENCE)).unwrap();
    client.write_all(questions.as_bytes()).unwrap();
    client.shutdown(Shutdown::Write).unwrap();
    let lines = BufReader::new(client).lines().map(Result::unwrap).collect();

    let mut operator = TcpStream::connect(address).unwrap();
    operator.write_all(b"stop\n").unwrap();
    serves.join().unwrap().unwrap();
    pool.join();
    (lines, counts)
}

#[test]
fn a_panic_costs_one_job_and_its_asker_is_told() {
    let (lines, counts) = talk("1\n13\n2\n");
    assert_eq!(lines, ["1 1", "13 error", "2 2"]);
    assert_eq!(counts.done.load(Ordering::Relaxed), 2);
    assert_eq!(counts.failed.load(Ordering::Relaxed), 1);
}

#[test]
fn the_threads_end_with_the_loop() {
    let (lines, _) = talk("");
    assert!(lines.is_empty());
}

#[test]
fn a_pool_without_a_loop_ends() {
    let (pool, desk) = Pool::start(4, is_afraid_of_13).unwrap();
    drop(desk);
    pool.join();
}
