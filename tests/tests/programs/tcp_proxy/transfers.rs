//! Much goes through it, and little stays.

use std::io::{BufRead, BufReader, Write};
use std::net::{Shutdown, TcpStream};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use miocene_tests::scale::either;
use miocene_tests::server::{PATIENCE, Server};
use miocene_tests::trouble::{Attacked, Trouble};

use super::content::Content;
use super::{Upstream, joined, start};

const GIB: usize = 1 << 30;
const MIB: usize = 1 << 20;

/// The most memory that a proxy may have, in KiB.
const MOST_RESIDENT: u64 = 16 * 1024;

/// Each end sends while it reads what the other sends.
pub fn both_ways() -> Attacked<String> {
    let there = Arc::new(Content::new(0, GIB));
    let back = Arc::new(Content::new(1, GIB));
    let upstream = Upstream::start({
        let (there, back) = (Arc::clone(&there), Arc::clone(&back));
        move |stream| exchange(&stream, &back, &there)
    })?;
    let mut proxy = start(upstream.address)?;

    let begin = Instant::now();
    let stream = TcpStream::connect(proxy.address())?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let client = thread::spawn(move || exchange(&stream, &there, &back));
    let peak = peak_until(&mut proxy, || client.is_finished() && upstream.has_done())?;
    let took = begin.elapsed();
    joined(client)?;
    upstream.done()?;
    proxy.runs()?;
    let rate = 2.0 * GIB as f64 / MIB as f64 / took.as_secs_f64();
    is_small(peak, format!("{rate:.0} MiB/s, {peak} KiB"))
}

/// Sends and ends its direction, and at the same time reads to the end.
fn exchange(stream: &TcpStream, sends: &Content, reads: &Content) -> Attacked {
    thread::scope(|scope| {
        let sender = scope.spawn(|| {
            sends.send(stream, |_| {})?;
            stream.shutdown(Shutdown::Write)
        });
        reads.comes(stream)?;
        let sent = sender.join();
        Ok(sent.map_err(|_| Trouble::broke("the sender panicked"))??)
    })
}

/// The upstream has far more than what curl takes in the time, and gives it as fast
/// as it is taken.
pub fn slow_reader() -> Attacked<String> {
    let enough = either(16 * MIB, 256 * MIB);
    let content = Arc::new(Content::new(0, GIB));
    let given = Arc::new(AtomicUsize::new(0));
    let upstream = Upstream::start({
        let (content, given) = (Arc::clone(&content), Arc::clone(&given));
        move |stream| {
            answer(&stream, &content, &given);
            Ok(())
        }
    })?;
    let mut proxy = start(upstream.address)?;

    let mut curl = Command::new("curl")
        .args(["--silent", "--limit-rate", "4M"])
        .arg(format!("http://{}/", proxy.address()))
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| Trouble::tool("curl", &error))?;
    let output = curl.stdout.take().expect("it is piped");
    let reader = thread::spawn(move || content.begins(output, enough));
    let peak = peak_until(&mut proxy, || reader.is_finished())?;
    // Not of interest: it may have ended by itself.
    let _ = curl.kill();
    let _ = curl.wait();
    let read = joined(reader)?;
    let given = given.load(Ordering::Relaxed);
    // The upstream learns that nobody reads any more.
    upstream.done()?;
    proxy.runs()?;
    let seen = format!(
        "{peak} KiB, {} MiB given and {} read",
        given / MIB,
        read / MIB
    );
    match read >= enough && given < GIB {
        true => is_small(peak, seen),
        false => Err(Trouble::broke(seen)),
    }
}

/// The answer to one request, until nobody takes it any more.
fn answer(stream: &TcpStream, content: &Content, given: &AtomicUsize) {
    let request = BufReader::new(stream).lines();
    let is_header = |line: &String| !line.is_empty();
    request
        .map_while(Result::ok)
        .take_while(is_header)
        .for_each(drop);
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        content.length()
    );
    let mut stream = stream;
    let answered = stream.write_all(head.as_bytes());
    // The client is to leave before it has all.
    let _ =
        answered.and_then(|()| content.send(stream, |sent| given.store(sent, Ordering::Relaxed)));
}

/// The most memory that the proxy has until it is so, in KiB.
fn peak_until(proxy: &mut Server, mut is_so: impl FnMut() -> bool) -> Attacked<u64> {
    const LONG: Duration = Duration::from_secs(300);
    let mut peak = 0;
    proxy.wait_for(LONG, |proxy| {
        peak = peak.max(proxy.process().resident().unwrap_or(0));
        is_so()
    })?;
    Ok(peak)
}

fn is_small(peak: u64, seen: String) -> Attacked<String> {
    match peak <= MOST_RESIDENT {
        true => Ok(seen),
        false => Err(Trouble::broke(seen)),
    }
}
