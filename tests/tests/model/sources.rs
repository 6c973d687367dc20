//! The sources of items. What is raw reads from its wire by itself.

use std::io;
use std::os::unix::net::{UnixDatagram, UnixStream};
use std::time::Duration;

use miocene::mio::event::Source;
use miocene::{Drain, Input, Next, Writable};

use crate::rng::Rng;
use crate::wire::{Peer, Wire};

/// Longer than any test: such a rest ends when the source is attached again, and
/// that depends on the seed and not on the clock.
const LONG: Duration = Duration::from_secs(60 * 60);

/// Datagrams, with everything between them that a source may answer.
pub struct Items {
    pub wire: Wire<UnixDatagram>,
    pub whims: Option<Rng>,
    /// In a long rest since the poll had been told of it so many times.
    resting: Option<usize>,
    /// It was asked for an item all the same.
    pub disturbed: bool,
}

impl Items {
    pub fn new(whims: Rng) -> Items {
        Items {
            wire: Wire::new(),
            whims: Some(whims),
            resting: None,
            disturbed: false,
        }
    }
}

impl Drain for Items {
    type Item<'b> = &'b [u8];

    fn source(&mut self) -> &mut dyn Source {
        &mut self.wire
    }

    fn next<'b>(&mut self, input: &'b mut Input) -> io::Result<Next<&'b [u8]>> {
        let registrations = self.wire.registrations();
        self.disturbed |= self.resting.take() == Some(registrations);
        if let Some(rng) = &mut self.whims {
            match rng.below(120) {
                0..=2 => return Ok(Next::Rest(Duration::ZERO)),
                3 => {
                    self.resting = Some(registrations);
                    return Ok(Next::Rest(LONG));
                }
                6..=11 => return Ok(Next::More),
                12..=17 => return Err(io::ErrorKind::Interrupted.into()),
                18 => return Ok(Next::End),
                19 => return Err(io::Error::other("broken")),
                _ => {}
            }
        }
        let count = input.fill(|buffer| self.wire.receive(buffer))?;
        Ok(Next::Item(input.take(count)))
    }
}

/// A stream, a byte at a time. It can be written to.
pub struct Bytes(pub Wire<UnixStream>);

impl Drain for Bytes {
    type Item<'b> = u8;

    fn source(&mut self) -> &mut dyn Source {
        &mut self.0
    }

    fn next(&mut self, _: &mut Input) -> io::Result<Next<u8>> {
        let mut byte = [0];
        Ok(match self.0.receive(&mut byte)? {
            0 => Next::End,
            _ => Next::Item(byte[0]),
        })
    }
}

impl Writable for Bytes {}

/// Lines, of which a part waits in the loop for the rest.
pub struct Lines {
    pub wire: Wire<UnixStream>,
    pub kept: Vec<u8>,
}

impl Drain for Lines {
    type Item<'b> = &'b [u8];

    fn source(&mut self) -> &mut dyn Source {
        &mut self.wire
    }

    fn kept(&mut self) -> Option<&mut Vec<u8>> {
        Some(&mut self.kept)
    }

    fn next<'b>(&mut self, input: &'b mut Input) -> io::Result<Next<&'b [u8]>> {
        loop {
            if let Some(end) = input.unread().iter().position(|&byte| byte == b'\n') {
                return Ok(Next::Item(input.take(end + 1)));
            }
            if input.fill(|buffer| self.wire.receive(buffer))? == 0 {
                return Ok(Next::End);
            }
        }
    }
}
