//! Faults of the loop itself: what cannot be registered, panics, stops.

use std::net::UdpSocket;
use std::time::Duration;

use miocene_tests::checks::failures;
use miocene_tests::crowd::Crowd;
use miocene_tests::scale::either;
use miocene_tests::server::PATIENCE;
use miocene_tests::trace::{Faults, Trace, WAIT};
use miocene_tests::trouble::{Attacked, Trouble};

use crate::accepting::done;
use crate::everything::SOON;
use crate::kind::Kind::{self, Pipe, TcpListener, TcpStream, UnixListener, UnixStream};
use crate::pieces::takes;
use crate::scene::{Scene, new_pipe, reports};
use crate::table::{Cell, Row};

const SAME_POLL: &str = "the poll is the same for all: tried with the TCP listener";

pub fn rows() -> Vec<Row> {
    let row = |fault, numbers, cell| Row {
        fault,
        numbers,
        cell,
    };
    vec![
        row("registration refused", "F9 F44", |kind| {
            match cfg!(mio_unsupported_force_poll_poll) {
                true => Cell::NotApplicable("poll(2) registers nothing with the system"),
                false => Cell::of(move || refused(kind)),
            }
        }),
        row("no poll, or it fails", "F44", |kind| match kind {
            TcpListener => Cell::of(|| done(no_poll())),
            _ => Cell::NotApplicable(SAME_POLL),
        }),
        row("handler panics", "F41", |kind| {
            Cell::of(move || panics(kind))
        }),
        row(
            "stop with something pending",
            "F43 A16",
            |kind| match kind {
                TcpStream | UnixStream => Cell::of(move || pending(kind)),
                TcpListener | UnixListener => Cell::of(move || done(waiting(kind))),
                _ => Cell::NotApplicable(
                    "nothing of it is in flight: what was not yielded is still there",
                ),
            },
        ),
    ]
}

const REFUSALS: [(&str, &str); 2] = [
    ("ENOSPC", "No space left on device"),
    ("ENOMEM", "Cannot allocate memory"),
];

/// A single source's is the end, with a report; a member's is its own.
fn refused(kind: Kind) -> Attacked<String> {
    let single = match kind {
        TcpStream | UnixStream => {
            let echo = kind.echo()?;
            for (error, _) in REFUSALS {
                failures::one_is_lost(&echo, "epoll_ctl", error, "5")?;
            }
            return Ok("1 of 50 lost by each of 2 errors".to_owned());
        }
        TcpListener | UnixListener => kind.guide()?,
        Pipe => kind.server("pipe")?,
        _ => kind.server("udp")?,
    };
    for (error, text) in REFUSALS {
        let (_pipe, input) = new_pipe()?;
        let faults = Faults { error, when: "1" };
        let (mut server, _trace) = Trace::launch(&single, "epoll_ctl", Some(faults), input)?;
        reports(&mut server, text)?;
        reports(&mut server, "self.")?;
    }
    Ok("reported, with the field".to_owned())
}

fn no_poll() -> Attacked {
    let guide = Kind::TcpListener.guide()?;
    let mut faults = vec![(WAIT, "EBADF", "3", "Bad file descriptor")];
    if !cfg!(mio_unsupported_force_poll_poll) {
        faults.extend([
            ("epoll_create1", "EMFILE", "1", "Too many open files"),
            ("epoll_create1", "ENOMEM", "1", "Cannot allocate memory"),
        ]);
    }
    for (call, error, when, text) in faults {
        let faults = Faults { error, when };
        let (_pipe, input) = new_pipe()?;
        let (mut server, _trace) = Trace::launch(&guide, call, Some(faults), input)?;
        if call == WAIT {
            // Each client takes a poll.
            server.listens()?;
            while !server.has_ended() {
                let mut client = Crowd::connect(server.place(), 1)?;
                let _ = client.is_dropped(&mut server, PATIENCE);
            }
        }
        reports(&mut server, text)?;
    }
    Ok(())
}

