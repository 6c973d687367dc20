//! Faults of listeners: errors of accept, too few descriptors, too many clients.

use miocene_tests::checks::accepting::{CLIENTS, dead, lasting, passing};
use miocene_tests::checks::{addresses, cap, crowds, descriptors};
use miocene_tests::client::Client;
use miocene_tests::process::raise_descriptor_limit;
use miocene_tests::scale::either;
use miocene_tests::server::{PATIENCE, Server};
use miocene_tests::trouble::{Attacked, Trouble};

use crate::kind::Kind::{self, TcpListener, UnixListener};
use crate::scene::Scene;
use crate::table::{Cell, Row};

/// The errors of a connection that had failed before it was accepted.
const PEER: [&str; 10] = [
    "ECONNABORTED",
    "EPROTO",
    "EPERM",
    "ETIMEDOUT",
    "ENETDOWN",
    "ENETUNREACH",
    "EHOSTDOWN",
    "EHOSTUNREACH",
    "ENONET",
    "ENOPROTOOPT",
];

/// The system has run out of something.
const EXHAUSTED: [&str; 4] = ["EMFILE", "ENFILE", "ENOBUFS", "ENOMEM"];

const ACCEPTS_NOTHING: &str = "nothing is accepted from it";

/// The most of a processor that a listener may take while no accept succeeds.
const MOST_CPU: f64 = 0.05;

pub fn rows() -> Vec<Row> {
    let row = |fault, numbers, cell| Row {
        fault,
        numbers,
        cell,
    };
    vec![
        row("accept: error of a peer", "F4 A6", |kind| {
            of_listeners(kind, || either(&PEER[..2], &PEER), each_passes)
        }),
        row("accept: out of resources, once", "F2 F3 A6", |kind| {
            of_listeners(kind, || either(&EXHAUSTED[..1], &EXHAUSTED), each_passes)
        }),
        row("accept: an error for a second", "F2-F5 A6", |kind| {
            let all = || match either(true, false) {
                true => vec!["EMFILE"],
                false => PEER.iter().chain(&EXHAUSTED).copied().collect(),
            };
            of_listeners(kind, all, each_lasts)
        }),
        row("accept: the listener is dead", "F5", |kind| {
            listener(kind, |kind| dead(&kind.guide()?))
        }),
        row("accept: no descriptors for 1 s", "F2", |kind| {
            listener(kind, |kind| descriptors::shortage(&kind.guide()?))
        }),
        row("limit 64, 500 clients", "F2 A19", |kind| match kind {
            TcpListener | UnixListener => Cell::of(move || descriptors::too_few(&kind.echo()?)),
            _ => Cell::NotApplicable(NO_DESCRIPTOR),
        }),
        row("1,000 wait behind one event", "F1 F6", waiting),
        row("cap 100, 150 clients", "F10", |kind| match kind {
            TcpListener | UnixListener => {
                Cell::of(move || cap::half_as_many_again(&kind.server("few")?))
            }
            Kind::TcpStream | Kind::UnixStream => {
                Cell::long(move || cap::places_are_free_again(&kind.server("few")?))
            }
            _ => Cell::NotApplicable(ACCEPTS_NOTHING),
        }),
        row("two listeners, one place", "F8", |kind| match kind {
            TcpListener | UnixListener => Cell::of(move || {
                let single = cap::take_turns(&kind.server("turns")?)?;
                let members = cap::take_turns(&kind.server("turns of a family")?)?;
                Ok(format!("{single}, members of a family {members}"))
            }),
            _ => Cell::NotApplicable(ACCEPTS_NOTHING),
        }),
        row(
            "address in use, or left behind",
            "F12 F48",
            |kind| match kind {
                TcpListener => Cell::of(move || done(addresses::port_in_use(&kind.guide()?))),
                UnixListener => Cell::of(move || {
                    addresses::port_in_use(&kind.guide()?)?;
                    done(left_behind(kind))
                }),
                _ => Cell::NotApplicable("it is not listened on"),
            },
        ),
    ]
}

const NO_DESCRIPTOR: &str = "it takes no further descriptor";

/// Nothing was measured.
pub fn done(outcome: Attacked) -> Attacked<String> {
    outcome.map(|()| String::new())
}

