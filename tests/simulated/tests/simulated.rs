//! The tests that need the simulator, in a build of their own: it is a feature of
//! the library that must not come into anything else that is built.
#![cfg(target_os = "linux")]

use std::env;
use std::fs;
use std::path::Path;
use std::process::Command;

use miocene_tests::program::Program;

#[test]
fn simulated_tests_pass_and_what_people_build_is_without_the_simulator() {
    example_is_plain();
    let output = passes(&["--release", "--package", "miocene-sim-tests"]);
    assert!(executables(&output).any(is_simulated), "{output}");
    passes(&["--package", "miocene", "--doc"]);
    example_is_plain();
}

fn example_is_plain() {
    assert!(!is_simulated(&Program::example("echo").unwrap().path));
}

/// Runs tests with the simulator, and answers with what they print.
fn passes(tests: &[&str]) -> String {
    // Where this test is, whatever a relative path in the environment stands for:
    // TARGET_FOLDER/PROFILE/deps/simulated-0123456789abcdef.
    let this = env::current_exe().unwrap();
    let output = Command::new(env!("CARGO"))
        .args(["test", "--features", "sim"])
        .args(tests)
        .arg("--target-dir")
        .arg(this.ancestors().nth(3).unwrap())
        .output()
        .unwrap();
    let [printed, told] =
        [&output.stdout, &output.stderr].map(|text| String::from_utf8_lossy(text));
    let text = format!("{told}\n{printed}");
    assert!(output.status.success(), "{tests:?}:\n{text}");
    text
}

/// The programs that Cargo has run: it says `Running tests/echo.rs (PATH)`.
fn executables(output: &str) -> impl Iterator<Item = &Path> {
    let running = output
        .lines()
        .map(str::trim)
        .filter(|line| line.starts_with("Running "));
    running.filter_map(|line| {
        let (_, path) = line.strip_suffix(')')?.split_once('(')?;
        Some(Path::new(path))
    })
}

/// Whether the simulator is in a program: it has a name for its sockets.
fn is_simulated(program: &Path) -> bool {
    const NAME: &[u8] = b"simulated socket";

    let program = fs::read(program).unwrap();
    program.windows(NAME.len()).any(|part| part == NAME)
}
