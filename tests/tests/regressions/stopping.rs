//! A stop comes to its end.

use std::io::Write;
use std::os::unix::net::UnixStream as Peer;

use miocene::net::UnixStream;
use miocene::{ByteLines, Connection, Context, EventLoop, Family, Flow, Tokens, handlers};

use crate::hall::{When, received, tcp_client};
use crate::helpers::{MANY, TcpHall, turns_until_finished};

/// It is sent its last words, and neither sends anything nor goes away.
#[test]
fn a_stop_does_not_linger_for_a_client_that_keeps_its_socket_open() {
    let mut hall = TcpHall::new();
    let (ann, mut peer) = tcp_client("ann");
    let ann = hall.clients.insert(ann);
    hall.on.add(When::Item, "ann", |_, _, member| {
        member.out.send(b"good bye\n");
        Ok(Flow::Stop)
    });
    peer.write_all(b"go\n").unwrap();
    let mut event_loop = EventLoop::new().unwrap();
    let turns = turns_until_finished(&mut event_loop, &mut hall);
    assert!(turns.is_some(), "more than {MANY} turns, and it waits");
    assert_eq!(hall.reason(ann), Some("Stopped"));
    assert_eq!(received(&mut peer), (b"go\ngood bye\n".to_vec(), true));
}

const CLIENTS: Tokens = Tokens::new(1);

type Client = Connection<ByteLines, (), UnixStream>;

/// Whoever leaves has a successor.
struct Heirs {
    clients: Family<Client>,
    peers: Vec<Peer>,
    closed: usize,
}

impl Heirs {
    fn insert(&mut self) {
        let (ours, theirs) = Peer::pair().unwrap();
        let stream = UnixStream::from_std(ours).unwrap();
        self.clients.insert(Connection::new(stream));
        self.peers.push(theirs);
    }
}

#[handlers]
impl Heirs {
    #[handler(tokens = CLIENTS)]
    fn line(&mut self, cx: &mut Context<'_>, _: &mut Client, _: &[u8]) -> Flow {
        cx.stop();
        Flow::Continue
    }

    #[closed(tokens = CLIENTS)]
    fn closed(&mut self, _: Client, _: miocene::Closed) {
        self.closed += 1;
        assert!(self.closed < 1_000, "there is no end of them");
        self.insert();
    }
}

#[test]
fn a_stop_ends_though_each_that_leaves_has_a_successor() {
    let mut app = Heirs {
        clients: Family::new(CLIENTS),
        peers: Vec::new(),
        closed: 0,
    };
    for _ in 0..3 {
        app.insert();
    }
    app.peers[0].write_all(b"stop\n").unwrap();
    let mut event_loop = EventLoop::new().unwrap();
    let turns = turns_until_finished(&mut event_loop, &mut app);
    assert!(turns.is_some(), "more than {MANY} turns, and it goes on");
    assert!(app.closed < 10, "{} have left", app.closed);
}
