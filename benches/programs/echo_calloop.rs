//! The twin of `echo.rs`, on calloop: a source and a closure for each client,
//! level-triggered as is the habit there. No limits, and no deadlines.

use std::error::Error;
use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};

use calloop::generic::Generic;
use calloop::{EventLoop, Interest, LoopHandle, Mode, PostAction};

/// What all closures share.
struct Echo {
    handle: LoopHandle<'static, Echo>,
    buffer: Vec<u8>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let server = TcpListener::bind("127.0.0.1:0")?;
    server.set_nonblocking(true)?;
    println!("listening on {}", server.local_addr()?);
    let mut event_loop = EventLoop::try_new()?;
    let handle = event_loop.handle();
    let source = Generic::new(server, Interest::READ, Mode::Level);
    handle.insert_source(source, |_ready, server, echo: &mut Echo| {
        echo.accept(server)?;
        Ok(PostAction::Continue)
    })?;
    let mut echo = Echo {
        handle,
        buffer: vec![0; 64 * 1024],
    };
    Ok(event_loop.run(None, &mut echo, |_| {})?)
}

impl Echo {
    fn accept(&self, server: &TcpListener) -> io::Result<()> {
        loop {
            match server.accept() {
                Ok((stream, _address)) => self.add(stream)?,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error),
            }
        }
    }

    fn add(&self, stream: TcpStream) -> io::Result<()> {
        stream.set_nonblocking(true)?;
        let source = Generic::new(stream, Interest::READ, Mode::Level);
        let mut unsent = Vec::new();
        let added = self
            .handle
            .insert_source(source, move |_ready, stream, echo| {
                // SAFETY: the stream is not dropped.
                let stream = unsafe { stream.get_mut() };
                Ok(echo
                    .serve(stream, &mut unsent)
                    .unwrap_or(PostAction::Remove))
            });
        added
            .map(drop)
            .map_err(|error| io::Error::other(error.error))
    }

    /// One read, and as much as can be written. What is left is tried again at
    /// the next event; a client that reads nothing while it sends is not what is
    /// measured.
    fn serve(&mut self, stream: &mut TcpStream, unsent: &mut Vec<u8>) -> io::Result<PostAction> {
        let count = match stream.read(&mut self.buffer) {
            Ok(0) => return Ok(PostAction::Remove),
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => 0,
            Err(error) => return Err(error),
        };
        if unsent.is_empty() {
            let written = write(stream, &self.buffer[..count])?;
            unsent.extend_from_slice(&self.buffer[written..count]);
        } else {
            unsent.extend_from_slice(&self.buffer[..count]);
            let written = write(stream, unsent)?;
            unsent.drain(..written);
        }
        Ok(PostAction::Continue)
    }
}

/// How much could be written.
fn write(stream: &mut TcpStream, bytes: &[u8]) -> io::Result<usize> {
    match stream.write(bytes) {
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(0),
        result => result,
    }
}
