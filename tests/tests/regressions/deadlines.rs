//! Deadlines come, also those of peers and polls that are busy, and limits
//! without end have none.

use std::io::{self, Write};
use std::net::Shutdown;
use std::time::Duration;

use miocene::mio::event::Source;
use miocene::{Config, Drain, EventLoop, Family, Flow, Input, Next, Tokens, handlers};

use crate::common::{Lines, turn};
use crate::hall::{CLIENTS, Hall, What, When, client, received, serve, tcp_client};
use crate::helpers::{TcpHall, turns};

/// Each burst is more than one drain takes, so that something is left to be read
/// when the deadline is looked at.
#[test]
fn a_burst_now_and_then_does_not_put_off_the_deadline_of_a_message() {
    let mut hall = TcpHall::new();
    hall.clients = Family::new(CLIENTS)
        .message(Duration::from_millis(100))
        .frame(1 << 30);
    let (ann, mut peer) = tcp_client("ann");
    let ann = hall.clients.insert(ann);
    let mut event_loop = EventLoop::new().unwrap();
    let mut turns = 0;
    while !hall.has_ended(ann) {
        if turns % 20 == 0 {
            // It may be full: then there is enough to be read.
            let _ = peer.write(&[b'x'; 70_000]);
        }
        let limit = Some(Duration::from_millis(2));
        let _ = event_loop.turn(&mut hall, limit).unwrap();
        turns += 1;
        assert!(turns < 2_000, "the message may take for ever");
    }
    assert!(hall.told(ann).contains(&&What::Ended("Deadline".into())));
    event_loop.close(&mut hall);
}

#[test]
fn who_is_idle_is_found_though_each_poll_is_full() {
    let mut hall: Hall = Hall::new();
    hall.clients = Family::new(CLIENTS).idle(Duration::from_millis(100));
    let (ann, mut ann_peer) = client("ann");
    let (bob, _bob_peer) = client("bob");
    let [_ann, bob] = [ann, bob].map(|member| hall.clients.insert(member));
    let mut config = Config::default();
    config.event_capacity = 1;
    config.event_capacity_max = 1;
    let mut event_loop = EventLoop::with_config(config).unwrap();
    serve(&mut event_loop, &mut hall, |hall| {
        ann_peer.write_all(b"x\n").unwrap();
        let _ = received(&mut ann_peer);
        hall.has_ended(bob)
    });
    assert!(hall.told(bob).contains(&&What::Ended("Idle".into())));
    event_loop.close(&mut hall);
}

#[test]
fn who_lingers_without_a_limit_stays_until_the_peer_has_gone() {
    let mut hall = TcpHall::new();
    hall.clients = Family::new(CLIENTS).linger(Duration::MAX, 1 << 20);
    let (ann, mut peer) = tcp_client("ann");
    let ann = hall.clients.insert(ann);
    hall.on.add(When::Item, "ann", |_, _, _| Ok(Flow::Close));
    let mut event_loop = EventLoop::new().unwrap();
    peer.write_all(b"hello\n").unwrap();
    serve(&mut event_loop, &mut hall, |_| received(&mut peer).1);
    turns(&mut event_loop, &mut hall);
    assert_eq!(
        (hall.items(ann), hall.reason(ann)),
        (b"hello".to_vec(), None)
    );
    peer.shutdown(Shutdown::Write).unwrap();
    serve(&mut event_loop, &mut hall, |hall| {
        hall.reason(ann) == Some("Asked")
    });
    event_loop.close(&mut hall);
}

/// Whenever it is asked, it wants to be left alone for ever.
struct Resting(Lines);

impl Drain for Resting {
    type Item<'b> = ();

    fn source(&mut self) -> &mut dyn Source {
        self.0.source()
    }

    fn next(&mut self, _: &mut Input) -> io::Result<Next<()>> {
        Ok(Next::Rest(Duration::MAX))
    }
}

const RESTING: Tokens = Tokens::new(1);

struct Rests {
    resting: Family<Resting>,
}

#[handlers]
impl Rests {
    #[handler(tokens = RESTING)]
    fn item(&mut self, _: &mut Resting, (): ()) {}
}

#[test]
fn a_member_that_rests_for_ever_is_not_asked_again() {
    let (lines, mut peer) = Lines::pair();
    let mut resting = Family::new(RESTING);
    resting.insert(Resting(lines));
    let mut app = Rests { resting };
    peer.write_all(b"x").unwrap();
    let mut event_loop = EventLoop::new().unwrap();
    turns(&mut event_loop, &mut app);
    assert_eq!(event_loop.counters().rests, 1);
    let again = turn(&mut event_loop, &mut app).again;
    assert_ne!(again, Some(Duration::ZERO), "the loop may sleep");
    event_loop.close(&mut app);
}
