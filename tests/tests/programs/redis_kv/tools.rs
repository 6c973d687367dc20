//! Redis's own tools.

use std::io::Write;
use std::process::{Command, Stdio};
use std::thread;

use miocene_tests::scale::either;
use miocene_tests::server::Server;
use miocene_tests::trouble::{Attacked, Trouble};

use super::reply::command;
use crate::start;

/// Runs a tool to its end, with something to read; what it has printed.
fn run(server: &Server, name: &str, arguments: &[&str], input: &[u8]) -> Attacked<String> {
    // It would wait for ever for an answer that does not come.
    const LIMIT: &str = "120";

    let port = server.address().port().to_string();
    let mut child = Command::new("timeout")
        .args([LIMIT, name, "-p", &port])
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| Trouble::tool("timeout", &error))?;
    let stdin = child.stdin.take();
    let output = thread::scope(|scope| {
        scope.spawn(move || {
            // A tool that is missing reads nothing, which its code says.
            stdin.map(|mut stdin| stdin.write_all(input))
        });
        child.wait_with_output()
    })?;
    let [printed, told] = [&output.stdout, &output.stderr];
    let text = [printed, told]
        .map(|text| String::from_utf8_lossy(text))
        .concat();
    match output.status.code() {
        Some(0) => Ok(text),
        // What `timeout` says of a command that there is not.
        Some(127) => Err(Trouble::not_run(format!("{name} is missing"))),
        _ => Err(Trouble::broke(format!("{name}: {}: {text}", output.status))),
    }
}

/// Commands for redis-cli, and what it prints.
const SESSION: [(&str, &str); 21] = [
    ("PING", "PONG"),
    ("SET greeting \"hello world\" EX 100", "OK"),
    ("GET greeting", "hello world"),
    ("TTL greeting", "100"),
    ("APPEND greeting !", "12"),
    ("STRLEN greeting", "12"),
    ("SET greeting no NX", ""),
    ("INCRBY counter 41", "41"),
    ("INCR counter", "42"),
    ("MSET a 1 b 2", "OK"),
    ("MGET a b none", "1\n2\n"),
    ("EXISTS a b none", "2"),
    ("TYPE a", "string"),
    ("DEL a b", "2"),
    ("KEYS c*", "counter"),
    ("SELECT 3", "OK"),
    ("DBSIZE", "0"),
    ("SELECT 0", "OK"),
    ("CONFIG GET save", "save\n"),
    (
        "INCR greeting",
        "ERR value is not an integer or out of range\n",
    ),
    ("FLUSHALL", "OK"),
];

pub fn redis_cli() -> Attacked<String> {
    let mut server = start("redis_kv")?;
    let input: String = SESSION
        .iter()
        .map(|(line, _)| format!("{line}\n"))
        .collect();
    let expected: String = SESSION
        .iter()
        .map(|(_, line)| format!("{line}\n"))
        .collect();
    let printed = run(&server, "redis-cli", &[], input.as_bytes())?;
    if printed != expected {
        return Err(Trouble::broke(format!("redis-cli printed {printed:?}")));
    }
    // Each word as redis-cli asks when it is at a terminal.
    for (arguments, has) in [
        (&["INFO"][..], "redis_version:"),
        (&["COMMAND", "DOCS"], "expire"),
        (&["COMMAND"], "pexpire"),
        (&["CLIENT", "LIST"], "resp=2"),
        (&["--scan"], ""),
        (&["--bigkeys"], "summary"),
        (&["-3", "PING"], "PONG"),
    ] {
        let printed = run(&server, "redis-cli", arguments, b"")?;
        if !printed.contains(has) {
            return Err(Trouble::broke(format!("{arguments:?} printed {printed:?}")));
        }
    }
    server.runs()?;
    Ok(format!("{} commands", SESSION.len()))
}

pub fn pipe() -> Attacked<String> {
    const COUNT: usize = 100_000;

    let server = start("redis_kv")?;
    let mut commands = Vec::new();
    for number in 0..COUNT {
        commands.extend(command(&[
            "SET".into(),
            format!("key:{number}"),
            number.to_string(),
        ]));
    }
    let printed = run(&server, "redis-cli", &["--pipe"], &commands)?;
    let all = format!("errors: 0, replies: {COUNT}");
    let size = run(&server, "redis-cli", &["DBSIZE"], b"")?;
    match printed.contains(&all) && size == format!("{COUNT}\n") {
        true => Ok(all),
        false => Err(Trouble::broke(format!("{printed:?}, {size:?}"))),
    }
}

pub fn benchmark() -> Attacked<String> {
    const TESTS: [&str; 6] = [
        "PING_INLINE",
        "PING_MBULK",
        "SET",
        "GET",
        "INCR",
        "MSET (10 keys)",
    ];

    let server = start("redis_kv")?;
    let count: usize = either(20_000, 500_000);
    for depth in ["1", "16"] {
        let arguments = [
            &["-t", "ping,set,get,incr,mset", "-c", "50", "--csv"][..],
            &["-n", &count.to_string(), "-P", depth],
        ];
        let printed = run(&server, "redis-benchmark", &arguments.concat(), b"")?;
        let has = |test: &&str| printed.contains(&format!("\"{test}\","));
        let complains = printed.contains("Error") || printed.contains("WARN");
        if complains || !TESTS.iter().all(has) {
            return Err(Trouble::broke(format!("with -P {depth}: {printed}")));
        }
    }
    // Not less than was asked for: a client may have more on its way.
    let counted = run(&server, "redis-cli", &["GET", "counter:__rand_int__"], b"")?;
    match counted.trim().parse::<usize>() {
        Ok(counted) if counted >= 2 * count => Ok(format!("{count} of each, -P 1 and -P 16")),
        _ => Err(Trouble::broke(format!("counted {counted:?}"))),
    }
}
