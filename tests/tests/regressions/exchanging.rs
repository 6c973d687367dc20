//! Members that change places or are replaced get what is theirs, and nothing
//! that is another's.

use std::io::Write;
use std::mem;
use std::net::Shutdown;

use miocene::{Error, EventLoop, Family, Flow, Token, Tokens, handlers};

use crate::common::{AT_ONCE, Lines, turn, until};
use crate::hall::{Client, Hall, What, When, client, received};
use crate::helpers::turns;

fn swap_both(hall: &mut Hall) {
    let mut both = hall.clients.iter_mut();
    mem::swap(both.next().unwrap(), both.next().unwrap());
}

/// Who has said what, as the application was told.
fn said(hall: &Hall) -> Vec<(&'static str, String)> {
    let items = hall.log.iter().filter_map(|told| match &told.what {
        What::Item(item) => Some((told.name, String::from_utf8_lossy(item).into_owned())),
        _ => None,
    });
    items.collect()
}

/// In the turn in which both have something to say, a third one ends.
#[test]
fn who_is_exchanged_in_a_hook_is_read_as_the_one_it_is() {
    let mut hall: Hall = Hall::new();
    let (ann, mut ann_peer) = client("ann");
    let (bob, mut bob_peer) = client("bob");
    let (eve, eve_peer) = client("eve");
    for member in [ann, bob] {
        hall.clients.insert(member);
    }
    let mut event_loop = EventLoop::new().unwrap();
    ann_peer.write_all(b"half of ann").unwrap();
    bob_peer.write_all(b"half of bob").unwrap();
    turns(&mut event_loop, &mut hall);
    hall.clients.insert(eve);
    let _ = turn(&mut event_loop, &mut hall);
    hall.on.add(When::Ended, "eve", |hall, _, _| {
        swap_both(hall);
        Ok(Flow::Close)
    });
    eve_peer.shutdown(Shutdown::Write).unwrap();
    ann_peer.write_all(b"'s end\n").unwrap();
    bob_peer.write_all(b"'s end\n").unwrap();
    turns(&mut event_loop, &mut hall);
    let mut said = said(&hall);
    said.sort();
    let whole = |name| (name, format!("half of {name}'s end"));
    assert_eq!(said, [whole("ann"), whole("bob")]);
    event_loop.close(&mut hall);
}

#[test]
fn who_is_put_in_the_place_of_one_with_a_backlog_is_read() {
    let mut hall: Hall = Hall::new();
    let (ann, _ann_peer) = client("ann");
    let (bob, mut bob_peer) = client("bob");
    let [ann, _bob] = [ann, bob].map(|member| hall.clients.insert(member));
    let mut event_loop = EventLoop::new().unwrap();
    let out = &mut hall.clients.get_mut(ann).unwrap().out;
    out.send(&vec![b'x'; 1_000_000]);
    turns(&mut event_loop, &mut hall);
    assert!(hall.clients.get(ann).unwrap().out.is_full());
    swap_both(&mut hall);
    turns(&mut event_loop, &mut hall);
    bob_peer.write_all(b"hello\n").unwrap();
    turns(&mut event_loop, &mut hall);
    assert_eq!(hall.items(ann), b"hello");
    event_loop.close(&mut hall);
}

#[test]
fn a_connection_that_takes_the_place_of_one_that_ends_is_read() {
    let mut hall: Hall = Hall::new();
    let (ann, ann_peer) = client("ann");
    let (next, mut next_peer) = client("next");
    let ann = hall.clients.insert(ann);
    hall.on.add(When::Ended, "ann", move |_, _, member| {
        *member = next;
        Ok(Flow::Continue)
    });
    ann_peer.shutdown(Shutdown::Write).unwrap();
    let mut event_loop = EventLoop::new().unwrap();
    until(&mut event_loop, &mut hall, |hall| hall.has_ended(ann));
    next_peer.write_all(b"hello\n").unwrap();
    turns(&mut event_loop, &mut hall);
    assert_eq!(hall.items(ann), b"hello");
    assert_eq!(received(&mut next_peer), (b"hello\n".to_vec(), false));
    // Its own end is told as well.
    next_peer.shutdown(Shutdown::Write).unwrap();
    until(&mut event_loop, &mut hall, |hall| {
        hall.reason(ann) == Some("Ended(Eof)")
    });
    event_loop.close(&mut hall);
}

