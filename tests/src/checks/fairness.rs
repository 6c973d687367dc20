//! Clients that take more than their share, and what others see of it.

use std::io::{Read, Write};
use std::os::fd::AsRawFd;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::program::Program;
use crate::server::{PATIENCE, Server};
use crate::trouble::{Attacked, Trouble};
use mio::unix::SourceFd;
use mio::{Events, Interest, Poll, Token};
use socket2::{SockAddr, Socket};

use crate::checks::flood;
use crate::client::{Client, connect_nonblocking, descriptors_at_rest};
use crate::scale::{either, judge_times, seconds};

/// What one who does not read may cost in an echo, in KiB: above 256 nothing more
/// is read from it, of which one read may bring 64. The rest is for whoever
/// allocates.
const EACH: u64 = 256 + 64 + 64;

/// Clients that send and never read: what they cost is bounded, and others are
/// served.
pub fn pushers(echo: &Program, count: usize) -> Attacked<String> {
    let mut server = Server::start(echo)?;
    let place = server.place();
    let process = server.process();
    let descriptors = descriptors_at_rest(&server)?;
    let before = process.resident()?;
    let connect = |_| connect_nonblocking(&place);
    let mut pushing: Vec<Socket> = (0..count).map(connect).collect::<Result<_, _>>()?;
    let (enough, mut pushed, mut peak) = (AtomicBool::new(false), 0, 0);
    let rounds = thread::scope(|scope| {
        let others = [1, 2, 3].map(|number| {
            let (place, enough) = (&place, &enough);
            scope.spawn(move || echo_until(place, number, enough))
        });
        let end = Instant::now() + seconds(2, 10);
        while Instant::now() < end {
            pushing.iter_mut().for_each(|stream| pushed += push(stream));
            peak = peak.max(process.resident().unwrap_or(0));
            thread::sleep(Duration::from_millis(1));
        }
        enough.store(true, Ordering::Relaxed);
        let rounds = others.map(|other| other.join().expect("it does not panic"));
        rounds.into_iter().sum::<Attacked<usize>>()
    })?;
    let grown = peak.saturating_sub(before);
    if grown > EACH * count as u64 {
        return Err(Trouble::broke(format!("{grown} KiB")));
    }
    if process.descriptors()? < descriptors + count {
        return Err(Trouble::broke("some were closed"));
    }
    drop(pushing);
    server.wait_for(PATIENCE, |_| {
        process
            .descriptors()
            .is_ok_and(|count| count == descriptors)
    })?;
    let after = process.resident()?.saturating_sub(before);
    Ok(format!(
        "{} MB pushed, {} MiB at the most, {after} KiB after, {rounds} echoes of others",
        pushed / 1_000_000,
        grown / 1024
    ))
}

/// Sends all that is taken; how much that was.
fn push(stream: &mut Socket) -> usize {
    let mut sent = 0;
    while let Ok(count) = stream.write(&[b'x'; 65_536]) {
        sent += count;
    }
    sent
}

/// An ordinary client, byte for byte. How often it was answered.
fn echo_until(place: &SockAddr, number: usize, enough: &AtomicBool) -> Attacked<usize> {
    let mut client = Client::connect(place, number)?;
    let mut rounds = 0;
    while !enough.load(Ordering::Relaxed) {
        client.echoes(1_000)?;
        rounds += 1;
    }
    match rounds {
        0 => Err(Trouble::broke("no echo")),
        _ => Ok(rounds),
    }
}

/// The ratio is a figure of the machine, too: whether the client gets a processor
/// when its answer is there. So only the long run judges it, by the best round of
/// each kind; with a server that lets others wait, none is good.
pub fn flooder(echo: &Program) -> Attacked<String> {
    const MOST: f64 = 20.0;
    let mut server = Server::start(echo)?;
    let mut client = Client::connect(&server.place(), 0)?;
    let count = either(1_000, 10_000);
    let mut echoes = || flood::each(count, || client.echoes(64));
    // The first ones are slower.
    echoes()?;
    let place = server.place();
    let best = flood::rounds(|loud| match loud {
        false => Ok((echoes()?, 0)),
        true => flood::beside(1_000_000, &mut echoes, |enough, count| {
            send_and_read(&place, enough, count)
        }),
    })?;
    server.runs()?;
    let megabytes = best.flooded / 1_000_000;
    let seen = format!(
        "{:.1} times ({}), {megabytes} MB of flood",
        best.ratio, best.seen
    );
    judge_times(seen, best.ratio > MOST)
}

/// Sends and reads as much as it can, and sleeps when it can do neither.
fn send_and_read(place: &SockAddr, enough: &AtomicBool, count: &AtomicU64) -> Attacked {
    let mut stream = connect_nonblocking(place)?;
    let descriptor = stream.as_raw_fd();
    let mut poll = Poll::new()?;
    let both = Interest::READABLE | Interest::WRITABLE;
    let mut source = SourceFd(&descriptor);
    poll.registry().register(&mut source, Token(0), both)?;
    let (mut events, mut buffer) = (Events::with_capacity(8), [b'x'; 65_536]);
    while !enough.load(Ordering::Relaxed) {
        poll.poll(&mut events, Some(Duration::from_millis(100)))?;
        while stream.write(&buffer).is_ok() {}
        while let Ok(more @ 1..) = stream.read(&mut buffer) {
            count.fetch_add(more as u64, Ordering::Relaxed);
            while stream.write(&buffer).is_ok() {}
        }
    }
    Ok(())
}
