//! The application: it reads what it is given, and then does as it likes.

use std::io;
use std::os::unix::net::{UnixDatagram, UnixStream};

use miocene::{BoxError, Context, Ended, Failure, Flow, Interest, Readiness, Token, handlers};

use crate::contract::{Contract, Which};
use crate::rng::Rng;
use crate::sources::{Bytes, Items, Lines};
use crate::wire::{Peer, Wire};

const ITEMS: Token = Which::Items.token();
const BYTES: Token = Which::Bytes.token();
const DATAGRAMS: Token = Which::Datagrams.token();
const STREAM: Token = Which::Stream.token();
const LINES: Token = Which::Lines.token();
const CONTROL: Token = Token(5);

/// A piece of what the stream has to write: a few of them fill it.
static CHUNK: [u8; 20_000] = [7; 20_000];

pub struct App {
    pub items: Items,
    pub bytes: Bytes,
    pub datagrams: Wire<UnixDatagram>,
    pub stream: Wire<UnixStream>,
    pub lines: Lines,
    /// Whoever is calm is told here to mend what the others have left.
    pub control: Wire<UnixDatagram>,
    pub contract: Contract,
    pub rng: Rng,
    /// Nobody asks for anything any more: all that was sent is to arrive.
    pub calm: bool,
    /// How many chunks the stream has yet to write.
    pub owed: u32,
    /// The last of them was written without `WouldBlock`, when the poll had been
    /// told so many times of the stream.
    wrote: Option<usize>,
}

impl App {
    pub fn new(mut rng: Rng) -> App {
        App {
            items: Items::new(rng.split()),
            bytes: Bytes(Wire::new()),
            datagrams: Wire::new(),
            stream: Wire::new(),
            lines: Lines {
                wire: Wire::new(),
                kept: Vec::new(),
            },
            control: Wire::new(),
            contract: Contract::new(),
            rng,
            calm: false,
            owed: 0,
            wrote: None,
        }
    }

    pub fn wire(&mut self, which: Which) -> &mut dyn Peer {
        match which {
            Which::Items => &mut self.items.wire,
            Which::Bytes => &mut self.bytes.0,
            Which::Datagrams => &mut self.datagrams,
            Which::Stream => &mut self.stream,
            Which::Lines => &mut self.lines.wire,
        }
    }

    /// Whether the stream is to be called again without any doing of its peer's:
    /// it wrote and did not block, and is still registered as it was then.
    pub fn writes_on(&self) -> bool {
        self.wrote == Some(self.stream.registrations())
    }

    fn called(&mut self, cx: &Context<'_>, which: Which, to_read: bool) {
        let registrations = self.wire(which).registrations();
        self.contract
            .called(which, cx.token(), to_read, registrations);
    }

    fn arrived(&mut self, which: Which, result: Result<(), BoxError>) {
        let complaint = result.err().map(|error| format!("{which:?}: {error}"));
        self.contract.complain(complaint);
    }

    /// How often a raw handler tries; when all are calm, at least once.
    fn tries(&mut self) -> u32 {
        self.rng.below(3) + u32::from(self.calm)
    }

    fn write(&mut self, ready: &mut Readiness) -> io::Result<()> {
        if !self.calm && self.rng.one_in(3) {
            self.owed += 1 + self.rng.below(8);
        }
        for _ in 0..=self.rng.below(3) {
            if self.owed > 0 {
                let result = ready.try_io(Interest::WRITABLE, || self.stream.answer(&CHUNK));
                self.wrote = result.is_ok().then(|| self.stream.registrations());
                result?;
                self.owed -= 1;
            }
        }
        Ok(())
    }
}

#[handlers]
impl App {
    #[handler(token = ITEMS)]
    fn item(&mut self, cx: &mut Context<'_>, item: &[u8]) -> Result<Flow, BoxError> {
        self.called(cx, Which::Items, true);
        let result = self.items.wire.arrived(item);
        self.arrived(Which::Items, result);
        self.act(cx, Which::Items)
    }

    #[handler(token = BYTES)]
    fn byte(&mut self, cx: &mut Context<'_>, byte: u8) -> Result<Flow, BoxError> {
        self.called(cx, Which::Bytes, true);
        let result = self.bytes.0.arrived(&[byte]);
        self.arrived(Which::Bytes, result);
        self.act(cx, Which::Bytes)
    }

    #[handler(token = BYTES, interest = WRITABLE)]
    fn room(&mut self, cx: &mut Context<'_>) -> Result<Flow, BoxError> {
        self.called(cx, Which::Bytes, false);
        self.act(cx, Which::Bytes)
    }

    #[handler(token = DATAGRAMS, raw)]
    fn datagram(&mut self, cx: &mut Context<'_>, ready: &mut Readiness) -> Result<Flow, BoxError> {
        self.called(cx, Which::Datagrams, true);
        for _ in 0..self.tries() {
            let mut buffer = [0; 8];
            let read = || self.datagrams.receive(&mut buffer);
            let count = ready.try_io(Interest::READABLE, read)?;
            let result = self.datagrams.arrived(&buffer[..count]);
            self.arrived(Which::Datagrams, result);
        }
        self.act(cx, Which::Datagrams)
    }

    #[handler(token = STREAM, interest = READABLE | WRITABLE, raw)]
    fn ready(&mut self, cx: &mut Context<'_>, ready: &mut Readiness) -> Result<Flow, BoxError> {
        self.called(cx, Which::Stream, ready.is_readable());
        for _ in 0..self.tries() {
            if ready.is_readable() {
                let mut byte = [0];
                match ready.try_io(Interest::READABLE, || self.stream.receive(&mut byte)) {
                    Ok(count) => {
                        let result = self.stream.arrived(&byte[..count]);
                        self.arrived(Which::Stream, result);
                    }
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                    Err(error) => return Err(error.into()),
                }
            }
        }
        self.write(ready)?;
        self.act(cx, Which::Stream)
    }

    #[handler(token = LINES)]
    fn line(&mut self, cx: &mut Context<'_>, line: &[u8]) -> Result<Flow, BoxError> {
        self.called(cx, Which::Lines, true);
        let result = self.lines.wire.arrived(line);
        self.arrived(Which::Lines, result);
        self.act(cx, Which::Lines)
    }

    #[handler(token = CONTROL, raw)]
    fn control(&mut self, cx: &mut Context<'_>, ready: &mut Readiness) -> io::Result<()> {
        self.contract.calls += 1;
        let mut buffer = [0; 8];
        let count = ready.try_io(Interest::READABLE, || self.control.receive(&mut buffer))?;
        self.mend(cx);
        let result = self.control.arrived(&buffer[..count]);
        result.map_err(io::Error::other)
    }

    #[ended(token = ITEMS)]
    #[ended(token = BYTES)]
    #[ended(token = DATAGRAMS)]
    #[ended(token = STREAM)]
    #[ended(token = LINES)]
    fn over(&mut self, cx: &mut Context<'_>, _: Ended) -> Result<Flow, BoxError> {
        let which = Which::of(cx.token());
        self.contract.ended(which);
        self.follow(cx, which)
    }

    #[failed]
    fn failed(&mut self, cx: &mut Context<'_>, failure: Failure<'_>) -> Flow {
        self.contract.calls += 1;
        let which = Which::of(failure.token);
        assert_eq!(cx.token(), failure.token);
        self.answer(which)
    }
}
