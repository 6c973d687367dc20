//! The two kinds of members that a cell may be about.

use std::os::unix::net::UnixStream as Peer;

use miocene::{Context, Family};

use crate::hall::{Answer, CLIENTS, Client, Hall, RAWS, RawMember, When, client};

pub trait Kind: Sized + 'static {
    fn pair(name: &'static str) -> (Self, Peer);
    fn family(hall: &mut Hall) -> &mut Family<Self>;
    fn empty() -> Family<Self>;
    /// Has something done by a handler that has no member.
    fn on(
        hall: &mut Hall,
        when: When,
        name: &'static str,
        act: impl FnOnce(&mut Hall, &mut Context<'_>, &mut Self) -> Answer + 'static,
    );
}

impl Kind for Client {
    fn pair(name: &'static str) -> (Self, Peer) {
        client(name)
    }

    fn family(hall: &mut Hall) -> &mut Family<Self> {
        &mut hall.clients
    }

    fn empty() -> Family<Self> {
        Family::new(CLIENTS)
    }

    fn on(
        hall: &mut Hall,
        when: When,
        name: &'static str,
        act: impl FnOnce(&mut Hall, &mut Context<'_>, &mut Self) -> Answer + 'static,
    ) {
        if matches!(when, When::Accept | When::Failed) {
            // Nobody is at hand: a stranger takes the part, and is not used.
            let (mut nobody, _) = client("nobody");
            hall.on_raw
                .add(when, name, move |hall, cx, _| act(hall, cx, &mut nobody));
        } else {
            hall.on.add(when, name, act);
        }
    }
}

impl Kind for RawMember {
    fn pair(name: &'static str) -> (Self, Peer) {
        let (member, peer) = RawMember::pair(name);
        peer.set_nonblocking(true).unwrap();
        (member, peer)
    }

    fn family(hall: &mut Hall) -> &mut Family<Self> {
        &mut hall.raws
    }

    fn empty() -> Family<Self> {
        Family::new(RAWS)
    }

    fn on(
        hall: &mut Hall,
        when: When,
        name: &'static str,
        act: impl FnOnce(&mut Hall, &mut Context<'_>, &mut Self) -> Answer + 'static,
    ) {
        hall.on_raw.add(when, name, act);
    }
}
