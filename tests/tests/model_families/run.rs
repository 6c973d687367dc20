//! One seed: some steps at random, and then calm.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use miocene::{Config, EventLoop, Panics, Token, Turn};

use crate::app::{App, BELLS};
use crate::rng::Rng;

const STEPS: usize = 80;
/// Within so many steps whatever was sent has arrived, if all are calm.
const CALM: usize = 20_000;
/// How many turns in a row may call nobody and yet want another at once.
const IDLE: usize = 200;
/// How many lines of what happened are shown of a seed that is replayed.
const MOST: usize = 300;

pub fn run(seed: u64) -> Result<(), String> {
    let before = descriptors();
    let done = match seed % 2 {
        0 => Run::<false>::new(seed).all(),
        _ => Run::<true>::new(seed).all(),
    };
    done.map_err(|what| format!("MIOCENE_SEED={seed}: {what}"))?;
    match descriptors() {
        after if after == before => Ok(()),
        after => Err(format!(
            "MIOCENE_SEED={seed}: {after} descriptors, {before} before"
        )),
    }
}

/// How many this process has; where that cannot be told, as many as ever.
fn descriptors() -> usize {
    std::fs::read_dir("/proc/self/fd").map_or(0, Iterator::count)
}

struct Run<const S: bool> {
    rng: Rng,
    app: App<S>,
    event_loop: EventLoop,
    idle: usize,
}

impl<const S: bool> Run<S> {
    fn new(seed: u64) -> Self {
        let mut rng = Rng::new(seed);
        let mut config = Config::default();
        config.budget = rng.one_of(&[1, 2, 3, 64]);
        config.event_capacity = 1 + rng.below(4) as usize;
        config.event_capacity_max = config.event_capacity + rng.below(8) as usize;
        config.wakes_while_paused = rng.below(3);
        config.grace = Duration::from_millis(rng.one_of(&[0, 1, 10_000]));
        config.panics = Panics::CloseMember;
        Run {
            app: App::new(&mut rng),
            event_loop: EventLoop::with_config(config).unwrap(),
            rng,
            idle: 0,
        }
    }

    fn all(&mut self) -> Result<(), String> {
        for _ in 0..STEPS {
            self.send_and_read()?;
            if self.rng.one_in(4) {
                self.app.connect();
            }
            self.turn()?;
        }
        self.app.calm = true;
        for members in self.app.families.each() {
            for token in members.all_tokens().collect::<Vec<_>>() {
                members.resume(token);
            }
        }
        for stage in self.app.book.stages.values_mut() {
            stage.paused = false;
        }
        let mut step = 0;
        while let Some(missing) = self.missing() {
            step += 1;
            if step == CALM {
                return Err(format!("many turns, and {missing}\n{}", self.log()));
            }
            self.finish()?;
            self.turn()?;
        }
        self.app.book.stopped = true;
        let (event_loop, app) = (&mut self.event_loop, &mut self.app);
        event_loop.close(app);
        self.complaints()?;
        self.accounts()
    }

    /// Peers do something at random.
    fn send_and_read(&mut self) -> Result<(), String> {
        let rng = &mut self.rng;
        if rng.one_in(2) {
            self.app
                .ringer
                .send(rng.below(3), 1 + rng.below(60) as usize);
        }
        for peer in &mut self.app.peers {
            match rng.below(60) {
                0..=19 => peer.send(rng.below(4), rng.one_of(&[1, 10, 100, 10_000, 200_000])),
                20..=29 => peer.read(rng.one_of(&[1, 1000, 100_000]))?,
                30 => peer.shut(),
                31 => peer.close(),
                _ => {}
            }
        }
        Ok(())
    }

    /// Peers send what they have begun, and read what there is.
    fn finish(&mut self) -> Result<(), String> {
        self.app.ringer.send(0, usize::MAX);
        for peer in &mut self.app.peers {
            peer.send(0, usize::MAX);
            peer.read(200_000)?;
            peer.hang_up();
        }
        Ok(())
    }

    fn turn(&mut self) -> Result<(), String> {
        let calls = self.app.book.calls;
        let (event_loop, app) = (&mut self.event_loop, &mut self.app);
        let turn = catch_unwind(AssertUnwindSafe(|| {
            event_loop.turn(app, Some(Duration::ZERO))
        }));
        let turn = match turn {
            Err(_) => return Err(format!("a panic came through\n{}", self.log())),
            Ok(Err(error)) => return Err(format!("{error}\n{}", self.log())),
            Ok(Ok(turn)) => turn,
        };
        self.app.book.note(|| format!("turn {turn:?}"));
        self.idle = match turn {
            Turn {
                again: Some(Duration::ZERO),
                ..
            } if calls == self.app.book.calls => self.idle + 1,
            _ => 0,
        };
        self.complaints()?;
        if self.idle > IDLE {
            return Err(format!("busy with nothing\n{}", self.log()));
        }
        if turn.finished && !self.app.book.stopped {
            return Err(format!(
                "{turn:?}, and nobody has stopped it\n{}",
                self.log()
            ));
        }
        if turn.finished {
            self.app.book.stopped = false;
            self.count(true)?;
        }
        self.count(false)
    }

