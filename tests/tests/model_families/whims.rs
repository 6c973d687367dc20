//! What handlers and hooks ask for, of the loop and of the model alike.

use std::mem;

use miocene::{Connection, Context, Flow, Token};

use crate::app::{Answer, App, Conn, family_of};
use crate::book::Stage;
use crate::wire;

/// So many connections are made for a seed.
const MOST: usize = 40;

impl<const S: bool> App<S> {
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

    pub fn insert(&mut self, member: Conn<S>) -> Token {
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

    pub fn send(&mut self, member: &mut Conn<S>, lines: u32) {
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
    pub fn whim(
        &mut self,
        cx: &mut Context<'_>,
        mut lent: Option<(&mut Conn<S>, Token)>,
    ) -> Answer {
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
}
