//! Many clients, and those that take more than their share.

use std::net::UdpSocket;
use std::sync::atomic::Ordering;
use std::time::Duration;

use miocene_tests::checks::{fairness, flood, many};
use miocene_tests::client::{Client, connect, descriptors_at_rest};
use miocene_tests::process::raise_descriptor_limit;
use miocene_tests::scale::{either, judge_times};
use miocene_tests::server::Server;
use miocene_tests::trouble::{Attacked, Trouble};
use socket2::SockAddr;

use crate::kind::Kind::{self, Pipe, TcpListener, TcpStream, UnixListener, UnixStream};
use crate::scene::Scene;
use crate::table::{Cell, Row};

pub fn rows() -> Vec<Row> {
    let row = |fault, numbers, cell| Row {
        fault,
        numbers,
        cell,
    };
    vec![
        row(
            "a flood beside another client",
            "F7 F30 A9",
            |kind| match kind {
                TcpStream | UnixStream => Cell::of(move || fairness::flooder(&kind.echo()?)),
                _ => Cell::of(move || flooded(kind)),
            },
        ),
        row("10,000 at once, 1 % reset", "F22 A7", |kind| match kind {
            TcpStream | UnixStream => Cell::long(move || many::ten_thousand(&kind.echo()?)),
            _ => Cell::NotApplicable(MANY),
        }),
        row(
            "10,000 idle after they were busy",
            "A11",
            |kind| match kind {
                TcpStream | UnixStream => Cell::long(move || idle(kind)),
                _ => Cell::NotApplicable(MANY),
            },
        ),
    ]
}

const MANY: &str = "there are not many of it";

/// How long another client waits for its answer, in quiet and in a flood.
fn flooded(kind: Kind) -> Attacked<String> {
    const LONGEST: Duration = Duration::from_millis(5);
    let count = either(300, 5_000);
    let mut scene = Scene::start(kind)?;
    let mut client = scene.served_client()?;
    ping_times(&mut client, count)?;
    let best = flood::rounds(|loud| match loud {
        false => Ok((ping_times(&mut client, count)?, 0)),
        true => ping_times_in_flood(kind, &mut scene, &mut client, count),
    })?;
    scene.others_are_served()?;
    let seen = format!(
        "{:.1} times ({}), {} items of flood",
        best.ratio, best.seen, best.flooded
    );
    judge_times(seen, best.loud > LONGEST)
}

fn ping_times(client: &mut Client, count: usize) -> Attacked<Vec<Duration>> {
    flood::each(count, || {
        client.say("ping\n")?;
        client.hears("ping")
    })
}

fn ping_times_in_flood(
    kind: Kind,
    scene: &mut Scene,
    client: &mut Client,
    count: usize,
) -> Attacked<(Vec<Duration>, u64)> {
    let place = scene.server.place();
    let socket = scene.datagrams()?;
    let ping = || ping_times(client, count);
    flood::beside(100, ping, |enough, flooded| {
        while !enough.load(Ordering::Relaxed) {
            let items = match kind {
                TcpListener | UnixListener => come_and_go(&place)?,
                Pipe => {
                    scene.write("#\n".repeat(2_000).as_bytes())?;
                    2_000
                }
                _ => shower(&socket),
            };
            flooded.fetch_add(items, Ordering::Relaxed);
        }
        Ok(())
    })
}

/// Connects and breaks off, so that no port is left waiting.
fn come_and_go(place: &SockAddr) -> Attacked<u64> {
    let stream = connect(place)?;
    stream.set_linger(Some(Duration::ZERO))?;
    Ok(1)
}

/// Nobody reads the answers.
fn shower(socket: &UdpSocket) -> u64 {
    // What there is no room for is lost, as datagrams are.
    (0..100).filter(|_| socket.send(&[7; 64]).is_ok()).count() as u64
}

/// What a client costs that has nothing to say any more.
fn idle(kind: Kind) -> Attacked<String> {
    const CLIENTS: usize = 10_000;
    const MOST: f64 = 4.0;
    let allowed = raise_descriptor_limit()?;
    if allowed < CLIENTS as u64 + 100 {
        return Err(Trouble::not_run(format!("only {allowed} descriptors")));
    }
    let server = Server::start(&kind.echo()?)?;
    descriptors_at_rest(&server)?;
    let before = server.process().resident()?;
    let mut clients = Vec::new();
    for number in 0..CLIENTS {
        let mut client = Client::connect(&server.place(), number)?;
        client.echoes(100)?;
        clients.push(client);
    }
    for client in &mut clients {
        client.echoes(2_000)?;
    }
    let grown = server.process().resident()?.saturating_sub(before);
    let each = grown as f64 / CLIENTS as f64;
    match each > MOST {
        true => Err(Trouble::broke(format!("{each:.2} KiB each"))),
        false => Ok(format!(
            "{each:.2} KiB each, with the pages of the allocator"
        )),
    }
}
