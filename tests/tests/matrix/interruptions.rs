//! Faults of the wait for events: signals, spurious events, races for one source.

use std::collections::BTreeSet;
use std::io::Write;
use std::net::{self, SocketAddr};
use std::os::fd::OwnedFd;
use std::os::unix;

use miocene_tests::checks::accepting::passing;
use miocene_tests::checks::{failures, interruptions, stopped};
use miocene_tests::scale::either;
use miocene_tests::server::{PATIENCE, Server};
use miocene_tests::trace::{Faults, WAIT};
use miocene_tests::trouble::{Attacked, Trouble};
use socket2::SockAddr;

use crate::accepting::done;
use crate::kind::Kind::{self, Pipe, TcpListener, TcpStream, UnixListener, UnixStream};
use crate::kind::datagrams_to;
use crate::pieces::reads_at_rest;
use crate::scene::{Scene, new_pipe};
use crate::table::{Cell, Row};

pub fn rows() -> Vec<Row> {
    let row = |fault, numbers, cell| Row {
        fault,
        numbers,
        cell,
    };
    vec![
        row("EINTR at polls", "F19", |kind| match kind {
            TcpListener | UnixListener => {
                Cell::of(move || done(interruptions::every_third_poll(&kind.guide()?)))
            }
            TcpStream | UnixStream => {
                Cell::of(move || failures::nothing_is_lost(&kind.echo()?, WAIT, "EINTR", "2+2"))
            }
            _ => Cell::of(move || nothing_of_it_is_lost(kind, WAIT, "3+3")),
        }),
        row("EINTR at input and output", "F19", |kind| match kind {
            TcpListener | UnixListener => Cell::of(move || {
                let guide = kind.guide()?;
                passing(&guide, "EINTR", "3", 1)?;
                done(passing(&guide, "EINTR", "3..6", 4))
            }),
            TcpStream | UnixStream => Cell::of(move || {
                let echo = kind.echo()?;
                let sent = failures::nothing_is_lost(&echo, "sendto", "EINTR", "2+2")?;
                let received = failures::nothing_is_lost(&echo, "recvfrom", "EINTR", "2+2")?;
                Ok(format!("{sent} at sends, {received} at receives"))
            }),
            Pipe => Cell::of(move || {
                let when = format!("{}+2", reads_at_rest(kind)? + 1);
                nothing_of_it_is_lost(kind, "read", &when)
            }),
            _ => Cell::of(move || nothing_of_it_is_lost(kind, "recvfrom", "1+2")),
        }),
        row("stopped and continued", "F35", |kind| match kind {
            TcpListener | UnixListener => {
                Cell::of(move || done(interruptions::stopped_and_continued(&kind.guide()?)))
            }
            TcpStream | UnixStream => Cell::of(move || stopped::data_waits(&kind.server("short")?)),
            _ => Cell::of(move || {
                let mut scene = Scene::start(kind)?;
                scene.others_are_served()?;
                for _ in 0..10 {
                    scene.server.stop()?;
                    scene.server.resume()?;
                    scene.others_are_served()?;
                }
                done(scene.stops())
            }),
        }),
        row("two processes, one source", "F18", |kind| {
            Cell::of(move || race(kind))
        }),
    ]
}

/// Fifty items, one after another, so that each takes a poll.
fn nothing_of_it_is_lost(kind: Kind, calls: &str, when: &str) -> Attacked<String> {
    let faults = Faults {
        error: "EINTR",
        when,
    };
    let (mut scene, trace) = Scene::launch(kind, calls, Some(faults))?;
    scene.server.listens()?;
    for _ in 0..50 {
        scene.others_are_served()?;
    }
    scene.stops()?;
    match trace.failed() {
        0..15 => Err(Trouble::broke(format!("only {} EINTR", trace.failed()))),
        failed => Ok(format!("{failed} EINTR")),
    }
}

