//! Clients that take their time, and one whose line has no end.

use std::io::{ErrorKind, Read, Write};
use std::net::Shutdown;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::server::{PATIENCE, Server};
use crate::trouble::{Attacked, Trouble};

use socket2::Socket;

use crate::client::{Client, connect, connect_nonblocking, descriptors_at_rest};
use crate::program::Program;
use crate::scale::{either, judge_times};

/// How long a message may take at a server of these checks, and a client be idle.
pub const SHORT: Duration = Duration::from_secs(1);

const TOO_SLOW: &str = "goodbye: a message was not completed in time\n";
const TOO_LONG: &str = "goodbye: a frame was longer than the limit\n";

/// Clients that begin a line and do not end it: they are told, and others are
/// served meanwhile.
pub fn slow_senders(short: &Program) -> Attacked<String> {
    let mut server = Server::start(short)?;
    let before = descriptors_at_rest(&server)?;
    let mut slow = Vec::new();
    for number in 0..either(500, 5_000) {
        slow.push(Slow::connect(&server)?);
        // Nobody is to be idle before all are there.
        if number % 50 == 0 {
            slow.iter_mut().for_each(Slow::trickle);
        }
    }
    let healthy = Client::connect(&server.place(), 0)?;
    let all_gone = AtomicBool::new(false);
    let (outcome, answers) = thread::scope(|scope| {
        let answers = scope.spawn(|| ask_until(healthy, &all_gone));
        let outcome = server.wait_for(PATIENCE + SHORT, |_| {
            slow.iter_mut().for_each(Slow::trickle);
            slow.iter().all(|slow| slow.is_gone)
        });
        all_gone.store(true, Ordering::Relaxed);
        (outcome, answers.join().expect("it does not panic"))
    });
    let left = slow.iter().filter(|slow| !slow.is_gone).count();
    outcome.map_err(|trouble| trouble.with(&format!("{left} are still there")))?;
    let (count, longest) = answers?;
    for slow in &slow {
        slow.was_told()?;
    }
    server.wait_for(PATIENCE, |server| {
        server
            .process()
            .descriptors()
            .is_ok_and(|count| count == before)
    })?;
    let last = slow
        .iter()
        .filter_map(|slow| slow.lasted)
        .max()
        .unwrap_or_default();
    let seen =
        format!("gone after {last:.1?}, {count} answers to another, the slowest {longest:.1?}");
    // When they go is a figure of the machine, too.
    const LATE: Duration = Duration::from_secs(1);
    judge_times(seen, last > SHORT + LATE || longest > LATE)
}

/// Somebody who types a byte each tenth of a second, and never ends the line.
struct Slow {
    stream: Socket,
    /// When its first byte was sent.
    begin: Option<Instant>,
    next: Instant,
    heard: Vec<u8>,
    lasted: Option<Duration>,
    is_gone: bool,
}

impl Slow {
    fn connect(server: &Server) -> Attacked<Self> {
        Ok(Self {
            stream: connect_nonblocking(&server.place())?,
            begin: None,
            next: Instant::now(),
            heard: Vec::new(),
            lasted: None,
            is_gone: false,
        })
    }

    fn trickle(&mut self) {
        let mut buffer = [0; 256];
        match self.stream.read(&mut buffer) {
            _ if self.is_gone => return,
            Ok(0) => self.is_gone = true,
            Ok(count) => self.heard.extend(&buffer[..count]),
            Err(error) => self.is_gone = error.kind() != ErrorKind::WouldBlock,
        }
        if self.is_gone {
            self.lasted = self.begin.map(|begin| begin.elapsed());
        } else if self.next <= Instant::now() {
            self.begin.get_or_insert_with(Instant::now);
            // That it is closed is seen by the read.
            let _ = self.stream.write(b"x");
            self.next += Duration::from_millis(100);
        }
    }

    /// It must have been told why, and not before its time.
    fn was_told(&self) -> Attacked {
        let heard = String::from_utf8_lossy(&self.heard);
        if heard != TOO_SLOW {
            return Err(Trouble::broke(format!("one was told {heard:?}")));
        }
        match self.lasted {
            Some(lasted) if lasted < SHORT => Err(Trouble::broke(format!("after {lasted:?}"))),
            _ => Ok(()),
        }
    }
}

/// Asks and is answered, until told to stop. How often, and how long it took at
/// the most.
fn ask_until(mut client: Client, enough: &AtomicBool) -> Attacked<(usize, Duration)> {
    let (mut count, mut longest) = (0, Duration::ZERO);
    while !enough.load(Ordering::Relaxed) {
        let begin = Instant::now();
        client.say("hello\n")?;
        client.hears("hello")?;
        longest = longest.max(begin.elapsed());
        count += 1;
        thread::sleep(Duration::from_millis(2));
    }
    match count {
        0 => Err(Trouble::broke("never asked")),
        _ => Ok((count, longest)),
    }
}

/// One sends a line that does not end, while another is served. It is told once.
pub fn endless_line(short_or_patient: &Program, is_read: bool) -> Attacked<String> {
    let size = either(200_000_000, 1_000_000_000);
    let mut server = Server::start(short_or_patient)?;
    descriptors_at_rest(&server)?;
    let before = server.process().resident()?;
    let other = Client::connect(&server.place(), 0)?;
    let mut stream = connect(&server.place())?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let writer = stream.try_clone()?;

    let mut heard = String::new();
    let enough = AtomicBool::new(false);
    let (sent, answers) = thread::scope(|scope| {
        let answers = scope.spawn(|| ask_until(other, &enough));
        let sender = scope.spawn(|| send_line(writer, size));
        let heard = stream.read_to_string(&mut heard);
        let sent = sender.join().expect("it does not panic");
        enough.store(true, Ordering::Relaxed);
        let answers = answers.join().expect("it does not panic");
        (heard.map(|_| sent), answers)
    });
    server.runs()?;
    let grown = server.process().resident()?.saturating_sub(before);
    let (sent, (count, longest)) = (sent?, answers?);
    let ends = server
        .printed()
        .iter()
        .filter(|line| line.starts_with("ended: "))
        .count();
    if heard != TOO_LONG || ends != 1 {
        return Err(Trouble::broke(format!("{ends} ends, heard: {heard:?}")));
    }
    if is_read && sent != size {
        return Err(Trouble::broke(format!("only {sent} bytes were read")));
    }
    if grown > 1024 {
        return Err(Trouble::broke(format!("grown by {grown} KiB")));
    }
    Ok(format!(
        "{sent} bytes sent, {grown} KiB more, {count} answers to another, the slowest {longest:.1?}"
    ))
}

/// Sends as much of a line as is taken, and ends.
fn send_line(mut stream: Socket, size: usize) -> usize {
    let piece = [b'x'; 50_000];
    let mut sent = 0;
    while sent < size {
        match stream.write(&piece[..piece.len().min(size - sent)]) {
            Ok(count) => sent += count,
            Err(_) => break,
        }
    }
    // It may have been closed already.
    let _ = stream.shutdown(Shutdown::Write);
    sent
}
