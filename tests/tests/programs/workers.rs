//! The example `workers`: many who ask, some who leave, one who asks too much.

use std::collections::BTreeMap;
use std::io::{ErrorKind, Write};
use std::net::Shutdown;
use std::process::Command;
use std::thread;
use std::time::Duration;

use miocene_tests::client::{Client, connect_nonblocking};
use miocene_tests::oracle::Random;
use miocene_tests::program::Program;
use miocene_tests::report::Check;
use miocene_tests::server::{PATIENCE, Server};
use miocene_tests::tool::Tool;
use miocene_tests::trouble::{Attacked, Trouble};
use miocene_tests::wait_until;

use crate::start;

pub fn checks() -> Vec<Check> {
    let check = |name, make| Check { name, make };
    vec![
        check("workers: nc and socat", two_programs),
        check("workers: 50 x 200 jobs", many),
        check("workers: one of 40 jobs leaves", one_leaves),
        check("workers: one asks too much", one_floods),
        check("workers: a stop", stop),
    ]
}

/// A server with one thread, which is the second argument.
fn start_with_one_thread() -> Attacked<Server> {
    let program = Program::example("workers")?;
    let mut command = Command::new("sh");
    command
        .args(["-c", "exec \"$0\" \"$1\" 1"])
        .arg(&program.path);
    Server::start_by(command, &program)
}

fn two_programs() -> Attacked<String> {
    let mut server = start("workers")?;
    let address = server.address();
    let (ip, port) = (address.ip().to_string(), address.port().to_string());
    let mut nc = Tool::start("nc", &["-N", &ip, &port])?;
    let mut socat = Tool::start("socat", &["-t30", "-", &format!("TCP:{address}")])?;
    nc.say("10\n100\n1000\nabc\n")?;
    socat.say("20000\r\n0\r\n")?;
    // The answers are waited for by the server, not by the client.
    nc.end_input();
    socat.end_input();
    let heard = [nc.leaves()?, socat.leaves()?].map(|mut lines| {
        lines.sort();
        lines
    });
    server.runs()?;
    let error = "error: a number up to 5000000, `stats` or `stop`";
    let expected: [&[&str]; 2] = [
        &["10 4", "100 25", "1000 168", error],
        &["0 0", "20000 2262"],
    ];
    match heard == expected {
        true => Ok(String::new()),
        false => Err(Trouble::broke(format!("{heard:?}"))),
    }
}

/// How many primes there are below each number, by another way than the server's.
fn primes_below(end: usize) -> Vec<usize> {
    let mut is_prime = vec![true; end];
    for number in 2..end {
        for multiple in (2 * number..end).step_by(number) {
            is_prime[multiple] = false;
        }
    }
    let mut count = 0;
    let counts = is_prime.iter().enumerate().map(|(number, prime)| {
        let below = count;
        count += usize::from(number >= 2 && *prime);
        below
    });
    counts.collect()
}

fn many() -> Attacked<String> {
    const CLIENTS: usize = 50;
    const JOBS: usize = 200;
    const BELOW: usize = 3_000;

    let mut server = start("workers")?;
    let place = server.place();
    let primes = &primes_below(BELOW);
    let talk = |number: usize| -> Attacked {
        let mut client = Client::connect(&place, number)?;
        let mut random = Random::new(number as u64 + 1);
        let mut owed = BTreeMap::<String, usize>::new();
        for _ in 0..JOBS {
            let asked = random.below(BELOW);
            client.say(&format!("{asked}\n"))?;
            *owed
                .entry(format!("{asked} {}\n", primes[asked]))
                .or_default() += 1;
        }
        client.stream().shutdown(Shutdown::Write)?;
        for _ in 0..JOBS {
            let line = client.next_line()?;
            match owed.get_mut(&line) {
                Some(left @ 1..) => *left -= 1,
                _ => return Err(Trouble::broke(format!("{line:?} is not owed"))),
            }
        }
        client.hears_the_end()
    };
    thread::scope(|scope| {
        let talk = &talk;
        let threads: Vec<_> = (0..CLIENTS)
            .map(|number| scope.spawn(move || talk(number)))
            .collect();
        let results = threads
            .into_iter()
            .map(|thread| thread.join().expect("no panic"));
        results.collect::<Attacked<Vec<()>>>()
    })?;
    server.runs()?;
    Ok(format!("{} answers", CLIENTS * JOBS))
}

