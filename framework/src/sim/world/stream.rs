//! What can be done with one end of a connection.

use std::io;

use super::socket::{Connection, Kind};
use super::{Happening, Key, Name, Socket, Stream, What, World};
use crate::sim::site::Site;

impl World {
    pub(super) fn add(&mut self, kind: Kind) -> Key {
        self.sockets.push(Socket {
            kind,
            registration: None,
            position: 0,
            pending: false,
            held: false,
            peer: None,
        });
        (self.sockets.len() - 1) as Key
    }

    pub(super) fn add_stream(&mut self, stream: Stream) -> Key {
        let mut stream = Box::new(stream);
        stream.sends = self.buffer(Site::SendBuffer, stream.sends);
        stream.receives = self.buffer(Site::ReceiveBuffer, stream.receives);
        self.add(Kind::Stream(stream))
    }

    /// How much a buffer holds: from a byte on, as likely few as many.
    fn buffer(&mut self, site: Site, usual: usize) -> usize {
        match self.choose(site, 1 << 16) as usize {
            0 => usual,
            chosen => (chosen >> (chosen % 13)).max(1),
        }
    }

    /// The end of an open stream.
    pub(in crate::sim) fn stream(&mut self, key: Key) -> io::Result<&mut Stream> {
        self.sockets[key as usize].stream()
    }

    /// A socket becomes one of the application's.
    pub(in crate::sim) fn hold(&mut self, key: Key) {
        self.sockets[key as usize].held = true;
        self.open += 1;
    }

    pub(in crate::sim) fn has_descriptor(&self) -> io::Result<()> {
        match self.open < self.limit {
            true => Ok(()),
            false => Err(io::Error::from_raw_os_error(libc::EMFILE)),
        }
    }

    /// Two ends of a connection, both the application's.
    pub(in crate::sim) fn pair(&mut self) -> io::Result<(Key, Key)> {
        self.has_descriptor()?;
        let (one, other) = self.connected_pair(Name::Unix(None), Name::Unix(None));
        self.hold(one);
        self.hold(other);
        Ok((one, other))
    }

    pub(in crate::sim) fn connected_pair(&mut self, one: Name, other: Name) -> (Key, Key) {
        let first = self.sockets.len() as Key;
        let ends = [(one.clone(), other.clone()), (other, one)];
        let [one, other] = ends.map(|(local, remote)| {
            // Each with the next one, as they are numbered.
            let with = first + u32::from(self.sockets.len() as Key == first);
            self.add_stream(Stream::new(local, remote, Connection::With(with)))
        });
        (one, other)
    }

