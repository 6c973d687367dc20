//! The key-value server, under faults.
#![cfg(feature = "sim")]

#[path = "../common/mod.rs"]
mod common;
mod conversations;
mod expiry;
mod framing;
mod model;

#[allow(dead_code, reason = "a whole program")]
#[path = "../../../../examples/redis_kv/main.rs"]
mod redis_kv;

use miocene::sim::{App, Peer, Sim};
use redis_kv::RedisKv;

const ADDRESS: &str = "127.0.0.1:6379";

fn start(sim: &Sim) -> App<RedisKv> {
    sim.start(RedisKv::bind(ADDRESS).unwrap())
}

/// A command as clients send it.
fn command<W: AsRef<[u8]>>(words: &[W]) -> Vec<u8> {
    let mut bytes = format!("*{}\r\n", words.len()).into_bytes();
    for word in words {
        let word = word.as_ref();
        bytes.extend(format!("${}\r\n", word.len()).bytes());
        bytes.extend_from_slice(word);
        bytes.extend_from_slice(b"\r\n");
    }
    bytes
}

/// A command of words without blanks in them.
fn words(line: &str) -> Vec<u8> {
    command(&line.split(' ').collect::<Vec<_>>())
}

/// How many keys there are in all databases, expired or not.
fn keys(app: &App<RedisKv>) -> usize {
    app.with(|kv| kv.keyspace.counts().map(|(_, keys, _)| keys).sum())
}

/// The whole lines of what a peer was answered.
fn lines(peer: &Peer) -> Vec<String> {
    let lines = common::lines(peer).into_iter();
    lines.map(|line| line.trim_end().to_owned()).collect()
}
