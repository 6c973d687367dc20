//! One client by std, which may wait: for what a single connection must see.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::mem::MaybeUninit;

use socket2::{SockAddr, Socket, Type};

use crate::oracle;
use crate::server::{PATIENCE, Server};
use crate::trouble::{Attacked, Trouble};

/// A socket that is connected to a server, and waits.
pub fn connect(place: &SockAddr) -> io::Result<Socket> {
    let socket = Socket::new(place.domain(), Type::STREAM, None)?;
    socket.connect(place)?;
    Ok(socket)
}

/// A socket that is connected to a server, and does not wait.
pub fn connect_nonblocking(place: &SockAddr) -> io::Result<Socket> {
    let socket = connect(place)?;
    socket.set_nonblocking(true)?;
    Ok(socket)
}

/// The descriptors of a server that has no client. It says that it listens before
/// the last of them are there, so one client is answered first, and leaves.
pub fn descriptors_at_rest(server: &Server) -> Attacked<usize> {
    let mut client = Client::connect(&server.place(), 0)?;
    client.say("hello\n")?;
    client.hears("hello")?;
    Ok(server.process().descriptors()? - 1)
}

/// A client of lines, or of the bytes of the oracle.
#[derive(Debug)]
pub struct Client {
    input: BufReader<Socket>,
    number: usize,
    sent: usize,
}

impl Client {
    /// Nothing here waits for more than [`PATIENCE`].
    pub fn connect(place: &SockAddr, number: usize) -> Attacked<Self> {
        let stream = connect(place)?;
        if place.is_ipv4() {
            stream.set_tcp_nodelay(true)?;
        }
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        Ok(Self {
            input: BufReader::new(stream),
            number,
            sent: 0,
        })
    }

    /// What it talks through.
    pub fn stream(&self) -> &Socket {
        self.input.get_ref()
    }

    /// Sends text.
    pub fn say(&self, text: &str) -> Attacked {
        Ok((&mut self.stream()).write_all(text.as_bytes())?)
    }

    /// The next line must be this one.
    pub fn hears(&mut self, line: &str) -> Attacked {
        let heard = self.next_line()?;
        match heard == format!("{line}\n") {
            true => Ok(()),
            false => Err(Trouble::broke(format!("`{line}` expected: {heard:?}"))),
        }
    }

    /// The next line, with its end; nothing at the end.
    pub fn next_line(&mut self) -> Attacked<String> {
        let mut line = String::new();
        self.input.read_line(&mut line).map_err(no_answer)?;
        Ok(line)
    }

    /// The connection must have ended, in whatever way, with nothing before it.
    pub fn hears_the_end(&mut self) -> Attacked {
        match self.input.read(&mut [0]) {
            Ok(0) => Ok(()),
            Err(error) if error.kind() == io::ErrorKind::ConnectionReset => Ok(()),
            other => Err(Trouble::broke(format!("the end expected: {other:?}"))),
        }
    }

    /// Whether something has come that was not read yet. Waits for nothing.
    pub fn has_answer(&self) -> bool {
        let stream = self.stream();
        // Both fail for no socket that is open.
        let _ = stream.set_nonblocking(true);
        let mut place = [MaybeUninit::uninit()];
        let came = !self.input.buffer().is_empty() || matches!(stream.peek(&mut place), Ok(1..));
        let _ = stream.set_nonblocking(false);
        came
    }

    /// Sends the next `count` bytes of the oracle, and must get them back.
    pub fn echoes(&mut self, count: usize) -> Attacked {
        let mut bytes = vec![0; count];
        oracle::fill(self.number, self.sent, &mut bytes);
        (&mut self.stream()).write_all(&bytes)?;
        self.expects(count)
    }

    /// Must get the next `count` bytes of the oracle, which were sent already.
    pub fn expects(&mut self, count: usize) -> Attacked {
        let mut bytes = vec![0; count];
        self.input.read_exact(&mut bytes).map_err(no_answer)?;
        let wrong = oracle::first_wrong(self.number, self.sent, &bytes);
        self.sent += count;
        match wrong {
            None => Ok(()),
            Some(at) => Err(Trouble::broke(format!("byte {at} is another one"))),
        }
    }
}

fn no_answer(error: io::Error) -> Trouble {
    Trouble::broke(format!("no answer: {error}"))
}
