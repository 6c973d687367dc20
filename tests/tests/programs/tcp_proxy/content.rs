//! What goes through the proxy: too much to be computed byte by byte.

use std::io::{self, ErrorKind, Read, Write};

use miocene_tests::oracle;
use miocene_tests::trouble::{Attacked, Trouble};

/// A prime, so that no buffer of anybody's fits into it: bytes that are lost or
/// doubled show in all that follows.
const BLOCK: usize = 1_000_003;

/// The content of one direction: a block of the oracle's, over and over.
pub struct Content {
    block: Vec<u8>,
    length: usize,
}

impl Content {
    pub fn new(number: usize, length: usize) -> Self {
        let mut block = vec![0; BLOCK];
        oracle::fill(number, 0, &mut block);
        Self { block, length }
    }

    pub fn length(&self) -> usize {
        self.length
    }

    /// What stands at `offset`, as far as it lies in one piece.
    fn piece(&self, offset: usize) -> &[u8] {
        let begin = offset % BLOCK;
        let length = (BLOCK - begin).min(self.length - offset);
        &self.block[begin..][..length]
    }

    /// Sends all of it; tells after each write how much that is.
    pub fn send(&self, mut to: impl Write, mut sent: impl FnMut(usize)) -> io::Result<()> {
        let mut offset = 0;
        while offset < self.length {
            match to.write(self.piece(offset)) {
                Ok(count) => offset += count,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
            sent(offset);
        }
        Ok(())
    }

    /// All of it must come, and nothing else before the end.
    pub fn comes(&self, from: impl Read) -> Attacked {
        let came = self.begins(from, usize::MAX)?;
        match came == self.length {
            true => Ok(()),
            false => Err(Trouble::broke(format!(
                "{came} bytes of {}, then the end",
                self.length
            ))),
        }
    }

    /// Reads up to the end, or as much as is `enough`: it must be the beginning.
    /// Returns how much that was.
    pub fn begins(&self, mut from: impl Read, enough: usize) -> Attacked<usize> {
        let mut buffer = vec![0; 256 * 1024];
        let mut offset = 0;
        while offset < enough {
            let count = match from.read(&mut buffer) {
                Ok(0) => break,
                Ok(count) => count,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return Err(Trouble::broke(format!("after {offset} bytes: {error}"))),
            };
            self.is_at(offset, &buffer[..count])?;
            offset += count;
        }
        Ok(offset)
    }

    fn is_at(&self, mut offset: usize, mut bytes: &[u8]) -> Attacked {
        while !bytes.is_empty() {
            let piece = match offset < self.length {
                true => self.piece(offset),
                false => return Err(Trouble::broke(format!("more than {offset} bytes"))),
            };
            let length = piece.len().min(bytes.len());
            if piece[..length] != bytes[..length] {
                let wrong = (0..length).find(|&at| piece[at] != bytes[at]).unwrap_or(0);
                return Err(Trouble::broke(format!(
                    "byte {} is another one",
                    offset + wrong
                )));
            }
            offset += length;
            bytes = &bytes[length..];
        }
        Ok(())
    }
}
