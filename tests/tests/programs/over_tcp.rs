//! What `matrix` sees of other sources, too, here of TCP: of the examples, and of
//! servers with short limits.

use miocene_tests::checks::failures::{nothing_is_lost, one_is_lost};
use miocene_tests::checks::{cap, fairness, limits, many, stopped, urgent};
use miocene_tests::program::{Network, Program};
use miocene_tests::report::Check;
use miocene_tests::trace::WAIT;
use miocene_tests::trouble::Attacked;

use crate::servers;

fn echo() -> Attacked<Program> {
    Ok(Program::example("echo")?)
}

fn server(kind: &'static str) -> Attacked<Program> {
    servers::program(kind, Network::Tcp)
}

pub fn checks() -> Vec<Check> {
    let check = |name, make| Check { name, make };
    let mut checks = vec![
        check("cap 100, 150 clients", || {
            cap::half_as_many_again(&server("few")?)
        }),
        check("cap 100, all are reset", || {
            cap::places_are_free_again(&server("few")?)
        }),
        check("two listeners, one place", || {
            cap::take_turns(&server("turns")?)
        }),
        check("family of two, one place", || {
            cap::take_turns(&server("turns of a family")?)
        }),
        check("500 send a byte now and then", || {
            limits::slow_senders(&server("short")?)
        }),
        check("a line without end, cut", || {
            limits::endless_line(&server("short")?, false)
        }),
        check("a line without end, read", || {
            limits::endless_line(&server("patient")?, true)
        }),
        check("stopped beyond deadlines", || {
            stopped::data_waits(&server("short")?)
        }),
        check("echo: urgent data", || urgent::splits_reads(&echo()?)),
    ];
    checks.extend(failing_calls());
    checks.extend([
        check("100 push and never read", || {
            fairness::pushers(&echo()?, 100)
        }),
        check(
            "one flooder: p99 of another",
            || fairness::flooder(&echo()?),
        ),
        check("echo: 10,000 at once", || many::ten_thousand(&echo()?)),
    ]);
    checks
}

fn failing_calls() -> Vec<Check> {
    let check = |name, make| Check { name, make };
    let mut checks = vec![
        check("echo: ENOBUFS on send", || {
            nothing_is_lost(&echo()?, "sendto", "ENOBUFS", "3+7")
        }),
        check("echo: ENOMEM on send", || {
            nothing_is_lost(&echo()?, "sendto", "ENOMEM", "3+7")
        }),
        check("echo: EINTR on send", || {
            nothing_is_lost(&echo()?, "sendto", "EINTR", "2+2")
        }),
        check("echo: EINTR on receive", || {
            nothing_is_lost(&echo()?, "recvfrom", "EINTR", "2+2")
        }),
        check("echo: EINTR on poll", || {
            nothing_is_lost(&echo()?, WAIT, "EINTR", "2+2")
        }),
        check("echo: reset on a send", || {
            one_is_lost(&echo()?, "sendto", "ECONNRESET", "10")
        }),
        check("echo: reset on a receive", || {
            one_is_lost(&echo()?, "recvfrom", "ECONNRESET", "10")
        }),
    ];
    // poll(2) has no such call.
    if !cfg!(mio_unsupported_force_poll_poll) {
        checks.push(check("echo: ENOSPC on register", || {
            one_is_lost(&echo()?, "epoll_ctl", "ENOSPC", "5")
        }));
    }
    checks
}
