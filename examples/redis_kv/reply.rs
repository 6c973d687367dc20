//! What is answered, in RESP2.

use super::error::Error;
use super::number::Line;
use super::session::Client;

/// Answers to a client.
pub trait Reply {
    fn ok(&mut self);
    /// A word of ours.
    fn status(&mut self, word: &str);
    fn error(&mut self, error: Error);
    fn integer(&mut self, number: i64);
    fn count(&mut self, count: usize);
    fn bulk(&mut self, bytes: &[u8]);
    /// Nothing, in place of a bulk string.
    fn nil(&mut self);
    /// The beginning of an array of so many answers.
    fn array(&mut self, length: usize);

    fn bulk_or_nil(&mut self, bytes: Option<&[u8]>) {
        match bytes {
            Some(bytes) => self.bulk(bytes),
            None => self.nil(),
        }
    }

    fn bulks<'a>(&mut self, all: impl ExactSizeIterator<Item = &'a [u8]>) {
        self.array(all.len());
        all.for_each(|bytes| self.bulk(bytes));
    }
}

impl Reply for Client {
    #[inline]
    fn ok(&mut self) {
        self.out.send(b"+OK\r\n");
    }

    fn status(&mut self, word: &str) {
        write!(self.out, "+{word}\r\n");
    }

    fn error(&mut self, error: Error) {
        self.out.send(&error.into_line());
    }

    #[inline]
    fn integer(&mut self, number: i64) {
        self.out.send(Line::new(b':', number).as_bytes());
    }

    fn count(&mut self, count: usize) {
        self.out.send(Line::of_count(b':', count).as_bytes());
    }

    #[inline]
    fn bulk(&mut self, bytes: &[u8]) {
        // There is no string that cannot be said.
        let _ = self.send_frame(bytes);
    }

    #[inline]
    fn nil(&mut self) {
        self.out.send(b"$-1\r\n");
    }

    fn array(&mut self, length: usize) {
        self.out.send(Line::of_count(b'*', length).as_bytes());
    }
}
