//! How connections are made, and how they are not.

use std::net::Shutdown::Write as Writing;

use miocene::Interest;

use crate::compare::{agree, agree_on, agree_with_backlog};
use crate::script::Kind::{Tcp, Unix};
use crate::script::Step::*;

const BOTH: Interest = Interest::READABLE.add(Interest::WRITABLE);

#[test]
fn connecting_to_nobody() {
    agree(&[
        vec![Connect(0)],
        vec![Accept(1)],
        vec![CloseListener],
        vec![Connect(2)],
    ]);
    agree_on(
        Tcp,
        &[
            vec![CloseListener],
            vec![Connect(0)],
            vec![Register(0, BOTH)],
            vec![PeerAddress(0)],
            vec![Read(0, 1)],
            vec![Read(0, 1)],
            vec![Write(0, 1)],
        ],
    );
    agree_on(
        Tcp,
        &[
            vec![CloseListener],
            vec![Connect(0)],
            vec![TakeError(0)],
            vec![TakeError(0)],
        ],
    );
    agree_on(
        Tcp,
        &[
            vec![CloseListener],
            vec![Connect(0)],
            vec![Write(0, 1)],
            vec![Write(0, 1)],
        ],
    );
}

#[test]
fn a_client_writes_before_it_is_accepted() {
    agree(&[
        vec![RegisterListener],
        vec![Connect(0), Connect(2)],
        vec![Write(0, 5)],
        vec![PeerAddress(0)],
        vec![Shut(0, Writing)],
        vec![Accept(1)],
        vec![Register(1, BOTH)],
        vec![Empty(1)],
        vec![Accept(3)],
        vec![Accept(5)],
        vec![Connect(4)],
        vec![Close(4)],
        vec![Accept(5)],
        vec![Read(5, 1)],
    ]);
}

#[test]
fn who_waits_at_a_listener_that_closes_is_reset() {
    agree(&[
        vec![RegisterListener],
        vec![Connect(0)],
        vec![Register(0, BOTH)],
        vec![Write(0, 5)],
        vec![CloseListener],
        vec![Read(0, 1)],
        vec![Read(0, 1)],
        vec![Write(0, 1)],
    ]);
}

#[test]
fn a_backlog_is_full() {
    let script = [
        vec![RegisterListener],
        vec![Connect(0)],
        vec![Connect(2)],
        vec![Connect(4)],
        vec![Accept(1)],
        vec![Accept(3)],
        vec![Accept(5)],
    ];
    agree_with_backlog(Tcp, 1, &script);
    agree_with_backlog(Unix, 1, &script[..6]);
}
