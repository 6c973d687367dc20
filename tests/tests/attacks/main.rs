//! The attacks on the example `guide` and on two servers written by hand as mio's
//! guide writes them, which show what each attack breaks there.
//!
//! ```text
//! cargo test -p miocene-tests --test attacks [-- FILTER…]
//! ```
//!
//! In the table `pass` says that a program survived, as it should; `breaks`, that a
//! server written by hand broke in the way that it is known to, which is counted as
//! passed too; `FAIL`, that it was otherwise; `-`, that the attack was not made. One
//! that this machine lacks the means for is `not run`, and counted as skipped.

#[cfg(target_os = "linux")]
mod accept_errors;
#[cfg(target_os = "linux")]
mod clients;
#[cfg(target_os = "linux")]
mod descriptors;
#[cfg(target_os = "linux")]
mod interruptions;
#[cfg(target_os = "linux")]
mod surroundings;

#[cfg(target_os = "linux")]
fn main() -> std::process::ExitCode {
    use miocene_tests::program::Program;
    use miocene_tests::report::{Selection, run};

    let guide = match Program::guide() {
        Ok(guide) => guide,
        Err(error) => {
            eprintln!("error: {error}");
            return std::process::ExitCode::FAILURE;
        }
    };
    let programs = [
        guide,
        Program {
            survives_stop: false,
            ..Program::at("by hand", env!("CARGO_BIN_EXE_naive-guide"))
        },
        Program::at(
            "by hand, EINTR retried",
            env!("CARGO_BIN_EXE_naive-guide-eintr"),
        ),
    ];
    let attacks: Vec<_> = clients::attacks()
        .into_iter()
        .chain(interruptions::attacks())
        .chain(descriptors::attacks())
        .chain(accept_errors::attacks())
        .chain(surroundings::attacks())
        .collect();
    run(
        &attacks,
        &programs,
        &Selection::from_arguments(std::env::args().skip(1)),
    )
}

#[cfg(not(target_os = "linux"))]
fn main() {
    eprintln!("not run: the attacks need Linux");
}