/// What the server counts: done, skipped, failed.
fn stats(client: &mut Client) -> Attacked<[usize; 3]> {
    client.say("stats\n")?;
    let line = client.next_line()?;
    let words: Vec<&str> = line.split_whitespace().collect();
    match words[..] {
        ["done", done, "skipped", skipped, "failed", failed] => {
            Ok([done, skipped, failed].map(|count| count.parse().unwrap_or(usize::MAX)))
        }
        _ => Err(Trouble::broke(format!("{line:?}"))),
    }
}

/// Some work: a tenth of a second, where nothing is optimized.
const LONG: &str = "200000\n";

fn one_leaves() -> Attacked<String> {
    const JOBS: usize = 40;

    let mut server = start_with_one_thread()?;
    let mut stays = Client::connect(&server.place(), 0)?;
    let mut leaves = Client::connect(&server.place(), 1)?;
    leaves.say(&LONG.repeat(JOBS))?;
    leaves.hears("200000 17984")?;
    // A reset: it is gone at once.
    leaves.stream().set_linger(Some(Duration::ZERO))?;
    drop(leaves);
    let mut counts = [0; 3];
    wait_until(PATIENCE, || {
        counts = stats(&mut stays).unwrap_or_default();
        counts[0] + counts[1] == JOBS
    });
    stays.say("1000\n")?;
    stays.hears("1000 168")?;
    server.runs()?;
    let [done, skipped, failed] = counts;
    match done + skipped == JOBS && skipped > 0 && failed == 0 {
        true => Ok(format!("{skipped} of {JOBS} left undone")),
        false => Err(Trouble::broke(format!("{counts:?}"))),
    }
}

/// The one who floods is not read, and the other is served in between.
fn one_floods() -> Attacked<String> {
    /// More than the systems of both ends hold.
    const FLOOD: usize = 64 * 1024 * 1024;
    /// KiB.
    const MOST: u64 = 2 * 1024;

    let mut server = start_with_one_thread()?;
    let process = server.process();
    let mut modest = Client::connect(&server.place(), 0)?;
    modest.say("10\n")?;
    modest.hears("10 4")?;
    let before = process.resident()?;

    let flooder = connect_nonblocking(&server.place())?;
    let job = format!("{:0>900}\n", 20_000);
    let jobs = job.repeat(1_000);
    let mut sent = 0;
    let is_stuck = || match (&flooder).write(&jobs.as_bytes()[sent % job.len()..]) {
        Ok(count) => {
            sent += count;
            sent > FLOOD
        }
        Err(error) => error.kind() == ErrorKind::WouldBlock,
    };
    wait_until(PATIENCE, is_stuck);
    for _ in 0..3 {
        modest.say("1000\n")?;
        modest.hears("1000 168")?;
    }
    let grown = process.resident()?.saturating_sub(before);
    server.runs()?;
    match sent < FLOOD && grown <= MOST {
        true => Ok(format!("{} KiB sent, {grown} KiB more", sent / 1024)),
        false => Err(Trouble::broke(format!("{sent} bytes, {grown} KiB more"))),
    }
}

fn stop() -> Attacked<String> {
    let mut server = start_with_one_thread()?;
    let mut asker = Client::connect(&server.place(), 0)?;
    asker.say(&LONG.repeat(60))?;
    asker.hears("200000 17984")?;
    let operator = Client::connect(&server.place(), 1)?;
    operator.say("stop\n")?;
    // With the job that was under way, and none of the others.
    server.ends(PATIENCE)?;
    Ok(String::new())
}
