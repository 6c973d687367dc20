//! Plays a script, and records what comes of each step.

use std::io::{self, Read, Write};
use std::net::SocketAddr;
use std::path::PathBuf;

use miocene::mio::event::Source;
use miocene::mio::{Interest, Registry, Token};
use miocene::net::{Address, ListenOptions, Listener, Stream, TcpStream, UnixStream};

use crate::script::{Batch, Kind, Step, Who, other};
use crate::worlds::{Told, World};

/// The token of the listener; those of ends are their numbers.
pub const LISTENER: usize = 100;

/// What has come of a batch: the result of each step, and what the loop was told.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Record {
    pub results: Vec<String>,
    pub told: Told,
}

/// Where to listen, and how many may wait there.
#[derive(Debug, Clone)]
pub struct Place {
    pub kind: Kind,
    pub path: PathBuf,
    pub backlog: u32,
}

/// Plays a script; what is awaited is waited for after each batch.
pub fn play<W: World>(
    world: &mut W,
    place: &Place,
    script: &[Batch],
    awaited: &[Told],
) -> Vec<Record> {
    let mut scene = Scene::new(world, place);
    let nothing = Told::new();
    let awaited = awaited.iter().chain(std::iter::repeat(&nothing));
    let records = script
        .iter()
        .zip(awaited)
        .map(|(batch, awaited)| scene.batch(batch, awaited))
        .collect();
    scene.close();
    records
}

struct Scene<'a, W> {
    world: &'a mut W,
    place: Place,
    address: Option<Address>,
    listener: Option<Listener>,
    ends: Vec<Option<Stream>>,
    written: Vec<usize>,
    read: Vec<usize>,
    /// What the loop was told within a step.
    told: Told,
}

