//! All commands, those first that are given most.

use super::{Command, client, connection, counters, expiry, information, keys, set, strings};

pub static COMMANDS: &[Command] = &[
    Command::new("get", 2, strings::get).keys(1, 1, 1),
    Command::new("set", -3, set::set).keys(1, 1, 1).writes(),
    Command::new("ping", -1, connection::ping),
    Command::new("incr", 2, counters::incr)
        .keys(1, 1, 1)
        .writes(),
    Command::new("mset", -3, strings::mset)
        .keys(1, -1, 2)
        .writes(),
    Command::new("mget", -2, strings::mget).keys(1, -1, 1),
    Command::new("del", -2, keys::del).keys(1, -1, 1).writes(),
    Command::new("exists", -2, keys::exists).keys(1, -1, 1),
    Command::new("expire", -3, expiry::expire)
        .keys(1, 1, 1)
        .writes(),
    Command::new("ttl", 2, expiry::ttl).keys(1, 1, 1),
    Command::new("append", 3, strings::append)
        .keys(1, 1, 1)
        .writes(),
    Command::new("client", -2, client::client),
    Command::new("command", -1, information::command),
    Command::new("config", -2, information::config),
    Command::new("dbsize", 1, keys::dbsize),
    Command::new("decr", 2, counters::decr)
        .keys(1, 1, 1)
        .writes(),
    Command::new("decrby", 3, counters::decrby)
        .keys(1, 1, 1)
        .writes(),
    Command::new("echo", 2, connection::echo),
    Command::new("flushall", -1, keys::flushall).writes(),
    Command::new("flushdb", -1, keys::flushdb).writes(),
    Command::new("hello", -1, connection::hello),
    Command::new("incrby", 3, counters::incrby)
        .keys(1, 1, 1)
        .writes(),
    Command::new("info", -1, information::info),
    Command::new("keys", 2, keys::keys),
    Command::new("persist", 2, expiry::persist)
        .keys(1, 1, 1)
        .writes(),
    Command::new("pexpire", -3, expiry::pexpire)
        .keys(1, 1, 1)
        .writes(),
    Command::new("pttl", 2, expiry::pttl).keys(1, 1, 1),
    Command::new("quit", -1, connection::quit),
    Command::new("scan", -2, keys::scan),
    Command::new("select", 2, connection::select),
    Command::new("strlen", 2, strings::strlen).keys(1, 1, 1),
    Command::new("type", 2, keys::kind).keys(1, 1, 1),
];

/// What a browser sends that was made to talk to us, and nobody else.
pub static UNLISTED: &[Command] = &[
    Command::new("host:", -1, connection::hang_up),
    Command::new("post", -1, connection::hang_up),
];
