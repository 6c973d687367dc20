//! The clients of an echo server.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use crate::measured::Measured;
use crate::server::Server;

/// A message: 63 bytes, and the end of a line.
const MESSAGE: [u8; 64] = {
    let mut message = [b'm'; 64];
    message[63] = b'\n';
    message
};

/// How many connect, or send, at once: fewer than anybody's backlog.
const AT_ONCE: usize = 100;

/// Longer than any answer takes.
const PATIENCE: Duration = Duration::from_secs(20);

/// Connections to a server.
#[derive(Debug)]
pub(super) struct Clients(Vec<TcpStream>);

impl Clients {
    /// Connects so many clients.
    pub(super) fn connect(server: &Server, count: usize) -> Measured<Clients> {
        let address = server.addresses()[0];
        let mut streams = Vec::with_capacity(count);
        while streams.len() < count {
            let more = AT_ONCE.min(count - streams.len());
            server.step_at_once(|| {
                for _ in 0..more {
                    let stream = TcpStream::connect(address)?;
                    stream.set_nodelay(true)?;
                    stream.set_read_timeout(Some(PATIENCE))?;
                    streams.push(stream);
                }
                Ok(())
            })?;
        }
        Ok(Clients(streams))
    }

    /// Each sends so many messages at once, and gets them back. The messages of
    /// all are there before the server sees the first.
    pub(super) fn round(&mut self, server: &Server, depth: usize) -> Measured {
        self.round_of(server, 1, depth)
    }

    /// The same for every one in `apart` of them.
    pub(super) fn round_of(&mut self, server: &Server, apart: usize, depth: usize) -> Measured {
        let mut active: Vec<&TcpStream> = self.0.iter().step_by(apart).collect();
        for some in active.chunks_mut(AT_ONCE) {
            exchange(server, some, depth)?;
        }
        Ok(())
    }
}

fn exchange(server: &Server, streams: &mut [&TcpStream], depth: usize) -> Measured {
    let messages = MESSAGE.repeat(depth);
    let alone = streams.len() == 1;
    let mut send = || {
        let mut each = streams.iter_mut();
        each.try_for_each(|stream| Ok(stream.write_all(&messages)?))
    };
    // What one sends is one event in any case.
    match alone {
        true => server.step(send)?,
        false => server.step_at_once(&mut send)?,
    }
    let mut echoed = vec![0; messages.len()];
    for stream in streams {
        stream.read_exact(&mut echoed)?;
        if echoed != messages {
            return Err("an echo is not what was sent".into());
        }
    }
    Ok(())
}
