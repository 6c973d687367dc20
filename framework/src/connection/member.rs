//! A connection as a member: how it reads frames and writes what was sent.

use std::io;
use std::time::Duration;

use mio::event::Source;
use mio::{Interest, Token};

use super::{Busy, Connection, Hindrance, Outbox};
use crate::family::{Drained, Member};
use crate::framing::{FrameError, Framing, Split};
use crate::input::{Begun, Filled, Share};
use crate::planted::Bug;
use crate::transport::Transport;
use crate::{Ended, Input, Next, selector};

impl<F: Framing, T, S: Transport> Member<Drained> for Connection<F, T, S> {
    type Item<'b> = F::Frame<'b>;
    const ALSO: Option<Interest> = also(S::SHORT_READ_IS_DRY);
    const SHORT_READ_IS_DRY: bool = S::SHORT_READ_IS_DRY && !selector::REARMS;
    const COLLECTS: bool = true;

    fn source(&mut self) -> &mut dyn Source {
        &mut self.stream
    }

    #[inline(always)]
    fn only<'b>(&mut self, input: &'b mut Input, frame_limit: usize) -> Option<F::Frame<'b>> {
        let count = match self.stream.read(&mut input.buffer.bytes[..]) {
            // Neither the end nor more than fits.
            Ok(count) if count.wrapping_sub(1) < Input::CAPACITY - 1 => count,
            read => {
                input.begun = read_otherwise(read);
                return None;
            }
        };
        let bytes = &input.buffer.bytes[..count];
        let split = self.framing.split(bytes, 0);
        if !is_all::<F>(&split, count, frame_limit) {
            input.begun = Begun::Split(count, Some(split));
            return None;
        }
        match self.framing.frame(bytes) {
            Ok(frame) => Some(frame),
            Err(error) => {
                input.begun = Begun::Over(Ended::Frame(error));
                None
            }
        }
    }

    #[inline(always)]
    fn next<'b>(
        &mut self,
        input: &'b mut Input,
        share: &mut Share,
    ) -> Result<Next<F::Frame<'b>>, Ended> {
        loop {
            let unread = share.unread(input);
            if !unread.is_empty() {
                if share.seen() > 0 && self.take_reframed() {
                    share.forget_seen();
                }
                let split = match share.take_split() {
                    Some(split) => split,
                    None => self.framing.split(unread, share.seen()),
                };
                match split {
                    Ok(Split::Frame(length)) if may_be::<F>(length, unread, share) => {
                        let bytes = share.take(input, length);
                        return match self.framing.frame(bytes) {
                            Ok(frame) => Ok(Next::Item(frame)),
                            Err(error) => Err(Ended::Frame(error)),
                        };
                    }
                    other => not_whole::<F>(other, input, share)?,
                }
            }
            match share.fill(input, |buffer| self.stream.read(buffer)) {
                Ok(Filled::Bytes(0)) => return self.end(input, share),
                Ok(Filled::Bytes(_)) => {}
                Ok(Filled::Dry) => return Ok(Next::Dry),
                Ok(Filled::Enough) => return Ok(Next::Rest(Duration::ZERO)),
                Err(error) if selector::would_block(&error) || selector::forgot(&error) => {
                    return Ok(Next::Dry);
                }
                Err(error) => read_failed(error)?,
            }
        }
    }

    fn take_kept(&mut self) -> Vec<u8> {
        self.out.take_unread()
    }

    fn keep(&mut self, bytes: Vec<u8>) {
        self.put_back(bytes);
    }

    #[inline(always)]
    fn outbox(&mut self) -> Option<&mut Outbox> {
        Some(&mut self.out)
    }

    #[inline(always)]
    fn send_off(&mut self, spare: &mut Option<Box<Busy>>) -> Result<(), Hindrance> {
        let Some(busy) = self.out.in_use() else {
            return Ok(());
        };
        let Some(bytes) = busy.plainly_unsent() else {
            return Err(remembered());
        };
        if Bug::ForgetsToFlush.is_planted() {
            return Ok(());
        }
        if !bytes.is_empty() {
            match self.stream.write(bytes) {
                Ok(count) if busy.is_left_with(count) => busy.has_left(),
                written => return Err(Hindrance::Written(written)),
            }
            if let Err(error) = self.stream.flush() {
                return Err(Hindrance::Flushed(error));
            }
        }
        self.out.give_back(spare);
        Ok(())
    }

    fn write_out(&mut self) -> io::Result<bool> {
        let Some(busy) = self.out.in_use() else {
            return Ok(true);
        };
        // A write that comes up short is tried once more: only `WouldBlock`
        // promises that there will be an event.
        while !busy.unsent().is_empty() {
            match self.stream.write(busy.unsent()) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(count) => {
                    if busy.wrote(count) {
                        break;
                    }
                    if Bug::WaitsAfterShortWrite.is_planted() {
                        return Ok(false);
                    }
                }
                Err(error) if selector::would_block(&error) => return Ok(false),
                Err(error) => write_failed(error)?,
            }
        }
        match self.stream.flush() {
            Err(error) if selector::would_block(&error) => Ok(false),
            Err(error) => write_failed(error).map(|()| false),
            Ok(()) => Ok(true),
        }
    }

    fn end_writing(&mut self) -> io::Result<()> {
        self.stream.end_writing()
    }

    /// A write of nothing fails where a write would, on sockets. On a layer it may
    /// say nothing.
    fn probe(&mut self) -> io::Result<()> {
        match self.stream.write(&[]) {
            Err(error) if selector::would_block(&error) => Ok(()),
            Err(error) => write_failed(error),
            Ok(_) => Ok(()),
        }
    }

    fn discard(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.stream.read(buffer)
    }

    fn holds_input(&self) -> bool {
        self.stream.holds_input()
    }

    fn take_reframed(&mut self) -> bool {
        std::mem::take(&mut self.reframed)
    }

    fn home(&mut self) -> Option<&mut Token> {
        Some(&mut self.home)
    }
}

