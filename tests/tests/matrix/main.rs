//! The fault matrix: every fault of the catalogue at every kind of source, on real
//! sockets.
//!
//! ```text
//! cargo test -p miocene-tests --test matrix [-- FILTER…]
//! tests/matrix [--strict] [FILTER…]
//! ```
//!
//! The second, in a shell at the root, is the long run: the full sizes, all errors,
//! and what needs a quiet machine. A filter is a part of `FAULT, SOURCE`.
//!
//! A cell says `pass`; `FAIL`; `n/a` and why, by number; `NOT RUN` for what this
//! machine lacks the means for, which is counted and, with `--strict`, a failure;
//! `long` for what is left to the long run; and `absent` where the library has no
//! such source yet.

#[cfg(target_os = "linux")]
mod accepting;
#[cfg(target_os = "linux")]
mod calls;
#[cfg(target_os = "linux")]
mod datagrams;
#[cfg(target_os = "linux")]
mod ending;
#[cfg(target_os = "linux")]
mod everything;
#[cfg(target_os = "linux")]
mod identity;
#[cfg(target_os = "linux")]
mod interruptions;
#[cfg(target_os = "linux")]
mod kind;
#[cfg(target_os = "linux")]
mod load;
#[cfg(target_os = "linux")]
mod network;
#[cfg(target_os = "linux")]
mod pairs;
#[cfg(target_os = "linux")]
mod pieces;
#[cfg(target_os = "linux")]
mod scene;
#[cfg(target_os = "linux")]
mod serve;
#[cfg(target_os = "linux")]
#[path = "../programs/servers.rs"]
mod servers;
#[cfg(target_os = "linux")]
mod streams;
#[cfg(target_os = "linux")]
mod sweep;
#[cfg(target_os = "linux")]
mod table;

#[cfg(target_os = "linux")]
fn main() -> std::process::ExitCode {
    use crate::table::{Selection, run};

    let mut arguments = std::env::args().skip(1).peekable();
    if arguments.next_if_eq(servers::SERVE).is_some() {
        return serve::serve(arguments.collect());
    }
    if arguments.next_if_eq(network::INSIDE).is_some() {
        return network::inside(&arguments.next().unwrap_or_default());
    }
    if let Err(error) = miocene_tests::process::raise_descriptor_limit() {
        eprintln!("the limit of descriptors stays as it is: {error}");
    }
    let rows: Vec<_> = accepting::rows()
        .into_iter()
        .chain(interruptions::rows())
        .chain(identity::rows())
        .chain(streams::rows())
        .chain(load::rows())
        .chain(ending::rows())
        .chain(network::rows())
        .chain(sweep::rows())
        .collect();
    run(&rows, &Selection::from_arguments(arguments))
}

#[cfg(not(target_os = "linux"))]
fn main() {
    eprintln!("not run: the matrix needs Linux");
}
