//! The handlers, and what they ask for.

use std::io::Read;
use std::mem;
use std::ops::{Index, IndexMut};
use std::time::Duration;

use miocene::{
    BoxError, ByteLines, Closed, Connection, Context, Ended, Failure, Family, Flow, Token, Tokens,
    handlers,
};

use crate::book::{Book, Stage};
use crate::common::Lines;
use crate::rng::Rng;
use crate::wire::{self, Peer, Wire};

const BELL: Token = Token(0);
const AS: Tokens = Tokens::new(1);
const BS: Tokens = Tokens::new(2);

pub type Conn<const S: bool> = Connection<ByteLines, u32, Wire<S>>;
type Answer = Result<Flow, BoxError>;

/// So many connections are made for a seed.
const MOST: usize = 40;
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
    limits: Limits,
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
struct Limits {
    cap: usize,
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
        let mut book = Book::default();
        book.large = rng.one_in(4);
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

    /// A new connection, to a family.
    pub fn connect(&mut self) {
        if self.peers.len() >= MOST {
            return;
        }
        let id = self.peers.len() as u32;
        let (wire, peer) = wire::pair(id, self.book.large, &mut self.rng);
        self.peers.push(peer);
        let mut member = Connection::with_state(wire, id);
        if self.rng.one_in(3) {
            self.send(&mut member, 2);
        }
        self.insert(member);
    }

    fn insert(&mut self, member: Conn<S>) -> Token {
        let family = self.rng.below(2) as usize;
        let id = member.state;
        let going = !self.families[family].has_room();
        let token = self.families[family].insert(member);
        self.book.note(|| format!("  insert {id} at {:x}", token.0));
        self.book.tokens.push(token);
        let stage = Stage {
            family,
            going,
            ..Stage::default()
        };
        if self.book.stages.insert(token.0, stage).is_some() {
            self.book.complain(format!("{token:?} was given twice"));
        }
        self.book.of(id).family = family;
        token
    }

    fn send(&mut self, member: &mut Conn<S>, lines: u32) {
        let id = member.state;
        for _ in 0..lines {
            let mut line = wire::line(false, id, self.book.of(id).sent, self.book.large);
            line.push(b'\n');
            let before = member.out.unsent().len();
            member.out.send(&line);
            let bytes = self.book.of(id);
            match member.out.unsent().len() - before {
                0 => return,
                count if count == line.len() => {
                    bytes.sent += 1;
                    bytes.taken += count;
                }
                count => self
                    .book
                    .complain(format!("{count} of {} sent", line.len())),
            }
        }
    }

    /// A token of those that there were.
    fn any_token(&mut self) -> Option<Token> {
        let all = self.book.tokens.len().max(1) as u32;
        let which = self.rng.below(all) as usize;
        self.book.tokens.get(which).copied()
    }

    fn verb(&mut self, cx: &mut Context<'_>, lent: &mut Option<(&mut Conn<S>, Token)>) {
        let token = match lent {
            Some((_, own)) if self.rng.one_in(3) => Some(*own),
            _ => self.any_token(),
        };
        let Some(token) = token else {
            return self.connect();
        };
        let family = self.book.stage(token).family;
        let here = {
            let stage = self.book.stage(token);
            !stage.going && !stage.closed && !stage.dropped
        };
        let verb = self.rng.below(14);
        self.book.note(|| format!("  verb {verb} at {:x}", token.0));
        let members = &mut self.families[family];
        let (done, may) = match verb {
            0 => (members.close(token), here),
            1 => (members.abort(token), !self.book.stage(token).closed),
            2 => (members.leave(token), here),
            3 => (members.pause(token), here),
            4 | 5 => (members.resume(token), here),
            6 => {
                self.connect();
                return;
            }
            7 | 8 => {
                let lines = 1 + self.rng.below(30);
                if let Some((member, _)) = lent {
                    self.send(member, lines);
                }
                return;
            }
            9 => {
                let Some(mut member) = self.take(family, token) else {
                    return;
                };
                let lines = 1 + self.rng.below(5);
                self.send(&mut member, lines);
                self.give_back(family, token, member);
                return;
            }
            10 => return self.exchange(family, token, lent),
            11 if self.rng.one_in(6) => {
                let own = lent.as_ref().map(|(member, token)| (member.state, *token));
                return self.replace(family, own);
            }
            12 if self.rng.one_in(10) => {
                if let Some((member, _)) = lent {
                    member.out.finish();
                    self.book.of(member.state).finished = true;
                }
                return;
            }
            13 if self.rng.one_in(20) => {
                self.book.stopped = true;
                cx.stop();
                return;
            }
            _ => return,
        };
        if done && !may {
            let stage = self.book.stage(token).clone();
            self.book
                .complain(format!("verb {verb} at {token:?} was done: {stage:?}"));
        }
        let stage = self.book.stage(token);
        match verb {
            0..=2 if done => {
                stage.going = true;
                stage.hurried |= verb > 0;
            }
            3 if done => stage.paused = true,
            4 | 5 if done => stage.paused = false,
            _ => {}
        }
    }

