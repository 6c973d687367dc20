//! Peers who announce much, send much, or read nothing: what they cost is little.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;

use miocene_tests::scale::either;
use miocene_tests::server::{PATIENCE, Server};
use miocene_tests::trouble::{Attacked, Trouble};

use super::reply::command;
use crate::start;

const MIB: usize = 1024 * 1024;

fn connect(server: &Server) -> Attacked<TcpStream> {
    let stream = TcpStream::connect(server.address())?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    Ok(stream)
}

/// All that comes until the end, of which there must be one.
fn hear_out(stream: &mut TcpStream) -> Attacked<String> {
    let mut heard = Vec::new();
    match stream.read_to_end(&mut heard) {
        Err(error) if error.kind() != ErrorKind::ConnectionReset => Err(Trouble::broke(format!(
            "no end, but {error} after {:?}",
            String::from_utf8_lossy(&heard)
        ))),
        _ => Ok(String::from_utf8_lossy(&heard).into_owned()),
    }
}

fn expect(heard: &str, expected: &str) -> Attacked {
    match heard == expected {
        true => Ok(()),
        false => Err(Trouble::broke(format!("{expected:?} expected: {heard:?}"))),
    }
}

/// A client who does nothing wrong is served.
fn pings(server: &mut Server) -> Attacked {
    server.runs()?;
    let mut stream = connect(server)?;
    stream.write_all(&[command(&["PING"]), command(&["QUIT"])].concat())?;
    expect(&hear_out(&mut stream)?, "+PONG\r\n+OK\r\n")
}

/// The memory of a server, and how much more it may have.
struct Memory {
    before: u64,
    allowed: u64,
    most: u64,
}

impl Memory {
    fn of(server: &mut Server, allowed: usize) -> Attacked<Memory> {
        // Whatever it takes for a client, it has taken then.
        pings(server)?;
        let before = server.process().resident()?;
        Ok(Memory {
            before,
            allowed: (allowed / 1024) as u64,
            most: before,
        })
    }

    fn look(&mut self, server: &Server) -> Attacked {
        self.most = self.most.max(server.process().resident()?);
        let more = self.most - self.before;
        match more <= self.allowed {
            true => Ok(()),
            false => Err(Trouble::broke(format!("{more} KiB more than before"))),
        }
    }

    fn told(&self) -> String {
        format!("{} KiB more", self.most - self.before)
    }
}

pub fn announced() -> Attacked<String> {
    let mut server = start("redis_kv")?;
    let mut memory = Memory::of(&mut server, MIB)?;
    for (sent, error) in [
        ("*1000000000\r\n", "too big request"),
        ("*2147483647\r\n", "too big request"),
        ("*2147483648\r\n", "invalid multibulk length"),
        ("*2\r\n$3\r\nGET\r\n$2147483647\r\n", "invalid bulk length"),
        ("*2\r\n$3\r\nGET\r\n$-1\r\n", "invalid bulk length"),
        ("*11000000\r\n$67108864\r\n", "too big request"),
    ] {
        let mut stream = connect(&server)?;
        stream.write_all(sent.as_bytes())?;
        let heard = hear_out(&mut stream)?;
        expect(&heard, &format!("-ERR Protocol error: {error}\r\n"))?;
        memory.look(&server)?;
    }
    // Within all limits, and never sent.
    let waiting: Vec<TcpStream> = (0..100)
        .map(|_| {
            let mut stream = connect(&server)?;
            stream.write_all(b"*1000000\r\n$50000000\r\nonly this")?;
            Ok(stream)
        })
        .collect::<Attacked<_>>()?;
    pings(&mut server)?;
    memory.look(&server)?;
    drop(waiting);
    Ok(memory.told())
}

pub fn endless_line() -> Attacked<String> {
    const LENGTH: usize = 10_000_000;

    let mut server = start("redis_kv")?;
    let mut memory = Memory::of(&mut server, MIB)?;
    let mut stream = connect(&server)?;
    for piece in vec![b'a'; LENGTH].chunks(100_000) {
        stream.write_all(piece)?;
        memory.look(&server)?;
    }
    let heard = hear_out(&mut stream)?;
    expect(&heard, "-ERR Protocol error: too big inline request\r\n")?;
    pings(&mut server)?;
    memory.look(&server)?;
    Ok(memory.told())
}

pub fn unread_answers() -> Attacked<String> {
    const COUNT: usize = 10_000;

    let mut server = start("redis_kv")?;
    let mut stream = connect(&server)?;
    let value = vec![b'v'; MIB];
    stream.write_all(&command(&[&b"SET"[..], b"k", &value]))?;
    let mut answer = [0; 5];
    stream.read_exact(&mut answer)?;
    // One answer, and the buffer of the next.
    let mut memory = Memory::of(&mut server, 4 * MIB)?;
    // Not all of it is read, and may not find room on the way.
    stream.set_nonblocking(true)?;
    let asked = command(&["GET", "k"]).repeat(COUNT);
    let mut sent = 0;
    server.wait_for(PATIENCE, |_| {
        sent += stream.write(&asked[sent..]).unwrap_or(0);
        sent == asked.len()
    })?;
    server.wait_for(PATIENCE, |server| {
        server.process().is_asleep().unwrap_or(false)
    })?;
    for _ in 0..20 {
        pings(&mut server)?;
        memory.look(&server)?;
    }
    // Whoever reads after all has his answers.
    stream.set_nonblocking(false)?;
    let expected = [format!("${MIB}\r\n").as_bytes(), &value, b"\r\n"].concat();
    let mut heard = vec![0; expected.len()];
    for number in 0..either(100, COUNT) {
        stream.read_exact(&mut heard)?;
        if heard != expected {
            return Err(Trouble::broke(format!("answer {number} is another one")));
        }
        memory.look(&server)?;
    }
    Ok(memory.told())
}

/// A long value in small pieces is not gone over again with each of them.
pub fn value_in_bits() -> Attacked<String> {
    const LENGTH: usize = 8 * MIB;
    const PIECE: usize = 4_000;

    let mut server = start("redis_kv")?;
    let mut memory = Memory::of(&mut server, 4 * LENGTH)?;
    let mut stream = connect(&server)?;
    stream.set_nodelay(true)?;
    let value = vec![b'\r'; LENGTH];
    let words = [&b"SET"[..], b"k", &value];
    for piece in command(&words).chunks(PIECE) {
        stream.write_all(piece)?;
    }
    stream.write_all(&[command(&["STRLEN", "k"]), command(&["QUIT"])].concat())?;
    expect(
        &hear_out(&mut stream)?,
        &format!("+OK\r\n:{LENGTH}\r\n+OK\r\n"),
    )?;
    memory.look(&server)?;
    Ok(memory.told())
}