/// A member's is its own; through that of a single source `run` unwinds, and
/// everybody is told.
fn panics(kind: Kind) -> Attacked<String> {
    const ALL: usize = 100;
    const EACH: usize = 10;
    let mut scene = Scene::start(kind)?;
    let mut clients = Vec::new();
    for _ in 0..ALL {
        clients.push(scene.served_client()?);
    }
    match kind {
        TcpStream | UnixStream => {
            for panicking in clients.iter().step_by(EACH) {
                panicking.say("panic\n")?;
            }
            for (number, client) in clients.iter_mut().enumerate() {
                match number % EACH {
                    0 => client.hears_the_end()?,
                    _ => {
                        client.say(&format!("still {number}\n"))?;
                        client.hears(&format!("still {number}"))?;
                    }
                }
            }
            drop(clients);
            scene.others_are_served()?;
            scene.stops()?;
            return match scene.counts() {
                Some((_, panicked)) if panicked == ALL / EACH => {
                    Ok(format!("{panicked} of {ALL} panicked, the others exact"))
                }
                counts => Err(Trouble::broke(format!("cut and panicked: {counts:?}"))),
            };
        }
        TcpListener | UnixListener => {
            clients[0].say("panic at accept\n")?;
            clients[0].hears("panic at accept")?;
            scene.client()?;
        }
        Pipe => scene.write(b"panic\n")?,
        _ => {
            let socket: UdpSocket = scene.datagrams()?;
            socket.send(b"panic")?;
        }
    }
    for client in &mut clients {
        client.hears_the_end()?;
    }
    scene.server.gives_up(PATIENCE)?;
    scene.left_nothing()?;
    let complaint = scene.server.complaint();
    match complaint.contains("went through `run`: as it was asked to") {
        true => Ok(format!("`run` unwinds, all {ALL} members told")),
        false => Err(Trouble::broke(complaint)),
    }
}

/// All who read get all of it. Those who do not are cut at the end of the grace.
fn pending(kind: Kind) -> Attacked<String> {
    const SIZE: usize = 1 << 20;
    const SILENT: usize = 3;
    let readers = either(10, 1_000);
    let mut scene = Scene::start(kind)?;
    let mut clients = Vec::new();
    for _ in 0..readers {
        let client = scene.served_client()?;
        client.say(&format!("big {SIZE}\n"))?;
        clients.push(client);
    }
    scene.others_are_served()?;
    scene.client()?.say("stop\n")?;
    for client in &mut clients {
        takes(client, SIZE)?;
        client.hears_the_end()?;
    }
    let took = scene.server.ends(PATIENCE)?;
    scene.left_nothing()?;
    if scene.counts() != Some((0, 0)) {
        return Err(Trouble::broke(format!(
            "cut and panicked: {:?}",
            scene.counts()
        )));
    }

    let mut scene = Scene::start(kind)?;
    let mut silent = Vec::new();
    for _ in 0..SILENT {
        let client = scene.served_client()?;
        client.say(&format!("big {}\n", 16 * SIZE))?;
        silent.push(client);
    }
    scene.others_are_served()?;
    scene.client()?.say("stop soon\n")?;
    let later = scene.server.ends(PATIENCE)?;
    scene.left_nothing()?;
    if later > SOON + Duration::from_secs(1) {
        return Err(Trouble::broke(format!("it stops after {later:.1?}")));
    }
    match scene.counts() {
        Some((SILENT, 0)) => Ok(format!(
            "{readers} x 1 MiB exact, the end {took:.1?} later; {SILENT} who do not read cut \
             after {later:.1?}"
        )),
        counts => Err(Trouble::broke(format!("cut and panicked: {counts:?}"))),
    }
}

/// Clients that nobody has accepted see an end, too.
fn waiting(kind: Kind) -> Attacked {
    let mut scene = Scene::start(kind)?;
    let stopping = scene.served_client()?;
    scene.server.stop()?;
    stopping.say("stop\n")?;
    let mut crowd = Crowd::connect(scene.server.place(), 50)?;
    scene.server.resume()?;
    scene.server.ends(PATIENCE)?;
    scene.left_nothing()?;
    crowd.is_gone()
}