    /// Those that are in no family have been closed, and no others.
    fn count(&self, at_rest: bool) -> Result<(), String> {
        let stages = self.app.book.stages.iter();
        let mut most = [0, 0];
        for (token, stage) in stages {
            let here = self.app.families[stage.family].contains(Token(*token));
            most[stage.family] += usize::from(!stage.closed && !stage.dropped);
            if here && (stage.closed || stage.dropped || stage.going)
                || at_rest && !here && !stage.closed && !stage.dropped && !stage.going
            {
                return Err(format!(
                    "{token:x} is here: {here}, {stage:?}\n{}",
                    self.log()
                ));
            }
        }
        for (family, most) in most.into_iter().enumerate() {
            let members = &self.app.families[family];
            if members.len() > most || at_rest && members.len() < members.all_tokens().count() {
                return Err(format!(
                    "{} of {most} members\n{}",
                    members.len(),
                    self.log()
                ));
            }
        }
        Ok(())
    }

    /// What is to come still.
    fn missing(&mut self) -> Option<String> {
        let App {
            book,
            families,
            peers,
            ringer,
            ..
        } = &mut self.app;
        if book.stopped {
            let here = book.stages.iter();
            let here = here.filter(|(_, stage)| !stage.closed && !stage.dropped);
            return Some(format!(
                "it does not stop: {:x?} {:?}",
                here.collect::<Vec<_>>(),
                peers
                    .iter()
                    .filter(|p| p.waits())
                    .map(|p| (p.id, p.got, p.shut, book.bytes.get(&p.id)))
                    .collect::<Vec<_>>()
            ));
        }
        if !ringer.is_done() || book.of(BELLS).came != ringer.begun {
            return Some("the bell's lines".to_owned());
        }
        for family in [0, 1] {
            let members = &families[family];
            if members.len() != members.all_tokens().count() {
                return Some(format!("{} members in {family}", members.len()));
            }
            for member in members.iter() {
                let (id, token) = (member.state, member.token().map(|token| token.0));
                let Some(stage) = token.and_then(|token| book.stages.get(&token)) else {
                    return Some(format!("{id} is not registered"));
                };
                let ended = stage.ended;
                let (bytes, peer) = (book.of(id), &peers[id as usize]);
                if ended || !peer.is_open() {
                    continue;
                }
                if peer.shut || !peer.is_done() || bytes.came != peer.begun {
                    return Some(format!("lines of {id}: {} of {}", bytes.came, peer.begun));
                }
                if peer.got != bytes.taken {
                    return Some(format!("{} bytes for {id}, got {}", bytes.taken, peer.got));
                }
            }
        }
        None
    }

    /// Each member has left, and each peer got what is not unsent.
    fn accounts(&mut self) -> Result<(), String> {
        for (token, stage) in &self.app.book.stages {
            if !stage.closed && !stage.dropped {
                return Err(format!("{token:x} has not left: {stage:?}\n{}", self.log()));
            }
        }
        for id in 0..self.app.peers.len() as u32 {
            let peer = &mut self.app.peers[id as usize];
            while peer.waits() {
                peer.read(1 << 20)?;
            }
            let (bytes, peer) = (self.app.book.of(id).clone(), &self.app.peers[id as usize]);
            let wanted = bytes.taken - bytes.over.unwrap_or(0);
            if peer.is_open() && !bytes.unknown && (peer.got != wanted || bytes.over.is_none()) {
                let got = peer.got;
                return Err(format!(
                    "{id} got {got} of {wanted}: {bytes:?}\n{}",
                    self.log()
                ));
            }
        }
        Ok(())
    }

    fn complaints(&self) -> Result<(), String> {
        match self.app.book.complaints.first() {
            None => Ok(()),
            Some(first) => Err(format!("{first}\n{}", self.log())),
        }
    }

    fn log(&self) -> String {
        let mut log = self.app.book.log.clone();
        log.dedup_by(|a, b| a.starts_with("turn") && b.starts_with("turn"));
        log[log.len().saturating_sub(MOST)..].join("\n")
    }
}