impl<F: Framing, T, S: Transport> Connection<F, T, S> {
    /// The peer has ended its direction. What is left may be a last frame.
    #[cold]
    #[inline(never)]
    fn end<'b>(
        &mut self,
        input: &'b mut Input,
        share: &mut Share,
    ) -> Result<Next<F::Frame<'b>>, Ended> {
        if Bug::OverlooksTheEnd.is_planted() {
            return Ok(Next::Dry);
        }
        let unread = share.unread(input);
        if unread.is_empty() || Bug::DropsTheLastFrame.is_planted() {
            return Ok(Next::End);
        }
        match self.framing.last(unread) {
            Ok(length) if may_be::<F>(length, unread, share) => {
                let bytes = share.take(input, length);
                let frame = self.framing.frame(bytes);
                frame.map(Next::Item).map_err(Ended::Frame)
            }
            other => Err(no_frame::<F>(other, share)),
        }
    }
}

/// Made out of the way: in place it would be made before it is needed.
#[cold]
#[inline(never)]
fn remembered() -> Hindrance {
    Hindrance::Remembered
}

/// Whether a frame may have so many bytes of what is unread.
#[inline(always)]
fn may_be<F: Framing>(length: usize, unread: &[u8], share: &Share) -> bool {
    let there = length > 0 && length <= unread.len();
    there && (!F::LIMITED || length <= share.frame_limit)
}

/// The first read has found the end, an error, or more than fits.
#[cold]
#[inline(never)]
fn read_otherwise(read: io::Result<usize>) -> Begun {
    match read {
        Ok(count) if count > 0 => Begun::Split(count.min(Input::CAPACITY), None),
        read => Begun::Read(read),
    }
}

/// Whether all that was read is one frame.
#[inline(always)]
fn is_all<F: Framing>(split: &Result<Split, FrameError>, count: usize, limit: usize) -> bool {
    match split {
        Ok(Split::Frame(length)) => *length == count && (!F::LIMITED || count <= limit),
        _ => false,
    }
}

/// What is unread is not a whole frame yet, or will never be one.
#[cold]
#[inline(never)]
fn not_whole<F: Framing>(
    split: Result<Split, FrameError>,
    input: &mut Input,
    share: &mut Share,
) -> Result<(), Ended> {
    let least = match split {
        Ok(Split::Incomplete(least)) => least,
        Ok(Split::Frame(length)) => return Err(no_frame::<F>(Ok(length), share)),
        Err(error) => return Err(no_frame::<F>(Err(error), share)),
    };
    share.mark_seen(input);
    if Bug::HasNoFrameLimit.is_planted() {
        return Ok(());
    }
    if F::LIMITED && share.seen().max(least) > share.frame_limit {
        return Err(Ended::TooLong);
    }
    Ok(())
}

/// A framing that finds frames of nothing would find them for ever, and one that
/// finds them where nothing is has not looked.
#[cold]
fn no_frame<F: Framing>(length: Result<usize, FrameError>, share: &Share) -> Ended {
    let error = match length {
        Err(error) => error,
        Ok(length) if F::LIMITED && length > share.frame_limit => return Ended::TooLong,
        Ok(0) => FrameError::new("the framing found a frame of no bytes"),
        Ok(_) => FrameError::new("the framing found a frame that is longer than what has come"),
    };
    Ended::Frame(error)
}

/// TCP urgent data splits a read, so that a short one says nothing. Linux
/// reports it as priority data, to those who ask.
const fn also(short_read_is_dry: bool) -> Option<Interest> {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    if short_read_is_dry && !selector::REARMS {
        return Some(Interest::PRIORITY);
    }
    let _ = short_read_is_dry;
    None
}

/// An interrupted read is tried again; any other error is the end.
#[cold]
#[inline(never)]
fn read_failed(error: io::Error) -> Result<(), Ended> {
    match error.kind() {
        io::ErrorKind::Interrupted => Ok(()),
        _ => Err(Ended::Io(error)),
    }
}

#[cold]
#[inline(never)]
fn write_failed(error: io::Error) -> io::Result<()> {
    match error.kind() {
        io::ErrorKind::Interrupted => Ok(()),
        _ => Err(error),
    }
}
