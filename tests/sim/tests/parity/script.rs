//! What is done, one thing after the other, to both ends of connections.

use std::fmt;
use std::net::Shutdown;

use miocene::Interest;

/// One end of a connection: the client's ends are even, and the server's end of
/// the same connection is the next number.
pub type Who = usize;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// A client connects.
    Connect(Who),
    /// A client connects to its own port.
    ConnectToItself(Who),
    /// The server accepts, at this end.
    Accept(Who),
    CloseListener,
    RegisterListener,
    Register(Who, Interest),
    Reregister(Who, Interest),
    Deregister(Who),
    Write(Who, usize),
    /// Writes until there is no room any more, however long one waits.
    Fill(Who),
    Read(Who, usize),
    /// Reads until all has come that the other end has written, or it ends.
    Empty(Who),
    Shut(Who, Shutdown),
    /// What was not read by then has the connection reset.
    Close(Who),
    TakeError(Who),
    PeerAddress(Who),
}

/// Steps that are taken before the loop is turned again.
pub type Batch = Vec<Step>;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    Tcp,
    Unix,
}

pub fn other(who: Who) -> Who {
    who ^ 1
}

/// Numbers drawn at random, the same ones each time (xorshift).
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Random {
        Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 16) as usize % bound
    }

    fn interest(&mut self) -> Interest {
        match self.below(4) {
            0 => Interest::READABLE,
            1 => Interest::WRITABLE,
            _ => Interest::READABLE | Interest::WRITABLE,
        }
    }
}

/// A conversation that makes sense, as far as nobody does anything with an end
/// that it has not, or has not any more.
pub fn drawn(seed: u64) -> Vec<Batch> {
    let mut draw = Draw {
        random: Random::new(seed),
        ends: [End::default(); 2],
        script: vec![vec![Step::Connect(0)]],
    };
    draw.ends[0].open = true;
    for _ in 0..4 + draw.random.below(16) {
        let batch = draw.batch();
        draw.script.push(batch);
    }
    draw.script
}

struct Draw {
    random: Random,
    ends: [End; 2],
    script: Vec<Batch>,
}

#[derive(Debug, Clone, Copy, Default)]
struct End {
    open: bool,
    registered: bool,
    gone: bool,
    /// Answers what comes with a reset.
    deaf: bool,
    /// Has filled the buffers.
    full: bool,
}

impl Draw {
    fn batch(&mut self) -> Batch {
        if !self.ends[1].open && !self.ends[1].gone && self.random.below(3) != 0 {
            self.ends[1].open = true;
            return vec![Step::Accept(1)];
        }
        let who = self.random.below(2);
        if !self.ends[who].open {
            return Vec::new();
        }
        if !self.ends[who].registered && self.random.below(2) == 0 {
            self.ends[who].registered = true;
            return vec![Step::Register(who, self.random.interest())];
        }
        // While the other end is there, what is written together arrives together.
        let (this, other) = (self.ends[who], self.ends[other(who)]);
        let together = other.open && !other.deaf && !this.full && self.random.below(3) == 0;
        let mut batch = match together {
            true => vec![Step::Write(who, 1 + self.random.below(100))],
            false => Vec::new(),
        };
        batch.push(self.step(who, together));
        batch
    }

    fn step(&mut self, who: Who, writes_only: bool) -> Step {
        let full = self.ends[who].full || self.ends[other(who)].full;
        let random = &mut self.random;
        match random.below(if writes_only { 12 } else { 32 }) {
            // What comes of these is a matter of the buffers.
            0..12 if full => Step::PeerAddress(who),
            0..6 => Step::Write(who, 1 + random.below(1000)),
            6 | 7 => Step::Shut(who, Shutdown::Write),
            8 | 9 => {
                self.ends[who].deaf = true;
                let how = [Shutdown::Both, Shutdown::Read][random.below(2)];
                Step::Shut(who, how)
            }
            10 | 11 => {
                self.ends[who].open = false;
                self.ends[who].gone = true;
                Step::Close(who)
            }
            12..18 => Step::Read(who, 1 + random.below(200)),
            18..23 => {
                self.ends[other(who)].full = false;
                Step::Empty(who)
            }
            // An end that reads no more opens no window either.
            23 | 24 if !self.ends[other(who)].deaf => {
                self.ends[who].full = true;
                Step::Fill(who)
            }
            25 => Step::TakeError(who),
            26 => Step::PeerAddress(who),
            27..30 if self.ends[who].registered => Step::Reregister(who, random.interest()),
            30 if self.ends[who].registered => {
                self.ends[who].registered = false;
                Step::Deregister(who)
            }
            _ => Step::Read(who, 1 + random.below(5000)),
        }
    }
}

/// A script, in the words in which one writes it.
pub struct Shown<'a>(pub &'a [Batch]);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, batch) in self.0.iter().enumerate() {
            writeln!(formatter, "  {number:2}  {batch:?}")?;
        }
        Ok(())
    }
}
