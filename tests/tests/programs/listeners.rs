//! The example `listeners`, and clients of both kinds.

use std::path::PathBuf;
use std::process::Command;
use std::{env, fs, process};

use miocene_tests::program::Program;
use miocene_tests::report::Check;
use miocene_tests::server::Server;
use miocene_tests::tool::Tool;
use miocene_tests::trouble::{Attacked, Trouble};

pub fn checks() -> Vec<Check> {
    vec![Check {
        name: "listeners: nc and socat",
        make: both_kinds,
    }]
}

/// A directory of our own, removed with all that is in it.
struct Directory(PathBuf);

impl Directory {
    fn new() -> Attacked<Self> {
        let path = env::temp_dir().join(format!("miocene-listeners-{}", process::id()));
        fs::create_dir(&path)?;
        Ok(Self(path))
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        // What is left behind hurts nobody.
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn both_kinds() -> Attacked<String> {
    let program = Program::example("listeners")?;
    let directory = Directory::new()?;
    let (first, second) = (directory.0.join("first"), directory.0.join("second"));
    let mut command = Command::new(&program.path);
    for path in [&first, &second] {
        command.arg(format!("unix:{}", path.display()));
    }
    let mut server = Server::start_by(command, &program)?;
    let expected = [
        format!("listening on unix:{}", first.display()),
        format!("listening on unix:{}", second.display()),
        format!("listening on {}", server.address()),
    ];
    let printed = server.printed();
    if printed[..3] != expected {
        return Err(Trouble::broke(format!("printed: {printed:?}")));
    }

    let address = server.address();
    let unix = |path: &PathBuf| format!("UNIX-CONNECT:{}", path.display());
    let (ip, port) = (address.ip().to_string(), address.port().to_string());
    let mut clients = [
        Tool::start("nc", &["-U", &first.display().to_string()])?,
        Tool::start("nc", &[&ip, &port])?,
        Tool::start("socat", &["-", &unix(&second)])?,
        Tool::start("socat", &["-", &format!("TCP:{address}")])?,
    ];
    // One number for all of them: they are clients of one family.
    for (number, client) in clients.iter_mut().enumerate() {
        client.say("hello\n")?;
        client.hears(&format!("{}: hello", number + 1))?;
    }
    for (number, client) in clients.iter_mut().enumerate() {
        client.say("again\n")?;
        client.hears(&format!("{}: again", number + 5))?;
    }
    server.runs()?;
    Ok(String::new())
}
