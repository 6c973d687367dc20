//! How connections are made, and how they are not.

use std::net::Shutdown::{Both, Read as Reading, Write as Writing};

use miocene::Interest;

use crate::compare::{agree, agree_on, agree_with_backlog};
use crate::script::Batch;
use crate::script::Kind::{Tcp, Unix};
use crate::script::Step::{self, *};

const IN: Interest = Interest::READABLE;
const OUT: Interest = Interest::WRITABLE;
const BOTH: Interest = IN.add(OUT);

/// The listener lets one wait, and then comes another client, 2: it is connecting
/// until the first one is accepted.
fn while_connecting(steps: &[&[Step]]) -> Vec<Batch> {
    let begin = [vec![Connect(0)], vec![Connect(2)]];
    begin
        .into_iter()
        .chain(steps.iter().map(|batch| batch.to_vec()))
        .collect()
}

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

#[test]
fn a_backlog_on_a_path_is_full_until_somebody_is_accepted() {
    agree_with_backlog(
        Unix,
        0,
        &[
            vec![Connect(0)],
            vec![Connect(2)],
            vec![Connect(2)],
            vec![Accept(1)],
            vec![Connect(2)],
            vec![Register(2, BOTH)],
            vec![PeerAddress(2)],
        ],
    );
}

#[test]
fn who_is_connecting_is_told_nothing_until_it_is_connected() {
    for interest in [IN, OUT, BOTH] {
        agree_with_backlog(
            Tcp,
            0,
            &while_connecting(&[
                &[Register(2, interest)],
                &[Read(2, 1), Write(2, 1), PeerAddress(2), TakeError(2)],
                &[Reregister(2, interest)],
                &[RegisterListener],
                &[Accept(1)],
                &[PeerAddress(2), TakeError(2), Write(2, 5)],
                &[Accept(3)],
                &[Empty(3)],
            ]),
        );
    }
}

#[test]
fn who_closes_while_it_is_connecting_is_not_accepted() {
    agree_with_backlog(
        Tcp,
        0,
        &while_connecting(&[
            &[Register(2, BOTH)],
            &[Close(2)],
            &[Accept(1)],
            &[Accept(3)],
        ]),
    );
}

#[test]
fn a_socket_that_is_shut_down_while_it_is_connecting_has_given_that_up() {
    let what_follows: [&[&[Step]]; 4] = [
        &[&[Read(2, 1)], &[Read(2, 1)], &[Write(2, 1)]],
        &[&[Write(2, 1)], &[Write(2, 1)], &[Read(2, 1)]],
        &[&[TakeError(2)], &[TakeError(2)], &[PeerAddress(2)]],
        &[&[Reregister(2, BOTH)], &[Reregister(2, IN)]],
    ];
    for how in [Reading, Writing, Both] {
        for interest in [IN, OUT, BOTH] {
            for steps in what_follows {
                let mut script: Vec<&[Step]> = Vec::new();
                let shut = [Shut(2, how)];
                let register = [Register(2, interest)];
                script.extend([&register[..], &shut]);
                script.extend(steps);
                let again = [Shut(2, how), Read(2, 1), Write(2, 1)];
                let other = [Shut(2, Both)];
                script.extend([
                    &again[..],
                    &other,
                    &[Read(2, 1)],
                    &[Accept(1)],
                    &[Accept(3)],
                ]);
                agree_with_backlog(Tcp, 0, &while_connecting(&script));
            }
        }
    }
    // Before it is registered.
    let late = [
        [Shut(2, Writing)].as_slice(),
        &[Register(2, BOTH)],
        &[TakeError(2)],
        &[Reregister(2, BOTH)],
    ];
    agree_with_backlog(Tcp, 0, &while_connecting(&late));
}

#[test]
fn a_socket_that_was_refused_has_nothing_more_to_say() {
    for interest in [IN, OUT, BOTH] {
        for how in [Reading, Writing, Both] {
            agree_on(
                Tcp,
                &[
                    vec![CloseListener],
                    vec![Connect(0)],
                    vec![Register(0, interest)],
                    vec![Shut(0, how)],
                    vec![TakeError(0)],
                    vec![Shut(0, how)],
                    vec![Reregister(0, interest)],
                    vec![Read(0, 1), Write(0, 1), PeerAddress(0), TakeError(0)],
                ],
            );
        }
    }
}

#[test]
fn a_server_that_closes_at_once_has_been_connected_to() {
    for interest in [IN, OUT, BOTH] {
        agree(&[
            vec![Connect(0)],
            vec![Register(0, interest)],
            vec![Accept(1)],
            vec![Close(1)],
            vec![TakeError(0), PeerAddress(0)],
            vec![Read(0, 1)],
        ]);
        // What was sent to it has it answer with a reset.
        agree(&[
            vec![Connect(0)],
            vec![Write(0, 5)],
            vec![Accept(1)],
            vec![Close(1)],
            vec![Register(0, interest)],
            vec![PeerAddress(0), TakeError(0)],
            vec![PeerAddress(0), TakeError(0)],
            vec![Read(0, 1)],
        ]);
    }
}

#[test]
fn a_socket_that_is_connected_to_itself() {
    for interest in [IN, OUT, BOTH] {
        agree_on(
            Tcp,
            &[
                vec![ConnectToItself(0)],
                vec![Register(0, interest)],
                vec![TakeError(0), PeerAddress(0)],
                vec![Write(0, 5)],
                vec![Shut(0, Writing)],
                vec![TakeError(0), PeerAddress(0)],
                vec![Write(0, 1)],
            ],
        );
    }
}
