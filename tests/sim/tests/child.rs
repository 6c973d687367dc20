//! The lines of a child. A pipe is not simulated: there is a real descriptor in its
//! place, which the test writes to, and says when there is an event.
#![cfg(feature = "sim")]

// At the root, because its fields are for its own module alone.
include!("../../../examples/child.rs");

use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;

use miocene::sim::{App, Sim};
use miocene::{Handlers, Readiness};

/// Has the lines, where [`Numbered`] prints them.
struct Collected {
    output: Lines,
    lines: Vec<Vec<u8>>,
}

#[handlers]
impl Collected {
    #[handler(token = OUTPUT)]
    fn line(&mut self, line: &[u8]) {
        self.lines.push(line.to_vec());
    }
}

fn pipe() -> (UnixStream, Lines) {
    let (ours, theirs) = UnixStream::pair().unwrap();
    let output = ChildStdout::from(OwnedFd::from(theirs));
    (ours, Lines(Fd::new(output).unwrap()))
}

/// Writes the text in pieces, with an event for each, and closes the pipe.
fn prints<A: Handlers + 'static>(sim: &Sim, app: &App<A>, mut pipe: UnixStream, text: &[u8]) {
    let mut rest = text;
    while !rest.is_empty() {
        let (piece, left) = rest.split_at(1 + sim.draw(rest.len() as u64) as usize);
        pipe.write_all(piece).unwrap();
        app.deliver(OUTPUT, Readiness::READABLE).unwrap();
        rest = left;
    }
    drop(pipe);
    app.deliver(OUTPUT, Readiness::READABLE).unwrap();
    sim.run_until(|| !app.is_running());
}

#[test]
fn lines_are_whole_however_they_come() {
    Sim::seeds(0..500).run(|sim| {
        let (ours, output) = pipe();
        let lines = Vec::new();
        let app = sim.start(Collected { output, lines });
        let byte = |place| match sim.draw(6) {
            1 => b'\n',
            _ => b'a' + (place % 26) as u8,
        };
        let text: Vec<u8> = (0..sim.draw(1_000)).map(byte).collect();
        prints(sim, &app, ours, &text);
        let lines = text.split_inclusive(|byte| *byte == b'\n');
        app.with(|app| assert!(app.lines.iter().eq(lines), "{:?}", app.lines));
    });
}

#[test]
fn the_last_line_needs_no_end() {
    Sim::seeds(0..1).run(|sim| {
        let (ours, output) = pipe();
        let app = sim.start(Numbered { output, number: 0 });
        prints(sim, &app, ours, b"first\nsecond\nlast");
        assert_eq!(app.with(|app| app.number), 3);
    });
}
