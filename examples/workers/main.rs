// A server whose work would stop everybody if it were done in the loop: each line is a
// number, and threads count the primes below it.
//
//     cargo run --release --example workers [ADDRESS] [THREADS]
//
// See README.md.

pub mod job;
pub mod pool;
pub mod primes;
pub mod server;

use std::error::Error;
use std::io::{Write, stdout};
use std::thread;

use miocene::EventLoop;

use pool::Pool;
use primes::primes_below;
use server::Workers;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let address = arguments.next();
    let threads = match arguments.next() {
        Some(threads) => threads.parse()?,
        None => thread::available_parallelism()?.get(),
    };
    let (pool, desk) = Pool::start(threads, primes_below)?;
    let mut workers = Workers::bind(address.as_deref().unwrap_or("127.0.0.1:7000"), desk)?;
    let _ = writeln!(stdout(), "listening on {}", workers.server.local_addr()?);
    let ended = EventLoop::new()?.run(&mut workers);
    // With the desk the jobs end, and with them the threads.
    drop(workers);
    pool.join();
    Ok(ended?)
}
