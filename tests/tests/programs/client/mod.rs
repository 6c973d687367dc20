//! The example `client`, and servers that come and go.

mod guest;
mod running;

use std::fs::{self, File};
use std::net::TcpListener;
use std::process::Stdio;
use std::{env, process};

use miocene_tests::program::Program;
use miocene_tests::report::Check;
use miocene_tests::server::PATIENCE;
use miocene_tests::tool::Tool;
use miocene_tests::trouble::{Attacked, Trouble};
use miocene_tests::wait_until;

use crate::start;
use guest::{Guest, listen};
use running::Running;

pub fn checks() -> Vec<Check> {
    let check = |name, make| Check { name, make };
    vec![
        check("client: lines both ways", both_ways),
        check("client: nc -l", nc),
        check("client: from a file", from_a_file),
        check("client: at a terminal", at_a_terminal),
        check("client: 10 MB through echo", through_echo),
        check("client: server goes and comes", comes_and_goes),
        check("client: server does not read", does_not_read),
        check("client: nobody, nothing", nobody),
    ]
}

/// A file to be read, which is nowhere to be found.
fn file_of(name: &str, content: &str) -> Attacked<File> {
    let path = env::temp_dir().join(format!("miocene-client-{}-{name}", process::id()));
    fs::write(&path, content)?;
    let file = File::open(&path)?;
    fs::remove_file(path)?;
    Ok(file)
}

fn numbered_lines(count: usize) -> String {
    (0..count)
        .map(|number| format!("line {number}\n"))
        .collect()
}

fn both_ways() -> Attacked<String> {
    let (listener, address) = listen()?;
    let mut client = Running::start(address, Stdio::piped())?;
    let mut server = Guest::accept(&listener)?;
    client.tells("connected to")?;
    client.types("one\ntwo\r\n")?;
    server.hears("one")?;
    server.hears("two\r")?;
    server.says("three\nfour\r\n")?;
    client.prints("three")?;
    client.prints("four")?;
    client.types("last")?;
    client.ends_input();
    let rest = server.hears_out()?;
    server.says("the end")?;
    drop(server);
    client.prints("the end")?;
    client.exits(0)?;
    match rest == "last" {
        true => Ok(String::new()),
        false => Err(Trouble::broke(format!("{rest:?}"))),
    }
}

/// Netcat may begin to listen after the client has tried.
fn nc() -> Attacked<String> {
    let (listener, address) = listen()?;
    drop(listener);
    let mut client = Running::start(address, Stdio::piped())?;
    let (ip, port) = (address.ip().to_string(), address.port().to_string());
    let mut nc = Tool::start("nc", &["-N", "-l", &ip, &port])?;
    client.types("hello\n")?;
    nc.hears("hello")?;
    nc.say("good morning\n")?;
    client.prints("good morning")?;
    client.ends_input();
    nc.end_input();
    nc.leaves()?;
    client.exits(0)?;
    Ok(String::new())
}

fn from_a_file() -> Attacked<String> {
    const LINES: usize = 100_000;

    let (listener, address) = listen()?;
    let content = numbered_lines(LINES) + "and one without an end";
    let mut client = Running::start(address, file_of("lines", &content)?)?;
    let mut server = Guest::accept(&listener)?;
    let heard = server.hears_out()?;
    server.says("thank you\n")?;
    drop(server);
    client.prints("thank you")?;
    client.exits(0)?;
    match heard == content {
        true => Ok(String::new()),
        false => Err(Trouble::broke(format!(
            "{} of {} bytes",
            heard.len(),
            content.len()
        ))),
    }
}

/// The shell reads from the terminal when the client has ended.
fn at_a_terminal() -> Attacked<String> {
    const END_OF_INPUT: &str = "\u{4}";

    let (listener, address) = listen()?;
    let client = Program::example("client")?.path;
    let script = format!(
        "{} {address}; read line && echo \"read $line\"",
        client.display()
    );
    let mut terminal = Tool::start(
        "script",
        &["--quiet", "--flush", "--command", &script, "/dev/null"],
    )?;
    let mut server = Guest::accept(&listener)?;
    terminal.say("hello\n")?;
    server.hears("hello")?;
    server.says("good evening\n")?;
    terminal.hears("good evening")?;
    terminal.say(END_OF_INPUT)?;
    server.hears_the_end()?;
    drop(server);
    terminal.say("after it\n")?;
    terminal.hears("read after it")?;
    Ok(String::new())
}

/// Both are written to while they write.
fn through_echo() -> Attacked<String> {
    const LINES: usize = 800_000;

    let mut server = start("echo")?;
    let content = numbered_lines(LINES);
    let mut client = Running::start(server.address(), file_of("echo", &content)?)?;
    for line in content.lines() {
        client.prints(line)?;
    }
    client.exits(0)?;
    server.runs()?;
    Ok(format!("{} MB", content.len() / 1_000_000))
}

fn comes_and_goes() -> Attacked<String> {
    let (listener, address) = listen()?;
    let mut client = Running::start(address, Stdio::piped())?;
    let mut server = Guest::accept(&listener)?;
    client.tells("connected to")?;
    client.types("one\n")?;
    server.hears("one")?;
    // From here on everybody is refused.
    drop(listener);
    drop(server);
    client.tells("end of file; again in")?;
    client.tells("refused")?;
    client.types("two\nthree\n")?;
    client.tells("refused")?;
    let listener = TcpListener::bind(address)?;
    let mut server = Guest::accept(&listener)?;
    server.hears("two")?;
    server.hears("three")?;
    server.says("welcome back\n")?;
    client.prints("welcome back")?;
    drop(server);
    // It comes by itself.
    let mut server = Guest::accept(&listener)?;
    client.types("four\n")?;
    server.hears("four")?;
    client.ends_input();
    server.hears_the_end()?;
    drop(server);
    client.exits(0)?;
    Ok(String::new())
}

/// What is typed then waits where it is typed, not in memory.
fn does_not_read() -> Attacked<String> {
    const LINES: usize = 2_000_000;
    /// KiB: what is kept, twice, and the lines that are read ahead.
    const MOST: u64 = 8 * 1024;
    const LOOKS: usize = 50;

    let (listener, address) = listen()?;
    let content = numbered_lines(LINES);
    let mut client = Running::start(address, file_of("long", &content)?)?;
    let mut server = Guest::accept(&listener)?;
    let process = client.process();
    // It has come to rest when it has done nothing for as many looks.
    let (mut spent, mut looks) = (process.cpu_time()?, 0);
    let rests = wait_until(PATIENCE, || {
        let now = process.cpu_time().unwrap_or_default();
        let idle = now == spent && process.is_asleep().unwrap_or(false);
        (spent, looks) = (now, if idle { looks + 1 } else { 0 });
        looks == LOOKS
    });
    if !rests {
        return Err(Trouble::broke("it does not come to rest"));
    }
    let resident = process.resident()?;
    let heard = server.hears_out()?;
    drop(server);
    client.exits(0)?;
    match heard == content && resident <= MOST {
        true => Ok(format!("{resident} KiB")),
        false => Err(Trouble::broke(format!(
            "{} bytes, {resident} KiB",
            heard.len()
        ))),
    }
}

fn nobody() -> Attacked<String> {
    let (listener, address) = listen()?;
    drop(listener);
    let mut client = Running::start(address, Stdio::null())?;
    client.tells("cannot connect to")?;
    client.exits(1)?;
    Ok(String::new())
}
