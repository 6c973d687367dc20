//! Faults of what is read and written: pieces, breaks, ends, peers that do not read.

use std::io::Read;
use std::net::Shutdown;
use std::time::Duration;

use miocene_tests::checks::{crowds, failures, fairness, limits, urgent};
use miocene_tests::crowd::Crowd;
use miocene_tests::oracle;
use miocene_tests::scale::either;
use miocene_tests::server::{PATIENCE, Server};
use miocene_tests::trace::Faults;
use miocene_tests::trouble::{Attacked, Trouble};

use crate::accepting::done;
use crate::datagrams::datagrams_fail;
use crate::kind::Kind::{self, Pipe, Raw, TcpListener, TcpStream, UnixListener, UnixStream};
use crate::pieces::{byte_by_byte, reads_at_rest, short_writes, takes};
use crate::scene::Scene;
use crate::table::{Cell, Row};

const NO_BYTES: &str = "connections come from it, no bytes";
const WHOLE: &str = "a datagram is read and written whole";
const ONLY_READ: &str = "it is only read";
const NO_PEER_TO_BREAK: &str = "there is no connection that could break";
const WOKEN_BY_READS: &str = "mio's poll(2) reads, too, and its reads would fail";
const NO_DEADLINE: &str = "a single source has no deadline";

pub fn rows() -> Vec<Row> {
    let row = |fault, numbers, cell| Row {
        fault,
        numbers,
        cell,
    };
    vec![
        row("short reads: byte by byte", "F17", |kind| match kind {
            TcpStream | UnixStream | Pipe => Cell::of(move || done(byte_by_byte(kind))),
            Raw => Cell::NotApplicable(WHOLE),
            _ => Cell::NotApplicable(NO_BYTES),
        }),
        row("short writes, then silence", "F20 F21", |kind| match kind {
            TcpStream | UnixStream => Cell::of(move || short_writes(kind)),
            other => Cell::NotApplicable(unwritten(other)),
        }),
        row("reset midway", "F22", reset),
        row("failed by an errno", "F22 F45", errno),
        row("half-close", "F23", half_close),
        row("closed with unread input", "F24", |kind| match kind {
            TcpStream | UnixStream => {
                Cell::of(move || limits::endless_line(&kind.server("patient")?, true))
            }
            other => Cell::NotApplicable(unwritten(other)),
        }),
        row("no memory to send", "F25 F47", no_memory),
        row("never read", "F26 F28 A10", |kind| match kind {
            TcpStream | UnixStream => {
                Cell::long(move || fairness::pushers(&kind.echo()?, either(100, 1_000)))
            }
            other => Cell::NotApplicable(unwritten(other)),
        }),
        row(
            "slow and endless messages",
            "F36 F37 A12",
            |kind| match kind {
                TcpStream | UnixStream => {
                    Cell::of(move || limits::slow_senders(&kind.server("short")?))
                }
                Pipe | Raw => Cell::NotApplicable(NO_DEADLINE),
                _ => Cell::NotApplicable(NO_BYTES),
            },
        ),
        row("frame too long, odd datagrams", "F27 F46", too_long),
        row("urgent data", "F17", |kind| match kind {
            TcpStream | UnixStream => Cell::of(move || urgent::splits_reads(&kind.echo()?)),
            _ => Cell::NotApplicable("it knows no urgent data"),
        }),
    ]
}

fn unwritten(kind: Kind) -> &'static str {
    match kind {
        Pipe => ONLY_READ,
        Raw => WHOLE,
        _ => NO_BYTES,
    }
}

fn reset(kind: Kind) -> Cell {
    match kind {
        TcpListener | UnixListener => Cell::of(move || {
            crowds::reset_before_accept(&kind.guide()?)?;
            done(crowds::reset_after_accept(&kind.guide()?))
        }),
        TcpStream | UnixStream => Cell::of(move || reset_streams(kind)),
        _ => Cell::NotApplicable(NO_PEER_TO_BREAK),
    }
}

/// Each second client breaks off with something unread; the others get all of it.
fn reset_streams(kind: Kind) -> Attacked<String> {
    const SIZE: usize = 300_000;
    let all = either(20, 100);
    let mut scene = Scene::start(kind)?;
    let mut clients = Vec::new();
    for _ in 0..all {
        let client = scene.client()?;
        client.say(&format!("big {SIZE}\n"))?;
        clients.push(client);
    }
    let (mut exact, mut number) = (0, 0);
    for mut client in clients {
        number += 1;
        if number % 2 == 0 {
            client.stream().set_linger(Some(Duration::ZERO))?;
            takes(&mut client, 1_000)?;
        } else {
            takes(&mut client, SIZE)?;
            exact += 1;
        }
    }
    scene.others_are_served()?;
    scene.stops()?;
    Ok(format!("{exact} of {all} exact, the others reset"))
}