    /// Borrows a member apart from the application: another is in its place.
    fn take(&mut self, family: usize, token: Token) -> Option<Conn<S>> {
        let (wire, _) = wire::pair(0, false, &mut self.rng);
        let member = self.families[family].get_mut(token)?;
        Some(mem::replace(member, Connection::with_state(wire, 0)))
    }

    fn give_back(&mut self, family: usize, token: Token, member: Conn<S>) {
        if let Some(place) = self.families[family].get_mut(token) {
            *place = member;
        }
    }

    fn exchange(&mut self, family: usize, token: Token, lent: &mut Option<(&mut Conn<S>, Token)>) {
        let Some((mine, own)) = lent else { return };
        let own_family = self.book.stage(*own).family;
        // An event for the end of one is not for the other.
        if self.book.stage(*own).ended || self.book.stage(token).ended {
            return;
        }
        if let Some(theirs) = self.families[family].get_mut(token) {
            self.book
                .note(|| format!("  exchange {} and {}", mine.state, theirs.state));
            mem::swap(*mine, theirs);
            self.book.of(mine.state).family = own_family;
            self.book.of(theirs.state).family = family;
        }
    }

    /// All but the one that is lent are dropped without a word.
    fn replace(&mut self, family: usize, own: Option<(u32, Token)>) {
        self.book.note(|| format!("  replace {family}"));
        self.families[family] = family_of(family, self.limits);
        for (token, stage) in &mut self.book.stages {
            let lent = own.is_some_and(|(_, own)| own.0 == *token);
            if stage.family == family && !stage.closed {
                stage.dropped |= !lent;
                stage.going = true;
                stage.hurried = true;
            }
        }
        for (id, bytes) in &mut self.book.bytes {
            let lent = own.is_some_and(|(own, _)| own == *id);
            if bytes.family == family && bytes.over.is_none() && !lent {
                bytes.unknown = true;
                bytes.over = Some(0);
            }
        }
    }

    /// What a handler asks for, and answers.
    fn whim(&mut self, cx: &mut Context<'_>, mut lent: Option<(&mut Conn<S>, Token)>) -> Answer {
        if self.calm {
            return Ok(Flow::Continue);
        }
        while self.rng.one_in(2) {
            self.verb(cx, &mut lent);
        }
        let answer = self.rng.below(40);
        let token = lent.as_ref().map(|(_, token)| *token);
        self.book.note(|| format!("  answer {answer}"));
        let Some(token) = token else {
            return match answer {
                0 => Err("the bell's".into()),
                _ => Ok(Flow::Continue),
            };
        };
        let stopped = self.book.stopped;
        let stage = self.book.stage(token);
        match answer {
            0..=2 => stage.paused = true,
            3 | 4 => stage.going = true,
            5 | 6 => (stage.going, stage.hurried) = (true, true),
            7 => stage.going = true,
            8 if self.panics && !stopped => {
                (stage.going, stage.hurried) = (true, true);
                self.book.note(|| "panics".to_owned());
                panic!("planned");
            }
            _ => return Ok(Flow::Continue),
        }
        match answer {
            0..=2 => Ok(Flow::Pause),
            3 | 4 => Ok(Flow::Close),
            5 | 6 => Ok(Flow::Leave),
            _ => Err("a member's".into()),
        }
    }

    fn bell(&mut self, cx: &mut Context<'_>, line: &[u8]) -> Answer {
        self.book.calls += 1;
        self.book.note(|| "bell".to_owned());
        self.book.came(BELLS, &line[..line.len() - 1], false);
        self.whim(cx, None)
    }

    fn item(&mut self, cx: &mut Context<'_>, member: &mut Conn<S>, item: &[u8]) -> Answer {
        let (id, token) = (member.state, cx.token());
        self.book.called("item", token, id);
        self.book.came(id, item, self.shuts(id));
        if self.rng.one_in(2) || self.calm {
            self.send(member, 1);
        }
        self.whim(cx, Some((member, token)))
    }

