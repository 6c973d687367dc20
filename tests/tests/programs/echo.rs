//! The example `echo`, and programs that send it files.

use std::fs::{self, File};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::{env, process};

use miocene_tests::oracle;
use miocene_tests::report::Check;
use miocene_tests::trouble::{Attacked, Trouble};

use crate::start;

/// The size of the file.
const SIZE: usize = 10_000_000;

pub fn checks() -> Vec<Check> {
    vec![
        Check {
            name: "echo: 10 MB by socat",
            make: || {
                file_comes_back("socat", |ip, port| {
                    vec!["-t30".into(), "-".into(), format!("TCP:{ip}:{port}")]
                })
            },
        },
        Check {
            name: "echo: 10 MB by nc",
            make: || file_comes_back("nc", |ip, port| vec!["-N".into(), ip, port]),
        },
    ]
}

/// The client ends its direction when the file is sent, and must get the rest.
fn file_comes_back(tool: &str, arguments: fn(String, String) -> Vec<String>) -> Attacked<String> {
    let mut server = start("echo")?;
    let sent = Scratch::new(tool, "sent");
    let received = Scratch::new(tool, "received");
    let mut content = vec![0; SIZE];
    oracle::fill(0, 0, &mut content);
    fs::write(&sent.0, &content)?;

    let address = server.address();
    let status = Command::new("timeout")
        .arg("30")
        .arg(tool)
        .args(arguments(
            address.ip().to_string(),
            address.port().to_string(),
        ))
        .stdin(File::open(&sent.0)?)
        .stdout(File::create(&received.0)?)
        .stderr(Stdio::null())
        .status()
        .map_err(|error| Trouble::tool("timeout", &error))?;
    // What `timeout` says of a command that there is not.
    if status.code() == Some(127) {
        return Err(Trouble::not_run(format!("{tool} is missing")));
    }
    server.runs()?;
    let back = fs::read(&received.0)?;
    match (status.success(), back == content) {
        (true, true) => Ok(String::new()),
        _ => Err(Trouble::broke(format!(
            "{status}, {} bytes of {SIZE}",
            back.len()
        ))),
    }
}

/// A file that is removed when this is dropped.
struct Scratch(PathBuf);

impl Scratch {
    fn new(tool: &str, name: &str) -> Self {
        let name = format!("miocene-echo-{}-{tool}-{name}", process::id());
        Self(env::temp_dir().join(name))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // One that is left behind hurts nobody.
        let _ = fs::remove_file(&self.0);
    }
}