fn listener(kind: Kind, check: fn(Kind) -> Attacked) -> Cell {
    match kind {
        TcpListener | UnixListener => Cell::of(move || done(check(kind))),
        _ => Cell::NotApplicable(ACCEPTS_NOTHING),
    }
}

fn of_listeners<E: AsRef<[&'static str]> + 'static>(
    kind: Kind,
    errors: fn() -> E,
    check: fn(Kind, &[&str]) -> Attacked<String>,
) -> Cell {
    match kind {
        TcpListener | UnixListener => Cell::of(move || check(kind, errors().as_ref())),
        _ => Cell::NotApplicable(ACCEPTS_NOTHING),
    }
}

fn each_passes(kind: Kind, errors: &[&str]) -> Attacked<String> {
    let guide = kind.guide()?;
    for error in errors {
        let naming = |trouble: Trouble| trouble.with(error);
        passing(&guide, error, "3", 1).map_err(naming)?;
        passing(&guide, error, "3..6", 4).map_err(naming)?;
    }
    Ok(format!(
        "{} errors x {CLIENTS} clients, 0 stalled",
        errors.len()
    ))
}

fn each_lasts(kind: Kind, errors: &[&str]) -> Attacked<String> {
    let guide = kind.guide()?;
    let mut most: f64 = 0.0;
    for error in errors {
        let share = lasting(&guide, error).map_err(|trouble| trouble.with(error))?;
        most = most.max(share);
    }
    let seen = format!(
        "{} errors x {CLIENTS} clients, 0 stalled, at most {:.1} % CPU",
        errors.len(),
        most * 100.0
    );
    match most > MOST_CPU {
        true => Err(Trouble::broke(seen)),
        false => Ok(seen),
    }
}

/// What came while the server was stopped is one event to it.
fn waiting(kind: Kind) -> Cell {
    match kind {
        TcpListener | UnixListener => Cell::of(move || {
            raise_descriptor_limit()?;
            done(crowds::many_while_stopped(&kind.guide()?))
        }),
        Kind::TcpStream | Kind::UnixStream => Cell::of(move || {
            let mut scene = Scene::start(kind)?;
            let mut client = scene.served_client()?;
            scene.server.stop()?;
            let lines: String = (0..1_000).map(|number| format!("{number}\n")).collect();
            client.say(&lines)?;
            scene.server.resume()?;
            for number in 0..1_000 {
                client.hears(&number.to_string())?;
            }
            done(scene.others_are_served())
        }),
        Kind::Pipe => Cell::of(move || {
            let mut scene = Scene::start(kind)?;
            scene.others_are_served()?;
            scene.server.stop()?;
            scene.write("#\n".repeat(1_000).as_bytes())?;
            scene.server.resume()?;
            scene.write(b"?\n")?;
            scene.prints("counted 1000")?;
            done(scene.others_are_served())
        }),
        _ => Cell::of(move || {
            const ALL: usize = 100;
            let mut scene = Scene::start(kind)?;
            scene.others_are_served()?;
            let socket = scene.datagrams()?;
            scene.server.stop()?;
            for number in 0..ALL {
                socket.send(&[number as u8])?;
            }
            scene.server.resume()?;
            for number in 0..ALL {
                let mut buffer = [0; 2];
                if (socket.recv(&mut buffer)?, buffer[0]) != (1, number as u8) {
                    return Err(Trouble::broke(format!("datagram {number} is another one")));
                }
            }
            Ok(format!(
                "{ALL} datagrams, since its socket has no room for 1,000"
            ))
        }),
    }
}

/// A server that was killed has left its path behind, which the next one takes.
fn left_behind(kind: Kind) -> Attacked {
    let guide = kind.guide()?;
    let mut first = Server::start(&guide)?;
    let place = first.place();
    let Some(path) = place.as_pathname() else {
        return Err(Trouble::broke("it has no path"));
    };
    let address = format!("unix:{}", path.display());
    first.kill()?;
    let mut second = Server::start_at(&guide, &address)?;
    second.listens()?;
    let client = Client::connect(&second.place(), 0)?;
    second.wait_for(PATIENCE, |server| server.greeted().len() == 1)?;
    drop(client);
    // They have the same directory.
    drop(first);
    Ok(())
}
