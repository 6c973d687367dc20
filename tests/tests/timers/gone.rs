//! What is due for a member that has gone.

use std::os::unix::net::UnixDatagram;

use super::common::{Datagrams, turn, until};
use super::*;
use miocene::{Closed, Family, Tokens};

const MEMBERS: Tokens = Tokens::new(1);

struct Hall {
    members: Family<Datagrams>,
    expiry: Timers<Token>,
    /// For whom something was due, and whether they were there.
    due: Vec<(Token, bool)>,
    received: Vec<Token>,
    left: Vec<Token>,
}

#[handlers]
impl Hall {
    #[handler(tokens = MEMBERS)]
    fn datagram(&mut self, cx: &mut Context<'_>, _: &mut Datagrams, _: &[u8]) {
        self.received.push(cx.token());
    }

    #[closed(tokens = MEMBERS)]
    fn closed(&mut self, cx: &mut Context<'_>, _: Datagrams, _: Closed) {
        self.left.push(cx.token());
    }

    #[handler(token = EXPIRY)]
    fn expires(&mut self, token: Token) {
        let is_there = self.members.get_mut(token).is_some();
        assert_eq!(self.members.close(token), is_there);
        self.due.push((token, is_there));
    }
}

impl Hall {
    fn comes(&mut self) -> (Token, UnixDatagram) {
        let (member, peer) = Datagrams::pair();
        (self.members.insert(member), peer)
    }
}

#[test]
fn what_is_due_for_a_member_that_has_gone_does_not_find_who_has_its_place() {
    let mut app = Hall {
        members: Family::new(MEMBERS),
        expiry: Timers::new(),
        due: Vec::new(),
        received: Vec::new(),
        left: Vec::new(),
    };
    let mut event_loop = EventLoop::new().unwrap();
    let (first, _peer) = app.comes();
    let _ = turn(&mut event_loop, &mut app);
    app.expiry.after(20 * MILLISECOND, first);
    app.members.close(first);
    until(&mut event_loop, &mut app, |app| app.left == [first]);

    let (second, peer) = app.comes();
    let place = |token: Token| token.0 as u32;
    assert!(place(first) == place(second) && first != second);
    until(&mut event_loop, &mut app, |app| !app.due.is_empty());
    assert_eq!(app.due, [(first, false)]);
    assert!(app.members.contains(second) && app.left == [first]);
    peer.send(b"here").unwrap();
    until(&mut event_loop, &mut app, |app| app.received == [second]);

    app.expiry.after(MILLISECOND, second);
    until(&mut event_loop, &mut app, |app| app.left == [first, second]);
    assert_eq!(app.due, [(first, false), (second, true)]);
    event_loop.close(&mut app);
}
