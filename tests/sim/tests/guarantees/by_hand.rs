//! An echo server as it is written by hand on mio: for an event it does what it
//! does, and nobody has it go on with what it left.

use std::collections::BTreeMap;
use std::io::{self, ErrorKind, Read, Write};

use miocene::mio::Interest;
use miocene::mio::event::Source;
use miocene::net::{TcpListener, TcpStream};
use miocene::sim::{App, Sim};
use miocene::table::Entry;
use miocene::{Context, Handlers, Input, Readiness, Token};

use crate::crowd::ADDRESS;

const SERVER: Token = Token(0);

/// What the author did not know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mistake {
    None,
    /// There may be several connections behind one event.
    AcceptsOnce,
    /// After an error there may be more connections.
    StopsAtAcceptErrors,
    /// One client's error is not everybody's.
    ExitsOnErrors,
    /// There may be more to read than one read gives.
    ReadsOnce,
    /// An event is no promise.
    BelievesEvents,
    /// A signal is no error.
    IsInterrupted,
    /// A write may take less than all.
    DropsTheRest,
    /// An event may be for one who has gone.
    UsesTokensAgain,
}

pub struct ByHand {
    server: TcpListener,
    clients: BTreeMap<usize, Client>,
    next: usize,
    mistake: Mistake,
    places: usize,
    pub accepted: usize,
}

struct Client {
    stream: TcpStream,
    unsent: Vec<u8>,
    at_end: bool,
}

impl ByHand {
    pub fn start(sim: &Sim, mistake: Mistake) -> App<ByHand> {
        ByHand::with_places(sim, mistake, usize::MAX)
    }

    /// With room for so many clients. Once it has accepted that many, all but the first
    /// one are sent away when that says something.
    pub fn with_places(sim: &Sim, mistake: Mistake, places: usize) -> App<ByHand> {
        sim.start(ByHand {
            server: TcpListener::bind(ADDRESS).unwrap(),
            clients: BTreeMap::new(),
            next: 1,
            mistake,
            places,
            accepted: 0,
        })
    }

    fn makes(&self, mistake: Mistake) -> bool {
        self.mistake == mistake
    }

    fn accept(&mut self, cx: &mut Context<'_>) -> io::Result<()> {
        while self.clients.len() < self.places {
            match self.server.accept() {
                Ok((stream, _)) => self.take_in(cx, stream)?,
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) if self.makes(Mistake::ExitsOnErrors) => return Err(error),
                Err(error) if error.kind() == ErrorKind::Interrupted => {
                    self.interrupted(error)?;
                }
                Err(_) if self.makes(Mistake::StopsAtAcceptErrors) => break,
                Err(_) => {}
            }
            if self.makes(Mistake::AcceptsOnce) {
                break;
            }
        }
        Ok(())
    }

    fn take_in(&mut self, cx: &mut Context<'_>, mut stream: TcpStream) -> io::Result<()> {
        let number = match self.makes(Mistake::UsesTokensAgain) {
            true => (1..).find(|number| !self.clients.contains_key(number)),
            false => Some(self.next),
        };
        let number = number.expect("there is a free one");
        self.next += 1;
        self.accepted += 1;
        let interest = Interest::READABLE | Interest::WRITABLE;
        stream.register(cx.registry(), Token(number), interest)?;
        let client = Client {
            stream,
            unsent: Vec::new(),
            at_end: false,
        };
        self.clients.insert(number, client);
        Ok(())
    }

    fn interrupted(&self, error: io::Error) -> io::Result<()> {
        match self.makes(Mistake::IsInterrupted) {
            true => Err(error),
            false => Ok(()),
        }
    }

    fn serve(&mut self, number: usize, ready: Readiness) -> io::Result<bool> {
        let Some(mut client) = self.clients.remove(&number) else {
            return Ok(false);
        };
        let said = self.read(&mut client)?;
        self.write(&mut client)?;
        let gone = self.makes(Mistake::UsesTokensAgain) && ready.is_read_closed();
        if !(client.at_end && client.unsent.is_empty() || gone) {
            self.clients.insert(number, client);
        }
        Ok(said)
    }

    /// Whether something was said.
    fn read(&self, client: &mut Client) -> io::Result<bool> {
        let mut buffer = [0; 16];
        let before = client.unsent.len();
        while !client.at_end {
            match client.stream.read(&mut buffer) {
                Ok(0) => client.at_end = true,
                Ok(count) => client.unsent.extend(&buffer[..count]),
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    let first = client.unsent.len() == before;
                    match first && self.makes(Mistake::BelievesEvents) {
                        true => return Err(error),
                        false => break,
                    }
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => self.interrupted(error)?,
                Err(error) if self.makes(Mistake::ExitsOnErrors) => return Err(error),
                Err(_) => (client.at_end, client.unsent) = (true, Vec::new()),
            }
            if self.makes(Mistake::ReadsOnce) {
                break;
            }
        }
        Ok(client.unsent.len() > before)
    }

    fn write(&self, client: &mut Client) -> io::Result<()> {
        while !client.unsent.is_empty() {
            match client.stream.write(&client.unsent) {
                Ok(_) if self.makes(Mistake::DropsTheRest) => client.unsent.clear(),
                Ok(count) => drop(client.unsent.drain(..count)),
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == ErrorKind::Interrupted => self.interrupted(error)?,
                Err(error) if self.makes(Mistake::ExitsOnErrors) => return Err(error),
                Err(_) => (client.at_end, client.unsent) = (true, Vec::new()),
            }
        }
        Ok(())
    }

    /// The first one has spoken: the others make room.
    fn send_away(&mut self, cx: &mut Context<'_>) -> io::Result<()> {
        self.clients.retain(|number, _| *number == 1);
        self.accept(cx)
    }
}

impl Handlers for ByHand {
    const TABLE: &'static [Entry] = &[Entry::raw(
        "dispatch",
        "SERVER",
        SERVER,
        Interest::READABLE,
        "self.server",
    )];

    fn source(&mut self, token: Token) -> Option<&mut dyn Source> {
        match token {
            SERVER => Some(&mut self.server),
            _ => None,
        }
    }

    fn dispatch(&mut self, cx: &mut Context<'_>, _: &mut Input, token: Token, ready: Readiness) {
        let done = match token {
            SERVER => self.accept(cx),
            Token(number) => match self.serve(number, ready) {
                Ok(true) if number == 1 && self.accepted == self.places => self.send_away(cx),
                done => done.map(drop),
            },
        };
        if let Err(error) = done {
            cx.fail(error);
        }
    }
}