/// Each event wakes both, and one of them finds that the other was faster.
fn race(kind: Kind) -> Attacked<String> {
    let count = either(50, 500);
    match kind {
        TcpListener => {
            let listener = net::TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0)))?;
            let place = listener.local_addr()?.into();
            race_for_clients(kind, listener.into(), &place, count)
        }
        UnixListener => {
            let name = format!("\0miocene-race-{}", std::process::id());
            let place = SockAddr::unix(name)?;
            let socket = socket2::Socket::new(place.domain(), socket2::Type::STREAM, None)?;
            socket.bind(&place)?;
            socket.listen(1_024)?;
            race_for_clients(kind, socket.into(), &place, count)
        }
        TcpStream => {
            let listener = net::TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0)))?;
            let ours = net::TcpStream::connect(listener.local_addr()?)?;
            ours.set_nodelay(true)?;
            race_for_lines(kind, listener.accept()?.0.into(), ours, count)
        }
        UnixStream => {
            let (ours, theirs) = unix::net::UnixStream::pair()?;
            race_for_lines(kind, theirs.into(), ours, count)
        }
        Pipe => {
            let (sender, receiver) = new_pipe()?;
            race_for_lines(kind, receiver, sender, count)
        }
        _ => race_for_datagrams(kind, count),
    }
}

fn two(kind: Kind, server: &'static str, source: OwnedFd) -> Attacked<[Server; 2]> {
    let program = kind.server(server)?;
    let (first, second) = (source.try_clone()?, source);
    Ok([
        Server::start_sharing(&program, first)?,
        Server::start_sharing(&program, second)?,
    ])
}

fn both_print(servers: &mut [Server; 2], start: &str, count: usize) -> Attacked<String> {
    let lines = |server: &Server| -> Vec<String> {
        let printed = server.printed();
        printed
            .into_iter()
            .filter(|it| it.starts_with(start))
            .collect()
    };
    let mut each = [0, 0];
    let [first, second] = servers;
    let all = first.wait_for(PATIENCE, |first| {
        each = [lines(first).len(), lines(second).len()];
        each.iter().sum::<usize>() >= count
    });
    second.runs()?;
    all.map_err(|trouble| trouble.with(&format!("{each:?} of {count}")))?;
    let once: BTreeSet<_> = lines(first).into_iter().chain(lines(second)).collect();
    match (each.iter().sum::<usize>(), once.len()) {
        (sum, different) if (sum, different) == (count, count) => {
            Ok(format!("{} and {} of {count}", each[0], each[1]))
        }
        (sum, different) => Err(Trouble::broke(format!(
            "{sum} items, {different} different ones, of {count}"
        ))),
    }
}

fn race_for_clients(
    kind: Kind,
    listener: OwnedFd,
    place: &SockAddr,
    count: usize,
) -> Attacked<String> {
    let mut servers = two(kind, "guide of stdin", listener)?;
    let mut crowd = miocene_tests::crowd::Crowd::default();
    for number in 0..count {
        crowd.join(place)?;
        let [first, second] = &mut servers;
        first
            .wait_for(PATIENCE, |first| {
                first.greeted().len() + second.greeted().len() > number
            })
            .map_err(|trouble| trouble.with(&format!("client {number} is not served")))?;
    }
    both_print(&mut servers, "Got a connection from: ", count)
}

fn race_for_lines(
    kind: Kind,
    source: OwnedFd,
    mut ours: impl Write,
    count: usize,
) -> Attacked<String> {
    let server = match kind {
        Pipe => "pipe",
        _ => "lines of stdin",
    };
    let mut servers = two(kind, server, source)?;
    for number in 0..count {
        ours.write_all(format!("{number}\n").as_bytes())?;
        let [first, second] = &mut servers;
        first
            .wait_for(PATIENCE, |first| {
                let lines = |server: &Server| {
                    let printed = server.printed();
                    printed.iter().filter(|it| it.starts_with("pipe: ")).count()
                };
                lines(first) + lines(second) > number
            })
            .map_err(|trouble| trouble.with(&format!("line {number} is not read")))?;
    }
    both_print(&mut servers, "pipe: ", count)
}

fn race_for_datagrams(kind: Kind, count: usize) -> Attacked<String> {
    let socket = net::UdpSocket::bind(SocketAddr::from(([127, 0, 0, 1], 0)))?;
    let address = socket.local_addr()?;
    let mut servers = two(kind, "udp of stdin", socket.into())?;
    let ours = datagrams_to(address)?;
    for number in 0..count {
        let sent = (number as u32).to_le_bytes();
        ours.send(&sent)?;
        let mut answer = [0; 8];
        let length = ours.recv(&mut answer)?;
        if answer[..length] != sent {
            return Err(Trouble::broke(format!("datagram {number} is another one")));
        }
    }
    for server in &mut servers {
        server.runs()?;
    }
    Ok(format!("{count} datagrams"))
}
