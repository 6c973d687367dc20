//! The application: its families, and the handlers.

use std::ops::{Index, IndexMut};
use std::time::Duration;

use miocene::{
    BoxError, ByteLines, Closed, Connection, Context, Ended, Failure, Family, Flow, Token, Tokens,
    handlers,
};

use crate::book::Book;
use crate::common::Lines;
use crate::rng::Rng;
use crate::wire::{Peer, Wire};

const BELL: Token = Token(0);
const AS: Tokens = Tokens::new(1);
const BS: Tokens = Tokens::new(2);

pub type Conn<const S: bool> = Connection<ByteLines, u32, Wire<S>>;
pub type Answer = Result<Flow, BoxError>;

/// The bell is no connection, but its lines are told apart as theirs are.
pub const BELLS: u32 = 1_000_000;

pub struct App<const S: bool> {
    pub bell: Lines,
    pub families: Both<S>,
    pub book: Book,
    pub peers: Vec<Peer>,
    pub ringer: Peer,
    pub rng: Rng,
    /// Nobody asks for anything any more.
    pub calm: bool,
    pub panics: bool,
    /// The hard cap is small: what is sent may be too much.
    pub tight: bool,
    pub limits: Limits,
}

/// The two families, by number.
pub struct Both<const S: bool> {
    a: Family<Conn<S>>,
    b: Family<Conn<S>>,
}

impl<const S: bool> Both<S> {
    pub fn each(&mut self) -> [&mut Family<Conn<S>>; 2] {
        [&mut self.a, &mut self.b]
    }
}

impl<const S: bool> Index<usize> for Both<S> {
    type Output = Family<Conn<S>>;

    fn index(&self, family: usize) -> &Family<Conn<S>> {
        [&self.a, &self.b][family]
    }
}

impl<const S: bool> IndexMut<usize> for Both<S> {
    fn index_mut(&mut self, family: usize) -> &mut Family<Conn<S>> {
        [&mut self.a, &mut self.b][family]
    }
}

#[derive(Clone, Copy)]
pub struct Limits {
    pub cap: usize,
    unsent: (usize, usize, usize),
    linger: (Duration, usize),
}

impl<const S: bool> App<S> {
    pub fn new(rng: &mut Rng) -> App<S> {
        let (bell, ringer) = Lines::pair();
        let tight = rng.one_in(5);
        let low = rng.one_of(&[0, 100, 5000]);
        let high = low + rng.one_of(&[0, 3000, 100_000]);
        let limits = Limits {
            cap: rng.one_of(&[0, 1, 2, 4, 10, 10, 100]),
            unsent: (low, high, if tight { high } else { usize::MAX }),
            linger: rng.one_of(&[
                (Duration::ZERO, 10),
                (Duration::from_millis(1), 0),
                (Duration::from_millis(1), 1 << 20),
                (Duration::from_secs(10), 1 << 30),
            ]),
        };
        let book = Book {
            large: rng.one_in(4),
            ..Book::default()
        };
        App {
            bell,
            families: Both {
                a: family(AS, limits),
                b: family(BS, limits),
            },
            ringer: Peer::new(BELLS, ringer, false),
            peers: Vec::new(),
            rng: rng.split(),
            calm: false,
            panics: rng.one_in(2),
            tight,
            limits,
            book,
        }
    }
}

fn family<const S: bool>(tokens: Tokens, limits: Limits) -> Family<Conn<S>> {
    let (low, high, cap) = limits.unsent;
    Family::new(tokens)
        .cap(limits.cap)
        .unsent(low, high, cap)
        .linger(limits.linger.0, limits.linger.1)
        .frame(1 << 20)
}

/// A family, by number.
pub fn family_of<const S: bool>(family: usize, limits: Limits) -> Family<Conn<S>> {
    self::family([AS, BS][family], limits)
}

#[handlers]
impl<const S: bool> App<S> {
    #[handler(token = BELL, source = self.bell)]
    fn on_bell(&mut self, cx: &mut Context<'_>, line: &[u8]) -> Answer {
        self.bell(cx, line)
    }

    #[handler(tokens = AS, source = self.families.a)]
    fn a_item(&mut self, cx: &mut Context<'_>, member: &mut Conn<S>, item: &[u8]) -> Answer {
        self.item(cx, member, item)
    }

    #[handler(tokens = BS, source = self.families.b)]
    fn b_item(&mut self, cx: &mut Context<'_>, member: &mut Conn<S>, item: &[u8]) -> Answer {
        self.item(cx, member, item)
    }

    #[handler(tokens = BS, interest = WRITABLE)]
    fn b_room(&mut self, cx: &mut Context<'_>, member: &mut Conn<S>) -> Answer {
        self.room(cx, member)
    }

    #[opened(tokens = AS)]
    fn a_opened(&mut self, cx: &mut Context<'_>, member: &mut Conn<S>) -> Answer {
        self.opened(cx, member)
    }

    #[opened(tokens = BS)]
    fn b_opened(&mut self, cx: &mut Context<'_>, member: &mut Conn<S>) -> Answer {
        self.opened(cx, member)
    }

    #[ended(tokens = AS)]
    fn a_ended(&mut self, cx: &mut Context<'_>, member: &mut Conn<S>, why: Ended) -> Answer {
        self.ended(cx, member, why)
    }

    #[ended(tokens = BS)]
    fn b_ended(&mut self, cx: &mut Context<'_>, member: &mut Conn<S>, why: Ended) -> Answer {
        self.ended(cx, member, why)
    }

    #[closed(tokens = AS)]
    fn a_closed(&mut self, cx: &mut Context<'_>, member: Conn<S>, why: Closed) -> Answer {
        self.closed(cx, member, why)
    }

    #[closed(tokens = BS)]
    fn b_closed(&mut self, cx: &mut Context<'_>, member: Conn<S>, why: Closed) -> Answer {
        self.closed(cx, member, why)
    }

    #[failed]
    fn failed(&mut self, _: Failure<'_>) {}
}
