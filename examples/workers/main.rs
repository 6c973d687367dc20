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

use std::env;
use std::error::Error;
use std::io::{Write, stderr, stdout};
use std::process::ExitCode;
use std::thread;

use miocene::EventLoop;

use pool::Pool;
use primes::primes_below;
use server::Workers;

fn main() -> ExitCode {
    let mut arguments = env::args().skip(1);
    let address = arguments.next();
    let threads = arguments.next().map(|threads| threads.parse());
    let (Ok(threads), None) = (threads.transpose(), arguments.next()) else {
        let _ = writeln!(stderr(), "usage: workers [ADDRESS] [THREADS]");
        return ExitCode::from(2);
    };
    match run(address.as_deref().unwrap_or("127.0.0.1:7000"), threads) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let cause = error.source().map(|cause| format!(": {cause}"));
            let _ = writeln!(stderr(), "workers: {error}{}", cause.unwrap_or_default());
            ExitCode::FAILURE
        }
    }
}

fn run(address: &str, threads: Option<usize>) -> Result<(), Box<dyn Error>> {
    let threads = match threads {
        Some(threads) => threads,
        None => thread::available_parallelism()?.get(),
    };
    let (pool, desk) = Pool::start(threads, primes_below)?;
    let mut workers = Workers::bind(address, desk)?;
    let _ = writeln!(stdout(), "listening on {}", workers.server.local_addr()?);
    let ended = EventLoop::new()?.run(&mut workers);
    // With the desk the jobs end, and with them the threads.
    drop(workers);
    pool.join();
    Ok(ended?)
}
