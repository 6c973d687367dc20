//! The server `everything` as its clients see it.

use std::io::Write;
use std::net::UdpSocket;
use std::os::fd::OwnedFd;
use std::process::Stdio;

use mio::unix::pipe;
use miocene_tests::client::Client;
use miocene_tests::server::{PATIENCE, Server};
use miocene_tests::trace::{Faults, Trace};
use miocene_tests::trouble::{Attacked, Trouble};

use crate::kind::{Kind, datagrams_to};

/// A server that runs, and the end of the pipe that it reads.
pub struct Scene {
    pub server: Server,
    pipe: Option<pipe::Sender>,
    /// How many clients and lines there have been.
    number: usize,
}

/// A pipe: what is written blocks, and the other end is given to a server.
pub fn new_pipe() -> Attacked<(pipe::Sender, OwnedFd)> {
    let (sender, receiver) = pipe::new()?;
    sender.set_nonblocking(false)?;
    Ok((sender, receiver.into()))
}

impl Scene {
    pub fn start(kind: Kind) -> Attacked<Self> {
        let (pipe, input) = new_pipe()?;
        let server = Server::start_reading(&kind.server("everything")?, input)?;
        Ok(Self::with(server, pipe))
    }

    /// Under strace, and it is not waited until it listens.
    pub fn launch(kind: Kind, calls: &str, faults: Option<Faults<'_>>) -> Attacked<(Self, Trace)> {
        let (pipe, input) = new_pipe()?;
        let program = kind.server("everything")?;
        let (server, trace) = Trace::launch(&program, calls, faults, Stdio::from(input))?;
        Ok((Self::with(server, pipe), trace))
    }

    /// A server that runs already.
    pub fn with(server: Server, pipe: pipe::Sender) -> Self {
        Self {
            server,
            pipe: Some(pipe),
            number: 0,
        }
    }

    pub fn client(&mut self) -> Attacked<Client> {
        self.number += 1;
        Client::connect(&self.server.place(), self.number)
    }

    /// A client that has been served.
    pub fn served_client(&mut self) -> Attacked<Client> {
        let mut client = self.client()?;
        let hello = format!("hello {}", self.number);
        client.say(&format!("{hello}\n"))?;
        client.hears(&hello)?;
        Ok(client)
    }

    pub fn write(&mut self, bytes: &[u8]) -> Attacked {
        match &mut self.pipe {
            Some(pipe) => Ok(pipe.write_all(bytes)?),
            None => Err(Trouble::broke("the pipe is closed")),
        }
    }

    /// Writes bytes without an end of line, as many as are taken, until the server
    /// prints a line that begins so.
    pub fn fill_pipe_until(&mut self, start: &str) -> Attacked {
        let Some(pipe) = &mut self.pipe else {
            return Err(Trouble::broke("the pipe is closed"));
        };
        pipe.set_nonblocking(true)?;
        let begins = |line: &String| line.starts_with(start);
        self.server.wait_for(PATIENCE, |server| {
            // A full pipe is what is wanted.
            let _ = pipe.write(&[b'x'; 4_096]);
            server.printed().iter().any(begins)
        })
    }

    pub fn close_pipe(&mut self) {
        self.pipe = None;
    }

    /// Waits until the server has printed this line.
    pub fn prints(&mut self, line: &str) -> Attacked {
        let printed = |server: &Server| server.printed().iter().any(|it| it == line);
        self.server
            .wait_for(PATIENCE, printed)
            .map_err(|trouble| trouble.with(&format!("`{line}` is not printed")))
    }

    /// A socket that sends datagrams to the server.
    pub fn datagrams(&mut self) -> Attacked<UdpSocket> {
        let mut address = None;
        self.server.wait_for(PATIENCE, |server| {
            let parse = |line: &String| line.strip_prefix("udp on ")?.parse().ok();
            address = server.printed().iter().find_map(parse);
            address.is_some()
        })?;
        datagrams_to(address.ok_or_else(|| Trouble::broke("it has no such socket"))?)
    }

    /// Whatever has befallen one source, a new client is served, and so are the
    /// pipe, if it is open, and the socket for datagrams.
    pub fn others_are_served(&mut self) -> Attacked {
        self.served_client()?;
        if self.pipe.is_some() {
            let line = format!("line {}", self.number);
            self.write(format!("{line}\n").as_bytes())?;
            self.prints(&format!("pipe: {line}"))?;
        }
        let socket = self.datagrams()?;
        socket.send(b"datagram")?;
        let mut buffer = [0; 16];
        match socket.recv(&mut buffer)? {
            8 => Ok(()),
            count => Err(Trouble::broke(format!("a datagram of {count} bytes"))),
        }
    }

    /// A client stops the server, and nothing is left behind.
    pub fn stops(&mut self) -> Attacked {
        self.client()?.say("stop\n")?;
        self.server.ends(PATIENCE)?;
        self.left_nothing()
    }

    /// What the server says that has ended.
    pub fn left_nothing(&self) -> Attacked {
        const NOTHING: &str = "over: 0 members, 0 descriptors, 0 not told";
        let printed = self.server.printed();
        match printed.iter().find(|line| line.starts_with("over: ")) {
            Some(line) if line == NOTHING => Ok(()),
            other => Err(Trouble::broke(format!("at the end: {other:?}"))),
        }
    }

    /// How often a handler panicked, and how many were cut at the end.
    pub fn counts(&self) -> Option<(usize, usize)> {
        let printed = self.server.printed();
        let line = printed.iter().find_map(|line| line.strip_prefix("cut "))?;
        let (cut, panicked) = line.split_once(", panicked ")?;
        Some((cut.parse().ok()?, panicked.parse().ok()?))
    }
}

/// A server that was stopped by an error must have said so, and not by a panic.
pub fn reports(server: &mut Server, error: &str) -> Attacked {
    server.gives_up(PATIENCE)?;
    let complaint = server.complaint();
    match complaint.contains(error) && !complaint.contains("panicked") {
        true => Ok(()),
        false => Err(Trouble::broke(format!("it says: {complaint}"))),
    }
}
