//! The lines of standard input, read by a thread of its own.
//!
//! An `Fd` would do for a pipe. But a regular file cannot be polled (epoll refuses
//! it), and on a terminal the flag that has reads not block belongs to the open file,
//! which standard output and the shell have as well. A thread that may block
//! reads all three.

use std::io::{self, BufRead, Read};

use miocene::{SendError, Sender};

/// The longest line, with its end.
pub const LINE: usize = 64 * 1024;
/// So many lines are read ahead.
pub const AHEAD: usize = 16;

/// A line with its end, which the last one may lack; or why there is none.
pub type Line = io::Result<Vec<u8>>;

/// Sends the lines to the loop, and waits while it takes none. With the return the
/// sender is dropped, which is the end of the source.
pub fn read_lines(mut input: impl BufRead, lines: Sender<Line>) {
    loop {
        let line = next_line(&mut input);
        let is_last = line.is_err();
        let sent = match line.transpose() {
            Some(line) => lines.send(line),
            None => return,
        };
        // Without a loop there is nobody to read for.
        if is_last || matches!(sent, Err(SendError::Closed(_))) {
            return;
        }
    }
}

/// The next line; none at the end.
fn next_line(input: &mut impl BufRead) -> io::Result<Option<Vec<u8>>> {
    let mut line = Vec::new();
    let mut limited = input.take(LINE as u64 + 1);
    match limited.read_until(b'\n', &mut line)? {
        0 => Ok(None),
        length if length <= LINE => Ok(Some(line)),
        _ => Err(io::Error::new(
            io::ErrorKind::InvalidData,
            format!("a line of more than {LINE} bytes"),
        )),
    }
}
