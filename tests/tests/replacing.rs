//! Another source in a field: nothing of the one before is given to it.
#![cfg(unix)]

mod common;

use std::io::{self, Write};
use std::os::unix::net::UnixStream;

use common::{AT_ONCE, LONG, Lines, Script, sleeps, turn, until};
use miocene::mio::event::Source;
use miocene::{Context, Drain, Ended, EventLoop, Fd, Flow, Input, Next, Token, handlers};

const LINES: Token = Token(0);
const LEFT: Token = Token(1);
const RIGHT: Token = Token(2);
const SCRIPT: Token = Token(3);

struct Switch {
    lines: Lines,
    next: Option<Lines>,
    then: Flow,
    seen: String,
}

#[handlers]
impl Switch {
    #[handler(token = LINES)]
    fn line(&mut self, cx: &mut Context<'_>, line: &[u8]) -> Flow {
        self.seen.push_str(&String::from_utf8_lossy(line));
        let Some(next) = self.next.take() else {
            return Flow::Continue;
        };
        self.lines = next;
        cx.attach(LINES);
        self.then
    }
}

fn switch(then: Flow) -> (Switch, UnixStream) {
    let (lines, mut old) = Lines::pair();
    let (next, new) = Lines::pair();
    old.write_all(b"switch\nold\n").unwrap();
    let app = Switch {
        lines,
        next: Some(next),
        then,
        seen: String::new(),
    };
    (app, new)
}

#[test]
fn replaced_by_its_own_handler_a_source_begins_with_its_own_bytes() {
    let (mut app, mut new) = switch(Flow::Continue);
    let mut event_loop = EventLoop::new().unwrap();
    new.write_all(b"ha").unwrap();
    for _ in 0..3 {
        let _ = turn(&mut event_loop, &mut app);
    }
    new.write_all(b"lf\n").unwrap();
    until(&mut event_loop, &mut app, |app| {
        app.seen == "switch\nhalf\n"
    });
}

#[test]
fn a_stop_before_the_new_source_was_attached_gives_it_nothing_of_the_old_one() {
    let (mut app, mut new) = switch(Flow::Stop);
    let mut event_loop = EventLoop::new().unwrap();
    event_loop.run(&mut app).unwrap();
    new.write_all(b"new\n").unwrap();
    until(&mut event_loop, &mut app, |app| app.seen.contains("new"));
    assert_eq!(app.seen, "switch\nnew\n");
}

struct Writers {
    left: Fd<UnixStream>,
    right: Fd<UnixStream>,
    full: Option<Fd<UnixStream>>,
    blocked: usize,
}

#[handlers]
impl Writers {
    #[handler(token = LEFT, interest = WRITABLE)]
    fn left(&mut self, cx: &mut Context<'_>) {
        self.blocked += usize::from(self.left.write(b"x").is_err());
        if let Some(full) = self.full.take() {
            self.right = full;
            cx.attach(RIGHT);
        }
    }

    #[handler(token = RIGHT, interest = WRITABLE)]
    fn right(&mut self, cx: &mut Context<'_>) {
        self.blocked += usize::from(self.right.write(b"x").is_err());
        if let Some(full) = self.full.take() {
            self.left = full;
            cx.attach(LEFT);
        }
    }
}

#[test]
fn an_event_of_the_source_before_is_not_dispatched_to_the_one_after() {
    let pair = || UnixStream::pair().unwrap();
    let ((left, _left), (right, _right), (full, _full)) = (pair(), pair(), pair());
    let mut full = Fd::new(full).unwrap();
    while full.write(&[0; 4096]).is_ok() {}
    let mut app = Writers {
        left: Fd::new(left).unwrap(),
        right: Fd::new(right).unwrap(),
        full: Some(full),
        blocked: 0,
    };
    let mut event_loop = EventLoop::new().unwrap();
    let _ = event_loop.turn(&mut app, LONG).unwrap();
    assert!(app.full.is_none());
    assert_eq!(app.blocked, 0, "told of room to write where there is none");
}

struct Successive {
    script: Script,
    spare: Option<Script>,
    ends: usize,
}

#[handlers]
impl Successive {
    #[handler(token = SCRIPT)]
    fn item(&mut self, _: u32) {}

    #[ended(token = SCRIPT)]
    fn over(&mut self, cx: &mut Context<'_>, _: Ended) {
        self.ends += 1;
        if let Some(spare) = self.spare.take() {
            self.script = spare;
            cx.attach(SCRIPT);
        }
    }
}

#[test]
fn a_source_that_was_replaced_when_it_ended_wakes_nobody() {
    for duplicated in [true, false] {
        let (script, old) = Script::new([Ok(Next::End)]);
        let (spare, new) = Script::new([]);
        // While there is a duplicate, closing the descriptor deregisters nothing.
        let duplicate = script.socket.get_ref().try_clone().unwrap();
        let duplicate = duplicated.then_some(duplicate);
        let mut app = Successive {
            script,
            spare: Some(spare),
            ends: 0,
        };
        let mut event_loop = EventLoop::new().unwrap();
        until(&mut event_loop, &mut app, |app| app.ends == 1);
        let _ = event_loop.turn(&mut app, LONG).unwrap();
        assert_eq!(old.send(b"to the old one").is_ok(), duplicated);
        assert!(sleeps(&mut event_loop, &mut app));
        app.script.answers.push_back(Ok(Next::End));
        new.send(b"to the new one").unwrap();
        let _ = event_loop.turn(&mut app, LONG).unwrap();
        assert_eq!(app.ends, 2);
        drop(duplicate);
    }
}

/// Lines that are read, and then found to be garbled.
struct Garbled {
    lines: Lines,
    garbled: bool,
}

impl Drain for Garbled {
    type Item<'b> = &'b [u8];

    fn source(&mut self) -> &mut dyn Source {
        self.lines.source()
    }

    fn kept(&mut self) -> Option<&mut Vec<u8>> {
        self.lines.kept()
    }

    fn next<'b>(&mut self, input: &'b mut Input) -> io::Result<Next<&'b [u8]>> {
        match self.lines.next(input)? {
            Next::Item(_) if self.garbled => Err(io::Error::other("garbled")),
            next => Ok(next),
        }
    }
}

struct Mending {
    lines: Garbled,
    next: Option<Lines>,
    seen: String,
}

#[handlers]
impl Mending {
    #[handler(token = LINES)]
    fn line(&mut self, line: &[u8]) {
        self.seen.push_str(&String::from_utf8_lossy(line));
    }

    #[ended(token = LINES)]
    fn over(&mut self, cx: &mut Context<'_>, why: Ended) {
        assert_eq!(why.to_string(), "garbled");
        let lines = self.next.take().unwrap();
        self.lines = Garbled {
            lines,
            garbled: false,
        };
        cx.attach(LINES);
    }
}

#[test]
fn what_was_read_from_a_source_that_failed_is_not_given_to_the_next_one() {
    let (lines, mut old) = Lines::pair();
    let (next, mut new) = Lines::pair();
    old.write_all(b"garbled\nold\n").unwrap();
    new.write_all(b"new\n").unwrap();
    let lines = Garbled {
        lines,
        garbled: true,
    };
    let mut app = Mending {
        lines,
        next: Some(next),
        seen: String::new(),
    };
    let mut event_loop = EventLoop::new().unwrap();
    until(&mut event_loop, &mut app, |app| app.seen.contains("new"));
    let _ = event_loop.turn(&mut app, AT_ONCE).unwrap();
    assert_eq!(app.seen, "new\n");
}
