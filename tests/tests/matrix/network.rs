//! A network that loses and rejects packets: in a namespace of its own, by nft.

use std::env;
use std::process::{Command, ExitCode};

use miocene_tests::client::{Client, descriptors_at_rest};
use miocene_tests::oracle::Random;
use miocene_tests::server::{PATIENCE, Server};
use miocene_tests::trouble::{Attacked, Trouble};

use crate::kind::Kind;
use crate::table::{Cell, Row};

/// The argument that makes this program the clients in the namespace.
pub const INSIDE: &str = "--inside";

pub fn rows() -> Vec<Row> {
    let row = |fault, numbers, cell| Row {
        fault,
        numbers,
        cell,
    };
    vec![
        row("packets are lost", "1.8", |kind| match kind {
            Kind::TcpStream => {
                Cell::long(|| in_namespace("lost", "numgen random mod 100 < 2 drop"))
            }
            _ => Cell::NotApplicable(NO_NETWORK),
        }),
        row("packets are answered by resets", "F22", |kind| match kind {
            Kind::TcpStream => Cell::long(|| {
                in_namespace("reset", "numgen random mod 200 < 1 reject with tcp reset")
            }),
            _ => Cell::NotApplicable(NO_NETWORK),
        }),
    ]
}

const NO_NETWORK: &str = "what packets there are is tried with TCP streams";

/// Starts this program again where the rule is in force.
fn in_namespace(what: &str, rule: &str) -> Attacked<String> {
    // So that a tool that is missing is told from a rule that does not hold.
    for (tool, option) in [("unshare", "--version"), ("ip", "-V"), ("nft", "--version")] {
        let tried = Command::new(tool).arg(option).output();
        tried.map_err(|error| Trouble::tool(tool, &error))?;
    }
    let script = format!(
        "ip link set lo up && nft 'add table inet t; \
         add chain inet t c {{ type filter hook input priority 0; }}; \
         add rule inet t c tcp dport != 0 {rule}' || exit 77; exec \"$0\" {INSIDE} {what}"
    );
    let output = Command::new("unshare")
        .args(["--net", "sh", "-c", &script])
        .arg(env::current_exe()?)
        .output()?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
    match output.status.code() {
        Some(0) => Ok(text(&output.stdout)),
        Some(2) => Err(Trouble::broke(text(&output.stderr))),
        _ => Err(Trouble::not_run(format!(
            "no network of its own: {}",
            text(&output.stderr)
        ))),
    }
}

/// Is the clients in the namespace.
pub fn inside(what: &str) -> ExitCode {
    match exchange(what == "reset") {
        Ok(seen) => {
            println!("{seen}");
            ExitCode::SUCCESS
        }
        Err(trouble) => {
            eprintln!("{trouble:?}");
            ExitCode::from(2)
        }
    }
}

/// Whoever is not reset gets all of it, and nothing is left of those who are.
fn exchange(may_be_reset: bool) -> Attacked<String> {
    const CLIENTS: usize = 50;
    // Who is reset does not always know it, and is then idle.
    let mut server = Server::start(&Kind::TcpStream.server("short")?)?;
    let before = (0..20).find_map(|_| descriptors_at_rest(&server).ok());
    let before = before.ok_or_else(|| Trouble::broke("nobody was served"))?;
    let mut random = Random::new(5);
    let (mut exact, mut reset) = (0, 0);
    for number in 0..CLIENTS {
        let outcome = Client::connect(&server.place(), number).and_then(|mut client| {
            (0..10).try_for_each(|_| {
                let line = number.to_string().repeat(1 + random.below(2_000));
                client.say(&format!("{line}\n"))?;
                client.hears(&line)
            })
        });
        match outcome {
            Ok(()) => exact += 1,
            Err(Trouble::Broke(how)) if may_be_reset && how.contains("eset") => reset += 1,
            Err(trouble) => return Err(trouble.with(&format!("client {number}"))),
        }
    }
    let mut left = 0;
    let closed = server.wait_for(PATIENCE, |server| {
        left = server.process().descriptors().unwrap_or(usize::MAX);
        left <= before
    });
    closed.map_err(|trouble| trouble.with(&format!("{left} descriptors, not {before}")))?;
    match may_be_reset && reset == 0 {
        true => Err(Trouble::broke("nobody was reset")),
        false => Ok(format!("{exact} of {CLIENTS} exact, {reset} reset")),
    }
}
