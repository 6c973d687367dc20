// A server that speaks the protocol of Redis, keeps strings under keys, and has them
// expire. README.md says what it has of Redis, and what is different.
//
//     cargo run --release --example redis_kv [ADDRESS]
//
// In another terminal: `redis-cli -p 6379`, or `redis-benchmark -t get,set -P 16`.

mod application;
mod commands;
mod error;
mod glob;
mod information;
mod inline;
mod keyspace;
mod number;
mod reply;
mod request;
pub mod resp;
mod session;

use std::io::{Write, stdout};

use miocene::EventLoop;

pub use application::RedisKv;

fn main() -> miocene::Result<()> {
    let address = std::env::args().nth(1);
    let mut kv = RedisKv::bind(address.as_deref().unwrap_or("127.0.0.1:6379"))?;
    let _ = writeln!(stdout(), "listening on {}", kv.server.local_addr()?);
    EventLoop::new()?.run(&mut kv)
}
