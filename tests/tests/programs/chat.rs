//! The example `chat`, and programs that people chat with.

use std::fs;

use miocene_tests::client::Client;
use miocene_tests::report::Check;
use miocene_tests::scale::either;
use miocene_tests::server::{PATIENCE, Server};
use miocene_tests::tool::Tool;
use miocene_tests::trouble::{Attacked, Trouble};

use crate::start;

pub fn checks() -> Vec<Check> {
    vec![
        Check {
            name: "chat: two nc and socat",
            make: three_programs,
        },
        Check {
            name: "chat: from a file, by nc",
            make: from_a_file,
        },
        Check {
            name: "chat: a line too long",
            make: too_long,
        },
        Check {
            name: "chat: one does not read",
            make: slow_reader,
        },
    ]
}

fn nc(server: &Server) -> Attacked<Tool> {
    let (ip, port) = (
        server.address().ip().to_string(),
        server.address().port().to_string(),
    );
    Tool::start("nc", &["-N", &ip, &port])
}

/// The descriptors of a chat where nobody is. It says that it listens before the
/// last of them are there, so two talk first, and leave.
fn descriptors_at_rest(server: &mut Server) -> Attacked<usize> {
    let mut first = Client::connect(&server.place(), 0)?;
    let second = Client::connect(&server.place(), 1)?;
    second.say("second\n")?;
    first.hears("second has come")?;
    let process = server.process();
    let descriptors = process.descriptors()? - 2;
    drop((first, second));
    server.wait_for(PATIENCE, |_| {
        process
            .descriptors()
            .is_ok_and(|count| count == descriptors)
    })?;
    Ok(descriptors)
}

/// What was heard but for arrivals: whether the first guest's name was read before
/// the second was accepted, nobody knows.
fn said(mut heard: Vec<String>) -> Vec<String> {
    heard.retain(|line| !line.ends_with(" has come"));
    heard
}

fn three_programs() -> Attacked<String> {
    let mut server = start("chat")?;
    let descriptors = descriptors_at_rest(&mut server)?;
    let mut anna = nc(&server)?;
    // Who has been accepted will hear of the next one.
    server.wait_for(PATIENCE, |server| {
        server
            .process()
            .descriptors()
            .is_ok_and(|count| count == descriptors + 1)
    })?;
    anna.say("anna\n")?;
    let mut bert = nc(&server)?;
    bert.say("bert\n")?;
    anna.hears("bert has come")?;
    let mut clara = Tool::start("socat", &["-", &format!("TCP:{}", server.address())])?;
    clara.say("clara\r\n")?;
    anna.hears("clara has come")?;
    bert.hears("clara has come")?;

    anna.say("hello\nhow are you?\n")?;
    bert.hears("anna: how are you?")?;
    clara.hears("anna: how are you?")?;
    clara.say("well\r\n")?;
    anna.hears("clara: well")?;
    bert.say("I must go")?;
    bert.end_input();
    anna.hears("bert has gone: end of file")?;
    clara.hears("bert has gone: end of file")?;

    let heard = [anna.heard(), bert.leaves()?, clara.heard()].map(said);
    let expected: [&[&str]; 3] = [
        &[
            "clara: well",
            "bert: I must go",
            "bert has gone: end of file",
        ],
        &["anna: hello", "anna: how are you?", "clara: well"],
        &[
            "anna: hello",
            "anna: how are you?",
            "bert: I must go",
            "bert has gone: end of file",
        ],
    ];
    server.runs()?;
    match heard == expected {
        true => Ok(String::new()),
        false => Err(Trouble::broke(format!("heard: {heard:?}"))),
    }
}

