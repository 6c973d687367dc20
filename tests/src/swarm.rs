//! Thousands of clients in one thread, each with content of its own.

use std::io::{self, ErrorKind, Read, Write};
use std::net::Shutdown;
use std::os::fd::AsRawFd;
use std::time::{Duration, Instant};

use mio::unix::SourceFd;
use mio::{Events, Interest, Poll, Token};
use rustix::io::Errno;
use socket2::{SockAddr, Socket, Type};

use crate::oracle;
use crate::trouble::{Attacked, Trouble};

/// With nothing happening for so long, something has stalled.
const STALLED: Duration = Duration::from_secs(10);

/// Clients that have connected but were not answered yet: what the listener's
/// queue holds.
const ARRIVING: usize = 500;

/// When those who wait for the others send one byte more. Nobody is to find them
/// idle, however long a busy machine takes until all are there.
const MURMUR: Duration = Duration::from_secs(10);

/// What one of the clients is to do.
#[derive(Clone, Copy, Debug)]
pub struct Task {
    /// So much it sends, and gets back. One or more.
    pub size: usize,
    /// Midway it resets the connection.
    pub resets: bool,
}

impl Task {
    /// How much may have been sent by now.
    fn most(self, all_are_here: bool, murmured: usize) -> usize {
        let half = self.size.div_ceil(2);
        match (all_are_here, self.resets) {
            (false, _) => murmured.min(half),
            (true, false) => self.size,
            (true, true) => half,
        }
    }
}

/// What came of all of them.
#[derive(Debug, Default)]
pub struct Outcome {
    /// These got everything back, byte for byte, and then the end.
    pub exact: usize,
    /// These left as they were told to.
    pub reset: usize,
    /// How many were connected at once.
    pub at_once: usize,
}

/// Clients of a server that sends back what it gets.
#[derive(Debug)]
pub struct Swarm {
    poll: Poll,
    place: SockAddr,
    clients: Vec<Client>,
    /// So many have been answered.
    answered: usize,
    /// So many bytes each may have sent until all are there.
    murmured: usize,
    outcome: Outcome,
    left: usize,
}

#[derive(Debug)]
struct Client {
    stream: Option<Socket>,
    task: Task,
    sent: usize,
    received: usize,
    ended: bool,
}

impl Swarm {
    /// Connects all clients, waits until each has had an answer, and then lets them
    /// do their tasks.
    pub fn run(place: &SockAddr, tasks: &[Task]) -> Attacked<Outcome> {
        let mut swarm = Self {
            poll: Poll::new()?,
            place: place.clone(),
            clients: Vec::new(),
            answered: 0,
            murmured: 1,
            outcome: Outcome::default(),
            left: tasks.len(),
        };
        let mut events = Events::with_capacity(1024);
        let mut last_murmur = Instant::now();
        while swarm.answered < tasks.len() {
            while swarm.clients.len() < tasks.len()
                && swarm.clients.len() - swarm.answered < ARRIVING
            {
                swarm.connect(tasks[swarm.clients.len()])?;
            }
            swarm.turn(&mut events)?;
            if last_murmur.elapsed() >= MURMUR {
                last_murmur = Instant::now();
                swarm.murmured += 1;
                swarm.attend_all()?;
            }
        }
        swarm.outcome.at_once = swarm
            .clients
            .iter()
            .filter(|it| it.stream.is_some())
            .count();
        swarm.attend_all()?;
        while swarm.left > 0 {
            swarm.turn(&mut events)?;
        }
        Ok(swarm.outcome)
    }

    fn connect(&mut self, task: Task) -> Attacked {
        let stream = Socket::new(self.place.domain(), Type::STREAM, None)?;
        stream.set_nonblocking(true)?;
        match stream.connect(&self.place) {
            Err(error) if error.raw_os_error() != Some(Errno::INPROGRESS.raw_os_error()) => {
                return Err(error.into());
            }
            _ => {}
        }
        let both = Interest::READABLE | Interest::WRITABLE;
        let number = self.clients.len();
        let descriptor = stream.as_raw_fd();
        self.poll
            .registry()
            .register(&mut SourceFd(&descriptor), Token(number), both)?;
        self.clients.push(Client {
            stream: Some(stream),
            task,
            sent: 0,
            received: 0,
            ended: false,
        });
        Ok(())
    }