fn errno(kind: Kind) -> Cell {
    match kind {
        TcpStream | UnixStream => Cell::of(move || {
            let echo = kind.echo()?;
            for (call, error) in [
                ("recvfrom", "ECONNRESET"),
                ("recvfrom", "ETIMEDOUT"),
                ("sendto", "EPIPE"),
                ("sendto", "ECONNRESET"),
            ] {
                let outcome = failures::one_is_lost(&echo, call, error, "10");
                outcome.map_err(|trouble| trouble.with(error))?;
            }
            Ok("1 of 50 lost by each of 4 errors".to_owned())
        }),
        Pipe if cfg!(mio_unsupported_force_poll_poll) => Cell::NotApplicable(WOKEN_BY_READS),
        Pipe => Cell::of(move || {
            let before = reads_at_rest(kind)?;
            let when = (before + 1).to_string();
            let faults = Faults {
                error: "EIO",
                when: &when,
            };
            let (mut scene, _trace) = Scene::launch(kind, "read", Some(faults))?;
            scene.server.listens()?;
            scene.write(b"line\n")?;
            scene.prints("pipe ended: Input/output error (os error 5)")?;
            scene.close_pipe();
            scene.others_are_served()?;
            done(scene.stops())
        }),
        Raw => Cell::of(move || datagrams_fail(kind, "recvfrom", &["ECONNREFUSED"], false)),
        _ => Cell::NotApplicable("the errors of accept have rows of their own"),
    }
}

fn half_close(kind: Kind) -> Cell {
    match kind {
        TcpListener | UnixListener => Cell::of(move || {
            let mut server = Server::start(&kind.guide()?)?;
            let mut crowd = Crowd::park_and(&mut server, 50, Crowd::end_writing)?;
            done(crowd.is_served(&mut server, PATIENCE))
        }),
        TcpStream | UnixStream => Cell::of(move || {
            const SIZE: usize = 500_000;
            let mut scene = Scene::start(kind)?;
            for _ in 0..either(5, 20) {
                let client = scene.client()?;
                client.say(&format!("one\nbig {SIZE}\ntwo"))?;
                client.stream().shutdown(Shutdown::Write)?;
                let mut heard = Vec::new();
                client.stream().read_to_end(&mut heard)?;
                let (head, rest) = heard.split_at(heard.len().min(4));
                let (bytes, tail) = rest.split_at(rest.len().min(SIZE));
                let is_exact = oracle::first_wrong(0, 0, bytes).is_none();
                if (head, bytes.len(), is_exact, tail) != (b"one\n", SIZE, true, b"two\n") {
                    return Err(Trouble::broke(format!("{} bytes", heard.len())));
                }
            }
            scene.others_are_served()?;
            done(scene.stops())
        }),
        Pipe => Cell::of(move || {
            let mut scene = Scene::start(kind)?;
            scene.write(b"one\ntwo")?;
            scene.close_pipe();
            for line in ["pipe: one", "pipe: two", "pipe ended: end of file"] {
                scene.prints(line)?;
            }
            scene.others_are_served()?;
            done(scene.stops())
        }),
        _ => Cell::NotApplicable(NO_PEER_TO_BREAK),
    }
}

fn no_memory(kind: Kind) -> Cell {
    match kind {
        TcpStream | UnixStream => Cell::of(move || {
            let echo = kind.echo()?;
            let buffers = failures::nothing_is_lost(&echo, "sendto", "ENOBUFS", "3+7")?;
            let memory = failures::nothing_is_lost(&echo, "sendto", "ENOMEM", "3+7")?;
            Ok(format!("{buffers}, {memory}, nothing lost"))
        }),
        Raw => Cell::of(move || {
            const ERRORS: [&str; 4] = ["ENOBUFS", "ENOMEM", "EPERM", "EMSGSIZE"];
            datagrams_fail(kind, "sendto", either(&ERRORS[..1], &ERRORS), true)
        }),
        other => Cell::NotApplicable(unwritten(other)),
    }
}

fn too_long(kind: Kind) -> Cell {
    match kind {
        TcpStream | UnixStream => {
            Cell::of(move || limits::endless_line(&kind.server("short")?, false))
        }
        Pipe => Cell::of(move || {
            let mut scene = Scene::start(kind)?;
            scene.others_are_served()?;
            let before = scene.server.process().resident()?;
            scene.fill_pipe_until("pipe ended: ")?;
            let grown = scene.server.process().resident()?.saturating_sub(before);
            scene.close_pipe();
            scene.others_are_served()?;
            match grown > 1_024 {
                true => Err(Trouble::broke(format!("{grown} KiB more"))),
                false => Ok(format!("{grown} KiB more")),
            }
        }),
        Raw => Cell::of(move || {
            let mut scene = Scene::start(kind)?;
            let socket = scene.datagrams()?;
            for size in [0, 1, 65_507] {
                socket.send(&vec![7; size])?;
                let mut buffer = vec![0; 65_536];
                let count = socket.recv(&mut buffer)?;
                if count != size || buffer[..count].iter().any(|&byte| byte != 7) {
                    return Err(Trouble::broke(format!("{count} bytes of {size}")));
                }
            }
            done(scene.others_are_served())
        }),
        _ => Cell::NotApplicable(NO_BYTES),
    }
}
