//! Half an item waits in the loop for its other half.
#![cfg(unix)]

mod common;

use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;

use common::{AT_ONCE, LONG, loop_with_a_budget_of_one, until};
use miocene::mio::event::Source;
use miocene::{Drain, EventLoop, Fd, Flow, Input, Next, Token, handlers};

const LEFT: Token = Token(0);
const RIGHT: Token = Token(1);

struct Lines(Fd<UnixStream>, Vec<u8>);

impl Drain for Lines {
    type Item<'b> = &'b [u8];

    fn source(&mut self) -> &mut dyn Source {
        &mut self.0
    }

    fn kept(&mut self) -> Option<&mut Vec<u8>> {
        Some(&mut self.1)
    }

    fn next<'b>(&mut self, input: &'b mut Input) -> io::Result<Next<&'b [u8]>> {
        loop {
            if let Some(end) = input.unread().iter().position(|&byte| byte == b'\n') {
                return Ok(Next::Item(input.take(end + 1)));
            }
            if input.fill(|buffer| self.0.read(buffer))? == 0 {
                // The last line may have no end; after it comes the end.
                let rest = input.unread().len();
                return Ok(match rest {
                    0 => Next::End,
                    _ => Next::Item(input.take(rest)),
                });
            }
        }
    }
}

struct Pair {
    left: Lines,
    right: Lines,
    seen: Vec<(char, String)>,
}

#[handlers]
impl Pair {
    #[handler(token = LEFT)]
    fn left(&mut self, line: &[u8]) {
        self.seen
            .push(('l', String::from_utf8_lossy(line).into_owned()));
    }

    #[handler(token = RIGHT)]
    fn right(&mut self, line: &[u8]) {
        self.seen
            .push(('r', String::from_utf8_lossy(line).into_owned()));
    }
}

fn pair() -> (Pair, UnixStream, UnixStream) {
    let (left, left_peer) = UnixStream::pair().unwrap();
    let (right, right_peer) = UnixStream::pair().unwrap();
    let app = Pair {
        left: Lines(Fd::new(left).unwrap(), Vec::new()),
        right: Lines(Fd::new(right).unwrap(), Vec::new()),
        seen: Vec::new(),
    };
    (app, left_peer, right_peer)
}

#[test]
fn two_sources_with_half_a_line_each_do_not_mix_them() {
    let (mut app, mut left, mut right) = pair();
    let mut event_loop = EventLoop::new().unwrap();
    for part in ["le", "ft", "\nsecond"] {
        left.write_all(part.as_bytes()).unwrap();
        right.write_all(part.to_uppercase().as_bytes()).unwrap();
        let _ = event_loop.turn(&mut app, LONG).unwrap();
        let _ = event_loop.turn(&mut app, AT_ONCE).unwrap();
    }
    app.seen.sort();
    let seen = app.seen.iter().map(|(side, line)| (*side, line.as_str()));
    assert_eq!(seen.collect::<Vec<_>>(), [('l', "left\n"), ('r', "LEFT\n")]);
}

#[test]
fn what_was_read_and_not_yielded_when_the_budget_ended_is_yielded_later() {
    let (mut app, mut left, mut right) = pair();
    left.write_all(b"1\n2\n3\n").unwrap();
    right.write_all(b"1\n2\n3\n").unwrap();
    let mut event_loop = loop_with_a_budget_of_one();
    until(&mut event_loop, &mut app, |app| app.seen.len() == 6);
    app.seen.sort();
    let lines = app.seen.iter().map(|(_, line)| line.as_str());
    assert_eq!(lines.collect::<String>(), "1\n2\n3\n1\n2\n3\n");
}

#[test]
fn the_last_line_may_have_no_end() {
    let (mut app, mut left, right) = pair();
    left.write_all(b"first\nlast").unwrap();
    drop((left, right));
    EventLoop::new().unwrap().run(&mut app).unwrap();
    let lines = app.seen.iter().map(|(_, line)| line.as_str());
    assert_eq!(lines.collect::<Vec<_>>(), ["first\n", "last"]);
}

struct OneARun {
    left: Lines,
    flow: Flow,
    seen: String,
}

#[handlers]
impl OneARun {
    #[handler(token = LEFT)]
    fn line(&mut self, line: &[u8]) -> Flow {
        self.seen.push_str(&String::from_utf8_lossy(line));
        self.flow
    }
}

#[test]
fn a_stop_or_a_close_loses_nothing_that_was_read_and_not_yielded() {
    for flow in [Flow::Stop, Flow::Close, Flow::Leave] {
        let (left, mut peer) = UnixStream::pair().unwrap();
        let mut app = OneARun {
            left: Lines(Fd::new(left).unwrap(), Vec::new()),
            flow,
            seen: String::new(),
        };
        peer.write_all(b"1\n2\n3\nha").unwrap();
        for run in 1..=3 {
            EventLoop::new().unwrap().run(&mut app).unwrap();
            assert_eq!(app.seen.len(), 2 * run, "{flow:?}");
        }
        peer.write_all(b"lf\n").unwrap();
        EventLoop::new().unwrap().run(&mut app).unwrap();
        assert_eq!(app.seen, "1\n2\n3\nhalf\n");
    }
}

#[test]
fn an_item_that_never_ends_is_an_error_and_not_memory() {
    let (mut app, mut left, _right) = pair();
    let writer = std::thread::spawn(move || while left.write_all(&[b'x'; 4096]).is_ok() {});
    let error = EventLoop::new().unwrap().run(&mut app).unwrap_err();
    assert!(format!("{error:?}").contains("64 KiB"), "{error:?}");
    drop(app);
    writer.join().unwrap();
}
