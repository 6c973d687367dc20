//! Half an item waits in the loop for its other half.
#![cfg(unix)]

mod common;

use std::io::Write;
use std::os::unix::net::UnixStream;

use common::{AT_ONCE, LONG, Lines, loop_with_a_budget_of_one, turn, until};
use miocene::{Config, EventLoop, Flow, Input, Token, handlers};

const LEFT: Token = Token(0);
const RIGHT: Token = Token(1);

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
    let (left, left_peer) = Lines::pair();
    let (right, right_peer) = Lines::pair();
    let app = Pair {
        left,
        right,
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
        let (left, mut peer) = Lines::pair();
        let mut app = OneARun {
            left,
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

/// A source that pauses at each line, and a loop that takes it off the poll as
/// soon as it is woken by it then.
fn paused_after_a_line() -> (OneARun, UnixStream, EventLoop) {
    let (left, peer) = Lines::pair();
    let app = OneARun {
        left,
        flow: Flow::Pause,
        seen: String::new(),
    };
    let mut config = Config::default();
    config.wakes_while_paused = 0;
    (app, peer, EventLoop::with_config(config).unwrap())
}

#[test]
fn a_stop_loses_nothing_of_a_source_that_was_taken_off_the_poll() {
    let (mut app, mut peer, mut event_loop) = paused_after_a_line();
    for part in [&b"1\nha"[..], b"lf\n"] {
        peer.write_all(part).unwrap();
        let _ = turn(&mut event_loop, &mut app);
    }
    event_loop.close(&mut app);
    EventLoop::new().unwrap().run(&mut app).unwrap();
    assert_eq!(app.seen, "1\nhalf\n");
}

#[test]
fn what_peers_sent_is_nobodys_log_entry() {
    let (mut app, mut left, _right) = pair();
    let mut event_loop = EventLoop::new().unwrap();
    left.write_all(b"AA").unwrap();
    let _ = event_loop.turn(&mut app, LONG).unwrap();
    let printed = format!("{event_loop:?}");
    assert!(!printed.contains("65, 65"), "{printed}");
}

#[test]
fn what_was_read_of_a_paused_source_is_kept_when_the_loop_is_closed() {
    let (mut app, mut peer, mut event_loop) = paused_after_a_line();
    peer.write_all(b"1\n2\n").unwrap();
    let _ = event_loop.turn(&mut app, LONG).unwrap();
    for _ in 0..3 {
        // Wakes the loop, which takes the source off.
        peer.write_all(b"3\n").unwrap();
        let _ = event_loop.turn(&mut app, AT_ONCE).unwrap();
    }
    event_loop.close(&mut app);
    assert_eq!(app.left.kept, b"2\n", "read, and not yielded");
    let (mut other, mut other_peer, _right) = pair();
    other_peer.write_all(b"mine\n").unwrap();
    until(&mut event_loop, &mut other, |other| !other.seen.is_empty());
    assert_eq!(
        other.seen,
        [('l', "mine\n".to_owned())],
        "and nobody else's"
    );
    event_loop.close(&mut other);
    app.flow = Flow::Continue;
    until(&mut event_loop, &mut app, |app| app.seen.len() >= 10);
    assert_eq!(app.seen, "1\n2\n3\n3\n3\n");
}

#[test]
fn more_than_the_buffer_holds_cannot_have_been_kept() {
    let (mut left, _peer) = Lines::pair();
    left.kept = vec![b'x'; Input::CAPACITY + 1];
    let mut app = OneARun {
        left,
        flow: Flow::Continue,
        seen: String::new(),
    };
    let error = EventLoop::new().unwrap().run(&mut app).unwrap_err();
    assert!(format!("{error:?}").contains("64 KiB"), "{error:?}");
    assert_eq!(
        app.left.kept.len(),
        Input::CAPACITY + 1,
        "and nothing is lost"
    );
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
