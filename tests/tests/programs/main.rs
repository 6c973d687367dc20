//! The examples against programs that people have, nc and socat, and under what
//! networks and kernels do to connections: many at once, slow and silent ones,
//! faults in every system call.
//!
//! ```text
//! cargo test -p miocene-tests --test programs [-- FILTER…]
//! tests/soak [FILTER…]
//! ```
//!
//! The second, in a shell at the root, is the long run: the full sizes, and what
//! needs a quiet machine. What this machine lacks the means for is `not run`.

#[cfg(target_os = "linux")]
mod chat;
#[cfg(target_os = "linux")]
mod client;
#[cfg(target_os = "linux")]
mod echo;
#[cfg(target_os = "linux")]
mod listeners;
#[cfg(target_os = "linux")]
mod over_tcp;
#[cfg(target_os = "linux")]
mod redis_kv;
#[cfg(target_os = "linux")]
mod servers;
#[cfg(target_os = "linux")]
mod tcp_proxy;
#[cfg(target_os = "linux")]
mod workers;

/// Starts an example.
#[cfg(target_os = "linux")]
fn start(name: &'static str) -> miocene_tests::trouble::Attacked<miocene_tests::server::Server> {
    use miocene_tests::{program::Program, server::Server};

    Server::start(&Program::example(name)?)
}

#[cfg(target_os = "linux")]
fn main() -> std::process::ExitCode {
    use miocene_tests::report::{Selection, run_checks};

    let mut arguments = std::env::args().skip(1).peekable();
    if arguments.next_if_eq(servers::SERVE).is_some() {
        return servers::serve(arguments);
    }
    if let Err(error) = miocene_tests::process::raise_descriptor_limit() {
        eprintln!("the limit of descriptors stays as it is: {error}");
    }
    let checks: Vec<_> = chat::checks()
        .into_iter()
        .chain(listeners::checks())
        .chain(echo::checks())
        .chain(tcp_proxy::checks())
        .chain(over_tcp::checks())
        .chain(client::checks())
        .chain(workers::checks())
        .chain(redis_kv::checks())
        .collect();
    run_checks(&checks, &Selection::from_arguments(arguments))
}

#[cfg(not(target_os = "linux"))]
fn main() {
    eprintln!("not run: these checks need Linux");
}