    pub(in crate::sim) fn read(&mut self, key: Key, buffer: &mut [u8]) -> io::Result<usize> {
        if self.happens(Site::Interrupted) {
            return Err(io::ErrorKind::Interrupted.into());
        }
        let stream = self.stream(key)?;
        let came = stream.received.len();
        if buffer.is_empty() || came == 0 {
            return stream.read_nothing(buffer.len());
        }
        if !stream.broken {
            self.hold_back(key)?;
        }
        let stream = self.stream(key)?;
        let count = stream.take_into(buffer);
        self.log(What::Read(key, count as u32));
        if count == 0 {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        self.may_send_on(key);
        Ok(count)
    }

    /// Has some of what came not have come yet: it arrives a little later, with
    /// an event of its own. To a program that is how the network is.
    fn hold_back(&mut self, key: Key) -> io::Result<()> {
        let came = self.stream(key)?.received.len();
        let other = self.stream(key)?.other();
        // What is not to be sent again must not be taken away.
        let Some(other) = other.filter(|other| self.stream(*other).is_ok_and(|end| !end.broken))
        else {
            return Ok(());
        };
        let chosen = self.choose(Site::ShortRead, came as u64 + 1) as usize;
        // From nothing to all but a byte of it.
        let Some(kept) = chosen.checked_sub(1) else {
            return Ok(());
        };
        let stream = self.stream(key)?;
        let held_back = stream.received.split_off(kept);
        stream.end_came = false;
        self.stream(other)?.put_back(held_back);
        self.send_on(other);
        Ok(())
    }

    /// The reader has made room.
    pub(super) fn may_send_on(&mut self, key: Key) {
        if let Some(other) = self.stream(key).ok().and_then(|stream| stream.other()) {
            if self
                .stream(other)
                .is_ok_and(|other| !other.under_way && !other.outgoing.is_empty())
            {
                self.send_on(other);
            }
        }
    }

    pub(in crate::sim) fn write(&mut self, key: Key, bytes: &[u8]) -> io::Result<usize> {
        if self.happens(Site::Interrupted) {
            return Err(io::ErrorKind::Interrupted.into());
        }
        let stream = self.stream(key)?;
        if stream.is_unix() && (stream.broken || stream.write_ended) {
            return Err(io::Error::from_raw_os_error(libc::EPIPE));
        }
        if stream.error.is_some() || stream.broken || stream.write_ended {
            let error = stream.error.take().unwrap_or(libc::EPIPE);
            return Err(io::Error::from_raw_os_error(error));
        }
        match stream.connection {
            Connection::Connecting(_) => {
                stream.wants_room = true;
                return Err(io::ErrorKind::WouldBlock.into());
            }
            Connection::GivenUp => return Err(io::Error::from_raw_os_error(libc::EPIPE)),
            Connection::With(_) | Connection::Failed => {}
        }
        let room = stream.room();
        match self.choose(Site::NoMemory, 3) {
            0 => {}
            1 => return Err(io::Error::from_raw_os_error(libc::ENOBUFS)),
            _ => return Err(io::Error::from_raw_os_error(libc::ENOMEM)),
        }
        if room > 0 && self.happens(Site::NoRoom) {
            let latency = self.latency();
            self.later(latency, Happening::Wakes(key));
            return Err(io::ErrorKind::WouldBlock.into());
        }
        let mut count = bytes.len().min(room);
        if count > 1 {
            match self.choose(Site::ShortWrite, count as u64) as usize {
                0 => {}
                chosen => count = chosen,
            }
        }
        let stream = self.stream(key)?;
        stream.outgoing.extend(&bytes[..count]);
        stream.wants_room |= stream.room() == 0 && count < bytes.len();
        self.log(What::Wrote(key, count as u32));
        self.trace.add_content(&bytes[..count]);
        if count == 0 && !bytes.is_empty() {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        self.send_on(key);
        Ok(count)
    }
}

impl Stream {
    fn read_nothing(&mut self, wanted: usize) -> io::Result<usize> {
        if wanted == 0 {
            return Ok(0);
        }
        // tcp_recvmsg() of Linux looks no further than the end.
        if self.end_came && !self.is_unix() {
            return Ok(0);
        }
        if let Some(error) = self.error.take() {
            return Err(io::Error::from_raw_os_error(error));
        }
        if self.end_came || self.broken || self.read_ended {
            return Ok(0);
        }
        Err(match self.connection {
            Connection::GivenUp => io::ErrorKind::NotConnected.into(),
            _ => io::ErrorKind::WouldBlock.into(),
        })
    }

    fn take_into(&mut self, buffer: &mut [u8]) -> usize {
        let count = buffer.len().min(self.received.len());
        let (front, back) = self.received.as_slices();
        let from_front = count.min(front.len());
        buffer[..from_front].copy_from_slice(&front[..from_front]);
        buffer[from_front..count].copy_from_slice(&back[..count - from_front]);
        self.received.drain(..count);
        count
    }

    /// What had arrived at the other end is on its way again.
    fn put_back(&mut self, mut bytes: std::collections::VecDeque<u8>) {
        bytes.append(&mut self.outgoing);
        self.outgoing = bytes;
    }
}