/// It comes back while the one in its old place has read half a line.
#[test]
fn a_connection_that_was_displaced_leaves_the_half_line_of_the_one_in_its_old_place() {
    let mut hall: Hall = Hall::new();
    let (ann, mut ann_peer) = client("ann");
    let (next, mut next_peer) = client("next");
    let place = hall.clients.insert(ann);
    let mut event_loop = EventLoop::new().unwrap();
    turns(&mut event_loop, &mut hall);
    let ann = mem::replace(hall.clients.get_mut(place).unwrap(), next);
    turns(&mut event_loop, &mut hall);
    next_peer.write_all(b"half of next").unwrap();
    turns(&mut event_loop, &mut hall);
    hall.clients.insert(ann);
    turns(&mut event_loop, &mut hall);
    ann_peer.write_all(b"all of ann\n").unwrap();
    turns(&mut event_loop, &mut hall);
    next_peer.write_all(b"'s line\n").unwrap();
    turns(&mut event_loop, &mut hall);
    let all = [("ann", "all of ann"), ("next", "half of next's line")];
    assert_eq!(said(&hall), all.map(|(name, item)| (name, item.to_owned())));
    event_loop.close(&mut hall);
}

const LINES: Token = Token(0);
const CLIENTS: Tokens = Tokens::new(1);

/// A single source beside a family.
struct Mixed {
    lines: Lines,
    clients: Family<Client>,
    seen: Vec<String>,
}

#[handlers]
impl Mixed {
    #[handler(token = LINES)]
    fn line(&mut self, line: &[u8]) {
        self.seen.push(format!("single: {}", line.escape_ascii()));
    }

    #[handler(tokens = CLIENTS)]
    fn item(&mut self, _: &mut Client, item: &[u8]) {
        self.seen.push(format!("member: {}", item.escape_ascii()));
    }
}

#[test]
fn half_a_line_of_a_single_source_survives_a_member_that_takes_up_its_own_half() {
    let (lines, mut single) = Lines::pair();
    let (ann, mut ann_peer) = client("ann");
    let mut app = Mixed {
        lines,
        clients: Family::new(CLIENTS),
        seen: Vec::new(),
    };
    app.clients.insert(ann);
    let mut event_loop = EventLoop::new().unwrap();
    turns(&mut event_loop, &mut app);
    for half in ["half of ", "it\n"] {
        ann_peer.write_all(half.as_bytes()).unwrap();
        turns(&mut event_loop, &mut app);
        single.write_all(half.as_bytes()).unwrap();
        turns(&mut event_loop, &mut app);
    }
    assert_eq!(app.seen, ["member: half of it", "single: half of it\\n"]);
    event_loop.close(&mut app);
}

const FIRST: Tokens = Tokens::new(1);
const SECOND: Tokens = Tokens::new(2);

struct Two {
    first: Family<Client>,
    second: Family<Client>,
}

#[handlers]
impl Two {
    #[handler(tokens = FIRST)]
    fn first(&mut self, _: &mut Client, _: &[u8]) {}

    #[handler(tokens = SECOND)]
    fn second(&mut self, _: &mut Client, _: &[u8]) {}
}

/// Both are of the same type; their constants are not the same.
#[test]
fn families_that_are_exchanged_while_the_loop_runs_are_an_error() {
    let mut app = Two {
        first: Family::new(FIRST),
        second: Family::new(SECOND),
    };
    let (ann, mut ann_peer) = client("ann");
    app.first.insert(ann);
    let mut event_loop = EventLoop::new().unwrap();
    turns(&mut event_loop, &mut app);
    mem::swap(&mut app.first, &mut app.second);
    ann_peer.write_all(b"hello\n").unwrap();
    let error = (0..10).find_map(|_| event_loop.turn(&mut app, AT_ONCE).err());
    assert!(
        matches!(error, Some(Error::OtherTokens { .. })),
        "{error:?}"
    );
}