    fn shuts(&self, id: u32) -> bool {
        let peer = &self.peers[id as usize];
        peer.shut || !peer.is_open()
    }

    fn opened(&mut self, cx: &mut Context<'_>, member: &mut Conn<S>) -> Answer {
        let token = cx.token();
        self.book.called("opened", token, member.state);
        self.book.stage(token).opened = true;
        self.whim(cx, Some((member, token)))
    }

    fn room(&mut self, cx: &mut Context<'_>, member: &mut Conn<S>) -> Answer {
        let token = cx.token();
        self.book.called("writable", token, member.state);
        self.whim(cx, Some((member, token)))
    }

    fn ended(&mut self, cx: &mut Context<'_>, member: &mut Conn<S>, why: Ended) -> Answer {
        let (id, token) = (member.state, cx.token());
        self.book.called("ended", token, id);
        self.book.note(|| format!("  {why:?}"));
        let (shuts, written) = (self.shuts(id), self.peers[id as usize].written);
        let bytes = self.book.of(id);
        let (eof, came) = (matches!(why, Ended::Eof), bytes.came_bytes);
        let all = bytes.lossy || (written..=written + 1).contains(&came);
        (bytes.eof, bytes.lossy) = (eof, true);
        if !shuts || eof && !all {
            self.book
                .complain(format!("{id} {why:?}: {came} came of {written}"));
        }
        self.book.stage(token).ended = true;
        let answer = self.whim(cx, Some((member, token)));
        if self.calm || matches!(answer, Ok(Flow::Continue)) && self.rng.one_in(2) {
            self.book.stage(token).going = true;
            return Ok(Flow::Close);
        }
        if matches!(answer, Ok(Flow::Pause)) {
            self.book.stage(token).paused = false;
        }
        answer
    }

    fn closed(&mut self, cx: &mut Context<'_>, mut member: Conn<S>, why: Closed) -> Answer {
        let (id, token) = (member.state, cx.token());
        self.book.called("closed", token, id);
        self.book.note(|| format!("  {why:?}"));
        let unsent = member.out.unsent().len() + member.stream().held();
        let stopped = self.book.stopped;
        let stage = mem::replace(
            self.book.stage(token),
            Stage {
                closed: true,
                ..Stage::default()
            },
        );
        let open = self.peers[id as usize].is_open();
        let fits = match &why {
            Closed::Asked => {
                !stage.opened || stage.hurried || stopped || self.tight || !open || unsent == 0
            }
            Closed::Ended(_) => stage.ended || stage.going,
            Closed::Write(_) => !open,
            Closed::Overflow => self.tight,
            Closed::Stopped => stopped,
            Closed::Replaced | Closed::Left | Closed::Aborted => stage.hurried,
            Closed::Refused | Closed::Failed(_) | Closed::Panicked => stage.going,
            _ => false,
        };
        if !fits || stage.dropped {
            self.book
                .complain(format!("{id} {why:?}: {stage:?}, {unsent} unsent"));
        }
        let left = matches!(why, Closed::Left);
        if left && !self.calm && self.rng.one_in(2) {
            if self.rng.one_in(2) && !self.book.of(id).finished {
                let parts = member.into_parts();
                member = Connection::with_state(parts.stream, parts.state);
                member.unread(parts.unread);
                member.out.send(&parts.unsent);
            }
            self.insert(member);
        } else {
            self.book.of(id).over = Some(unsent);
            if left && !stage.ended {
                self.compare_rest(id, member);
            }
        }
        self.whim(cx, None).map(|_| Flow::Continue)
    }

    /// All that its peer has written is there, for one that left.
    fn compare_rest(&mut self, id: u32, member: Conn<S>) {
        let mut parts = member.into_parts();
        let mut rest = parts.unread;
        let mut buffer = [0; 4096];
        loop {
            match parts.stream.read(&mut buffer) {
                Ok(0) => break,
                Ok(count) => rest.extend_from_slice(&buffer[..count]),
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(_) => break,
            }
        }
        let bytes = self.book.of(id).clone();
        if bytes.lossy || bytes.cut {
            return;
        }
        let wanted = wire::lines_from(true, id, bytes.came, self.book.large);
        let written = self.peers[id as usize].written;
        let whole = bytes.came_bytes + rest.len() == written;
        if !whole || !wanted.take(rest.len()).eq(rest.iter().copied()) {
            let came = bytes.came_bytes;
            self.book.complain(format!(
                "{id} left: {came} came, {} left, of {written}",
                rest.len()
            ));
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

fn family_of<const S: bool>(family: usize, limits: Limits) -> Family<Conn<S>> {
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