impl<'a, W: World> Scene<'a, W> {
    fn new(world: &'a mut W, place: &Place) -> Scene<'a, W> {
        const ENDS: usize = 8;

        let options = ListenOptions::new().backlog(place.backlog);
        let listener: Listener = match place.kind {
            Kind::Tcp => options.bind("127.0.0.1:0").expect("a listener").into(),
            Kind::Unix => options.bind_unix(&place.path).expect("a listener").into(),
        };
        Scene {
            world,
            place: place.clone(),
            address: Some(listener.local_addr().expect("its address")),
            listener: Some(listener),
            ends: (0..ENDS).map(|_| None).collect(),
            written: vec![0; ENDS],
            read: vec![0; ENDS],
            told: Told::new(),
        }
    }

    fn batch(&mut self, batch: &[Step], awaited: &Told) -> Record {
        let results = batch.iter().map(|step| self.step(*step)).collect();
        let mut rest = awaited.clone();
        // What came within a step is not to be waited for.
        rest.retain(|token, ready| {
            let told = self.told.get(token).copied().unwrap_or_default();
            told | *ready != told
        });
        let after = self.world.settle(&rest);
        add(&mut self.told, after);
        Record {
            results,
            told: std::mem::take(&mut self.told),
        }
    }

    fn step(&mut self, step: Step) -> String {
        match step {
            Step::Connect(who) => {
                let connected = self.connect();
                self.put(who, connected)
            }
            Step::ConnectToItself(who) => {
                let connected = self.world.connect_to_itself();
                self.put(who, Ok(connected.into()))
            }
            Step::Accept(who) => {
                let listener = self.listener.as_ref().expect("a listener");
                let accepted = listener.accept().map(|(stream, _)| stream);
                self.put(who, accepted)
            }
            Step::CloseListener => {
                self.listener = None;
                "closed".to_owned()
            }
            Step::RegisterListener => {
                let listener = self.listener.as_mut().expect("a listener");
                let register = |registry: &Registry| {
                    listener.register(registry, Token(LISTENER), Interest::READABLE)
                };
                said(self.world.registered(register))
            }
            Step::Register(who, interest) => self.registry(who, |stream, registry| {
                stream.register(registry, Token(who), interest)
            }),
            Step::Reregister(who, interest) => self.registry(who, |stream, registry| {
                stream.reregister(registry, Token(who), interest)
            }),
            Step::Deregister(who) => {
                self.registry(who, |stream, registry| stream.deregister(registry))
            }
            Step::Write(who, count) => said_count(self.write(who, count)),
            Step::Fill(who) => self.fill(who),
            Step::Read(who, count) => said_count(self.read(who, count)),
            Step::Empty(who) => self.empty(who),
            Step::Shut(who, how) => said(self.end(who).shutdown(how)),
            Step::Close(who) => {
                self.ends[who] = None;
                "closed".to_owned()
            }
            Step::TakeError(who) => match self.end(who).take_error() {
                Ok(None) => "no error".to_owned(),
                Ok(Some(error)) => format!("took {:?}", error.kind()),
                Err(error) => format!("{:?}", error.kind()),
            },
            Step::PeerAddress(who) => match self.end(who).peer_addr() {
                Ok(Address::Tcp(peer)) if self.is_its_own(who, peer) => "its own".to_owned(),
                address => said(address.map(|_| ())),
            },
        }
    }

    fn connect(&self) -> io::Result<Stream> {
        match self.address.as_ref().expect("an address") {
            Address::Tcp(address) => TcpStream::connect(*address).map(Stream::from),
            _ => UnixStream::connect(&self.place.path).map(Stream::from),
        }
    }

    fn put(&mut self, who: Who, stream: io::Result<Stream>) -> String {
        match stream {
            Ok(stream) => {
                // So that nothing waits for an acknowledgement.
                stream.set_nodelay(true).expect("an option");
                self.ends[who] = Some(stream);
                "ok".to_owned()
            }
            Err(error) => format!("{:?}", error.kind()),
        }
    }

    fn end(&mut self, who: Who) -> &mut Stream {
        self.ends[who].as_mut().expect("an end that is open")
    }

    fn is_its_own(&mut self, who: Who, peer: SocketAddr) -> bool {
        let own = self.end(who).local_addr().expect("its own address");
        matches!(own, Address::Tcp(own) if own == peer)
    }

    fn registry(
        &mut self,
        who: Who,
        does: impl FnOnce(&mut Stream, &Registry) -> io::Result<()>,
    ) -> String {
        let stream = self.ends[who].as_mut().expect("an end that is open");
        said(self.world.registered(|registry| does(stream, registry)))
    }

    fn write(&mut self, who: Who, count: usize) -> io::Result<usize> {
        let begin = self.written[who];
        let bytes: Vec<u8> = (begin..begin + count).map(|at| byte(who, at)).collect();
        let count = self.end(who).write(&bytes)?;
        self.written[who] += count;
        Ok(count)
    }

    fn read(&mut self, who: Who, count: usize) -> io::Result<usize> {
        let mut buffer = vec![0; count];
        let count = self.end(who).read(&mut buffer)?;
        let begin = self.read[who];
        for (at, found) in buffer[..count].iter().enumerate() {
            assert_eq!(*found, byte(other(who), begin + at), "byte {}", begin + at);
        }
        self.read[who] += count;
        Ok(count)
    }

    fn fill(&mut self, who: Who) -> String {
        const AT_ONCE: usize = 64 * 1024;
        let mut was_full = false;
        loop {
            match self.write(who, AT_ONCE) {
                Ok(_) => was_full = false,
                Err(error) if error.kind() != io::ErrorKind::WouldBlock => {
                    return format!("{:?}", error.kind());
                }
                Err(_) if was_full => return "full".to_owned(),
                Err(_) => was_full = true,
            }
            self.settle_within();
        }
    }

    fn empty(&mut self, who: Who) -> String {
        const AT_ONCE: usize = 64 * 1024;
        let mut looks = 0;
        loop {
            match self.read(who, AT_ONCE) {
                Ok(0) => return "all, and the end".to_owned(),
                Ok(_) => looks = 0,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    if self.read[who] == self.written[other(who)] {
                        return "all".to_owned();
                    }
                    if looks == W::LOOKS {
                        return "a part".to_owned();
                    }
                    looks += 1;
                    self.settle_within();
                }
                Err(error) => return format!("all, and {:?}", error.kind()),
            }
        }
    }

    fn settle_within(&mut self) {
        let told = self.world.settle(&Told::new());
        add(&mut self.told, told);
    }

    fn close(&mut self) {
        for end in &mut self.ends {
            *end = None;
        }
        self.listener = None;
        self.world.settle(&Told::new());
        if self.place.kind == Kind::Unix {
            let _ = std::fs::remove_file(&self.place.path);
        }
    }
}

fn add(told: &mut Told, more: Told) {
    for (token, ready) in more {
        *told.entry(token).or_default() |= ready;
    }
}

/// What an end writes as its byte `at`.
fn byte(who: Who, at: usize) -> u8 {
    (at as u8).wrapping_mul(31) ^ (at >> 8) as u8 ^ (who as u8) << 6
}

fn said(result: io::Result<()>) -> String {
    match result {
        Ok(()) => "ok".to_owned(),
        Err(error) => format!("{:?}", error.kind()),
    }
}

fn said_count(result: io::Result<usize>) -> String {
    match result {
        Ok(count) => count.to_string(),
        Err(error) => format!("{:?}", error.kind()),
    }
}