    fn turn(&mut self, events: &mut Events) -> Attacked {
        self.poll.poll(events, Some(STALLED))?;
        if events.is_empty() {
            return Err(self.stalled());
        }
        for event in events.iter() {
            self.attend(event.token().0)?;
        }
        Ok(())
    }

    fn attend_all(&mut self) -> Attacked {
        (0..self.clients.len()).try_for_each(|number| self.attend(number))
    }

    /// Does all that one client can do now.
    fn attend(&mut self, number: usize) -> Attacked {
        let all_are_here = self.answered == self.clients.len() && self.outcome.at_once > 0;
        let client = &mut self.clients[number];
        let was_answered = client.received > 0;
        let most = client.task.most(all_are_here, self.murmured);
        let outcome = client.proceed(number, all_are_here, most);
        let done = outcome.map_err(|error| Trouble::broke(format!("client {number}: {error}")))?;
        self.answered += usize::from(!was_answered && client.received > 0);
        if let Some(done) = done {
            client.stream = None;
            self.left -= 1;
            match done {
                Done::Exact => self.outcome.exact += 1,
                Done::Reset => self.outcome.reset += 1,
            }
        }
        Ok(())
    }

    /// Who waits for what.
    fn stalled(&self) -> Trouble {
        let began = self.outcome.at_once > 0;
        let waits = |client: &Client| client.stream.is_some() && (began || client.received == 0);
        let first = self.clients.iter().position(waits).unwrap_or(0);
        let client = &self.clients[first];
        let (sent, received, size) = (client.sent, client.received, client.task.size);
        Trouble::broke(format!(
            "stalled, {} answered and {} left: client {first} has sent {sent} of {size} and \
             received {received}",
            self.answered, self.left
        ))
    }
}

enum Done {
    Exact,
    Reset,
}

impl Client {
    /// Sends, up to `most` in all, and receives until both would block.
    fn proceed(
        &mut self,
        number: usize,
        all_are_here: bool,
        most: usize,
    ) -> io::Result<Option<Done>> {
        let Some(stream) = &mut self.stream else {
            return Ok(None);
        };
        let Task { size, resets } = self.task;
        let mut buffer = [0; 16_384];
        let mut blocked = false;
        while self.sent < most && !blocked {
            let count = buffer.len().min(most - self.sent);
            oracle::fill(number, self.sent, &mut buffer[..count]);
            match or_block(stream.write(&buffer[..count]))? {
                Some(count) => self.sent += count,
                None => blocked = true,
            }
        }
        if all_are_here && self.sent == size && !self.ended {
            stream.shutdown(Shutdown::Write)?;
            self.ended = true;
        }
        while let Some(count) = or_block(stream.read(&mut buffer))? {
            if let Some(at) = oracle::first_wrong(number, self.received, &buffer[..count]) {
                return Err(io::Error::other(format!("byte {at} is another one")));
            }
            self.received += count;
            match (count, self.received == size && self.ended) {
                (0, true) => return Ok(Some(Done::Exact)),
                (0, false) => return Err(ErrorKind::UnexpectedEof.into()),
                _ if self.received > self.sent => return Err(io::Error::other("too much")),
                _ => {}
            }
        }
        if all_are_here && resets && self.received > 0 {
            // With this, to close is to reset. Some of it is still on the way.
            stream.set_linger(Some(Duration::ZERO))?;
            return Ok(Some(Done::Reset));
        }
        Ok(None)
    }
}

/// None when it would block.
fn or_block(result: io::Result<usize>) -> io::Result<Option<usize>> {
    match result {
        Ok(count) => Ok(Some(count)),
        Err(error) => match error.kind() {
            ErrorKind::WouldBlock | ErrorKind::NotConnected => Ok(None),
            _ => Err(error),
        },
    }
}
