//! What the compiler says of each mistake, and what must compile.
//!
//! `TRYBUILD=overwrite cargo test -p miocene-ui-tests` writes the messages anew.

use std::process::Command;

/// The messages are partly rustc's own, and those of this version.
const RECORDED_WITH: &str = "rustc 1.95.";

fn main() {
    let tests = trybuild::TestCases::new();
    tests.pass("pass/*.rs");
    let version = version();
    let recorded = version.starts_with(RECORDED_WITH);
    if recorded {
        tests.compile_fail("fail/*.rs");
    }
    // Runs them, and panics if one fails.
    drop(tests);
    if recorded {
        println!("2 passed, 0 failed, 0 skipped");
    } else {
        println!(
            "fail/*.rs: not run: the messages are those of {RECORDED_WITH}x, this is {version}"
        );
        println!("1 passed, 0 failed, 1 skipped");
    }
}

fn version() -> String {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(rustc).arg("--version").output();
    let output = output.expect("rustc is there: it has just compiled this");
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}