/// What comes with its end at once is said all the same.
fn from_a_file() -> Attacked<String> {
    let mut server = start("chat")?;
    let mut listener = Client::connect(&server.place(), 0)?;
    listener.say("listener\n")?;
    let mut file = nc(&server)?;
    file.say("file\none\ntwo")?;
    file.end_input();
    for line in [
        "file has come",
        "file: one",
        "file: two",
        "file has gone: end of file",
    ] {
        listener.hears(line)?;
    }
    let heard = said(file.leaves()?);
    server.runs()?;
    match heard.is_empty() {
        true => Ok(String::new()),
        false => Err(Trouble::broke(format!("heard: {heard:?}"))),
    }
}

fn too_long() -> Attacked<String> {
    let mut server = start("chat")?;
    let mut other = Client::connect(&server.place(), 0)?;
    other.say("other\n")?;
    let mut long = nc(&server)?;
    long.say("long\nhello\n")?;
    other.hears("long has come")?;
    other.hears("long: hello")?;
    long.say(&"x".repeat(2_000))?;
    long.say("\nthis is not heard\n")?;
    long.end_input();
    let heard = said(long.leaves()?);
    other.hears("long has gone: a frame was longer than the limit")?;
    server.runs()?;
    match heard == ["goodbye: a frame was longer than the limit"] {
        true => Ok(String::new()),
        false => Err(Trouble::broke(format!("heard: {heard:?}"))),
    }
}

/// One guest talks and one listens, line by line; a third does not read. It is
/// dropped, and nobody misses a word.
fn slow_reader() -> Attacked<String> {
    const LINE: usize = 1_000;
    const AT_ONCE: usize = 32;
    let mut server = start("chat")?;
    let process = server.process();
    let descriptors = descriptors_at_rest(&mut server)?;
    let before = process.resident()?;
    let mut listener = Client::connect(&server.place(), 0)?;
    listener.say("listener\n")?;
    let slow = Client::connect(&server.place(), 1)?;
    slow.say("slow\n")?;
    listener.hears("slow has come")?;
    let talker = Client::connect(&server.place(), 2)?;
    talker.say("talker\n")?;
    listener.hears("talker has come")?;

    let words = "w".repeat(LINE);
    let lines = format!("{words}\n").repeat(AT_ONCE);
    // What the systems of both ends may hold, many times.
    let most = socket_memory()? * 2 / LINE;
    let (mut said, mut dropped, mut peak) = (0, None, 0);
    while said < most && dropped.is_none_or(|at| said < at + either(1_000, 100_000)) {
        talker.say(&lines)?;
        said += AT_ONCE;
        let mut left = AT_ONCE;
        while left > 0 {
            let line = listener.next_line()?;
            match line.trim_end() {
                "slow has gone: more was sent than is read: above the hard cap" => {
                    dropped = Some(said);
                }
                line if line.strip_prefix("talker: ") == Some(&words) => left -= 1,
                line => return Err(Trouble::broke(format!("heard: {line:?}"))),
            }
        }
        peak = peak.max(process.resident()?.saturating_sub(before));
    }
    server.runs()?;
    let Some(dropped) = dropped else {
        return Err(Trouble::broke(format!("not dropped after {said} lines")));
    };
    // Cap, twice while it is moved into a larger place, and what the others cost.
    if peak > 4 * 1024 {
        return Err(Trouble::broke(format!("{peak} KiB")));
    }
    // Two guests are left.
    server.wait_for(PATIENCE, |_| {
        process
            .descriptors()
            .is_ok_and(|count| count == descriptors + 2)
    })?;
    Ok(format!("after {dropped} lines of {said}, {peak} KiB"))
}

/// The most that a connection over the loopback interface can hold by itself.
fn socket_memory() -> Attacked<usize> {
    let mut sum = 0;
    for limit in ["tcp_rmem", "tcp_wmem"] {
        let text = fs::read_to_string(format!("/proc/sys/net/ipv4/{limit}"))?;
        sum += text
            .split_whitespace()
            .last()
            .and_then(|most| most.parse().ok())
            .unwrap_or(0);
    }
    Ok(sum)
}
