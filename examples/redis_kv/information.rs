//! What is told of the server and of its clients.

use std::fmt::Write;
use std::process;
use std::time::Instant;

use super::application::{MOST_CLIENTS, RedisKv};
use super::keyspace::DATABASES;
use super::request::Arguments;
use super::resp::LONGEST;
use super::session::Client;

/// The Redis whose behaviour this one has.
pub const VERSION: &str = "7.0.15";

/// What CONFIG GET knows.
pub fn settings(kv: &RedisKv) -> Vec<(&'static str, String)> {
    let port = kv.server.local_addr().map_or(0, |address| address.port());
    vec![
        ("appendonly", "no".to_owned()),
        ("databases", DATABASES.to_string()),
        ("maxclients", MOST_CLIENTS.to_string()),
        ("maxmemory", "0".to_owned()),
        ("maxmemory-policy", "noeviction".to_owned()),
        ("port", port.to_string()),
        ("proto-max-bulk-len", LONGEST.to_string()),
        ("save", String::new()),
        ("timeout", "0".to_owned()),
    ]
}

type Section = fn(&RedisKv, Instant, &mut String);

const SECTIONS: [(&str, Section); 4] = [
    ("Server", server),
    ("Clients", clients),
    ("Stats", statistics),
    ("Keyspace", keyspace),
];

/// The sections that are asked for; all of them if none is.
pub fn sections(kv: &RedisKv, now: Instant, asked: Arguments<'_>) -> String {
    const ALL: [&[u8]; 3] = [b"all", b"default", b"everything"];

    let is_asked = |name: &str| {
        asked.len() == 0
            || asked.clone().any(|word| {
                let is = |other: &[u8]| word.eq_ignore_ascii_case(other);
                is(name.as_bytes()) || ALL.into_iter().any(is)
            })
    };
    let mut text = String::new();
    for (name, section) in SECTIONS {
        if is_asked(name) {
            let gap = if text.is_empty() { "" } else { "\r\n" };
            // Writing to a string cannot fail, here and below.
            let _ = write!(text, "{gap}# {name}\r\n");
            section(kv, now, &mut text);
        }
    }
    text
}

fn server(kv: &RedisKv, now: Instant, text: &mut String) {
    let port = kv.server.local_addr().map_or(0, |address| address.port());
    let up = now.saturating_duration_since(kv.since).as_secs();
    let _ = write!(
        text,
        "redis_version:{VERSION}\r\nserver_name:redis_kv\r\nredis_mode:standalone\r\n\
         process_id:{}\r\ntcp_port:{port}\r\nuptime_in_seconds:{up}\r\nuptime_in_days:{}\r\n",
        process::id(),
        up / (24 * 3600),
    );
}

fn clients(kv: &RedisKv, _now: Instant, text: &mut String) {
    let _ = write!(
        text,
        "connected_clients:{}\r\nmaxclients:{MOST_CLIENTS}\r\n",
        kv.clients.len(),
    );
}

fn statistics(kv: &RedisKv, _now: Instant, text: &mut String) {
    let _ = write!(
        text,
        "total_connections_received:{}\r\ntotal_commands_processed:{}\r\n\
         expired_keys:{}\r\nevicted_keys:0\r\n",
        kv.connections, kv.commands, kv.keyspace.expired,
    );
}

fn keyspace(kv: &RedisKv, _now: Instant, text: &mut String) {
    for (number, keys, volatile) in kv.keyspace.counts() {
        let _ = write!(
            text,
            "db{number}:keys={keys},expires={volatile},avg_ttl=0\r\n"
        );
    }
}

/// A line of CLIENT LIST.
pub fn of_client(client: &Client, now: Instant) -> Vec<u8> {
    let state = &client.state;
    let address = |address: std::io::Result<std::net::SocketAddr>| {
        address.map_or(String::new(), |address| address.to_string())
    };
    let begin = format!(
        "id={} addr={} laddr={} name=",
        state.id,
        address(client.peer_addr()),
        address(client.stream().local_addr()),
    );
    let middle = format!(
        " age={} db={} resp=2 lib-name=",
        now.saturating_duration_since(state.since).as_secs(),
        state.database,
    );
    let parts = [
        begin.as_bytes(),
        &state.name,
        middle.as_bytes(),
        &state.library,
        b" lib-ver=",
        &state.library_version,
        b"\n",
    ];
    parts.concat()
}
