//! Conversations by chance with Redis's server and with ours: the answers must be the
//! same, byte for byte.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};

use miocene_tests::scale::either;
use miocene_tests::server::PATIENCE;
use miocene_tests::trouble::{Attacked, Trouble};
use miocene_tests::wait_until;

use super::commands::{Chance, some_command, typed};
use super::reply::{Reply, command, replies};
use super::words::NEARLY;
use crate::start;

/// Redis's server, killed when this is dropped.
struct Redis {
    child: Child,
    address: SocketAddr,
}

impl Redis {
    fn start() -> Attacked<Redis> {
        // Free a moment ago: it takes no port 0.
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let port = address.port().to_string();
        let child = Command::new("redis-server")
            .args(["--port", &port, "--bind", "127.0.0.1"])
            .args(["--save", "", "--appendonly", "no"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| Trouble::tool("redis-server", &error))?;
        let redis = Redis { child, address };
        match wait_until(PATIENCE, || TcpStream::connect(address).is_ok()) {
            true => Ok(redis),
            false => Err(Trouble::not_run("redis-server does not listen")),
        }
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        // It may have exited by itself; then there is nothing to kill.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What is sent, and what of it is known to be a command.
struct Conversation {
    commands: Vec<Vec<Vec<u8>>>,
    bytes: Vec<u8>,
}

impl Conversation {
    fn of(seed: u64) -> Conversation {
        let mut chance = Chance::of(seed);
        let mut commands = vec![vec![b"FLUSHALL".to_vec()]];
        for _ in 0..5 + chance.below(35) {
            commands.push(some_command(&mut chance));
        }
        let mut bytes = Vec::new();
        for words in &commands {
            // A line cannot begin with nothing in place of a name.
            let is_typed = chance.one_in(5) && !words[0].is_empty();
            bytes.extend(match is_typed {
                true => typed(&mut chance, words),
                false => command(words),
            });
        }
        if chance.one_in(3) {
            bytes.extend_from_slice(chance.word(&NEARLY));
            bytes.extend(command(&["PING"]));
        }
        bytes.extend(command(&["QUIT"]));
        Conversation { commands, bytes }
    }

    fn with(&self, address: SocketAddr) -> Attacked<Vec<Reply>> {
        let mut stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.write_all(&self.bytes)?;
        let mut answers = Vec::new();
        match stream.read_to_end(&mut answers) {
            // Redis leaves with what it has not read.
            Err(error) if error.kind() != ErrorKind::ConnectionReset => Err(error.into()),
            _ => Ok(replies(&answers)),
        }
    }

    /// What must be the same of the answer to a command.
    fn essence(&self, number: usize, reply: &Reply) -> Reply {
        let name = self
            .commands
            .get(number)
            .map(|words| words[0].to_ascii_uppercase());
        match (name.as_deref(), reply) {
            // In any order.
            (Some(b"KEYS" | b"SCAN"), reply) => sorted(reply),
            // The time goes on.
            (Some(b"TTL"), Reply::Line(line)) => rounded_up(line, 10),
            (Some(b"PTTL"), Reply::Line(line)) => rounded_up(line, 10_000),
            // Each has commands of its own, and numbers for its clients.
            (Some(b"COMMAND" | b"HELLO"), Reply::Array(_)) => Reply::Array(None),
            (_, reply) => reply.clone(),
        }
    }
}

fn sorted(reply: &Reply) -> Reply {
    let Reply::Array(Some(replies)) = reply else {
        return reply.clone();
    };
    let mut replies: Vec<Reply> = replies.iter().map(sorted).collect();
    replies.sort();
    Reply::Array(Some(replies))
}

fn rounded_up(line: &[u8], unit: i64) -> Reply {
    let text = String::from_utf8_lossy(line);
    let number = text
        .strip_prefix(':')
        .and_then(|text| text.parse::<i64>().ok());
    Reply::Line(match number {
        Some(number @ 1..) => format!("at most {}", (number + unit - 1) / unit * unit).into_bytes(),
        _ => line.to_vec(),
    })
}

pub fn conversations() -> Attacked<String> {
    let redis = Redis::start()?;
    let mut server = start("redis_kv")?;
    let count = either(5_000, 100_000);
    let mut compared = 0;
    for seed in 0..count {
        let conversation = Conversation::of(seed);
        let theirs = conversation.with(redis.address)?;
        let ours = conversation.with(server.address())?;
        server.runs()?;
        for number in 0..theirs.len().max(ours.len()) {
            let of = |replies: &[Reply]| {
                let reply = replies.get(number);
                reply.map(|reply| conversation.essence(number, reply))
            };
            let (theirs, ours) = (of(&theirs), of(&ours));
            if theirs != ours {
                let asked = conversation
                    .commands
                    .get(number)
                    .map(|words| words.join(&b' '));
                let asked = asked.unwrap_or_default();
                return Err(Trouble::broke(format!(
                    "conversation {seed}: `{}`: Redis answers {theirs:?}, we {ours:?}",
                    asked.escape_ascii()
                )));
            }
            compared += 1;
        }
    }
    Ok(format!("{count} conversations, {compared} answers"))
}
