//! The lines that the server does not have yet.

use miocene::Outbox;

/// So many bytes of lines are kept; then no more are taken from standard input.
pub const KEPT: usize = 256 * 1024;

/// Lines that have not been written to a connection as a whole. One of which a part
/// was written when the connection broke is sent again from its beginning.
#[derive(Default)]
pub struct Backlog {
    bytes: Vec<u8>,
    /// So many of the bytes were sent to the connection that there is now.
    sent: usize,
}

impl Backlog {
    /// Adds a line, with its end.
    pub fn push(&mut self, line: &[u8]) {
        self.bytes.extend_from_slice(line);
    }

    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Whether no more lines should be added: not above this and one line.
    pub fn is_full(&self) -> bool {
        self.bytes.len() > KEPT
    }

    /// Sends what was not sent yet.
    pub fn send_to(&mut self, out: &mut Outbox) {
        out.send(&self.bytes[self.sent..]);
        self.sent = self.bytes.len();
    }

    /// Forgets the lines that have been written: `unsent` of the bytes have not.
    pub fn written_but(&mut self, unsent: usize) {
        let written = self.sent - unsent;
        let whole = match unsent {
            // The last line may have no end.
            0 => written,
            _ => {
                let end = self.bytes[..written]
                    .iter()
                    .rposition(|&byte| byte == b'\n');
                end.map_or(0, |end| end + 1)
            }
        };
        self.bytes.drain(..whole);
        self.sent -= whole;
    }

    /// The connection is gone: what is left is for the next one.
    pub fn take_back(&mut self) {
        self.sent = 0;
    }
}
