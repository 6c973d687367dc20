//! A rest may be of any length, from none to for ever.
#![cfg(unix)]

mod common;

use std::io;
use std::time::Duration;

use common::{Script, sleeps, turn};
use miocene::{EventLoop, Next, Token, handlers};

const SCRIPT: Token = Token(0);

struct App {
    script: Script,
    seen: Vec<u32>,
}

#[handlers]
impl App {
    #[handler(token = SCRIPT)]
    fn item(&mut self, item: u32) {
        self.seen.push(item);
    }
}

fn app(answers: impl IntoIterator<Item = io::Result<Next<u32>>>) -> (App, impl Sized) {
    let (script, peer) = Script::new(answers);
    let seen = Vec::new();
    (App { script, seen }, peer)
}

#[test]
fn a_rest_and_a_limit_for_ever_are_neither_a_panic_nor_a_spin() {
    let (mut app, _peer) = app([Ok(Next::Rest(Duration::MAX)), Ok(Next::Item(1))]);
    let mut event_loop = EventLoop::new().unwrap();
    let turn = event_loop.turn(&mut app, Some(Duration::MAX)).unwrap();
    let year = Duration::from_secs(60 * 60 * 24 * 365);
    assert!(turn.again.is_some_and(|again| again > year));
    assert!(sleeps(&mut event_loop, &mut app));
    assert_eq!(app.seen, []);
}

#[test]
fn a_rest_of_no_length_lasts_until_the_next_turn() {
    let answers = (0..10).flat_map(|item| [Next::Rest(Duration::ZERO), Next::Item(item)]);
    let (mut app, _peer) = app(answers.map(Ok));
    let mut event_loop = EventLoop::new().unwrap();
    for count in 0..10 {
        let turn = turn(&mut event_loop, &mut app);
        assert_eq!((app.seen.len(), turn.again), (count, Some(Duration::ZERO)));
    }
    assert_eq!(turn(&mut event_loop, &mut app).again, None);
    assert_eq!(app.seen, (0..10).collect::<Vec<_>>());
}
