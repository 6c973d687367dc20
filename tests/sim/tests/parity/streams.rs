//! What can befall a connection.

use std::net::Shutdown::{Both, Read as Reading, Write as Writing};

use miocene::Interest;

use crate::compare::{agree, agree_on};
use crate::script::Batch;
use crate::script::Kind::Tcp;
use crate::script::Step::{self, *};

const IN: Interest = Interest::READABLE;
const OUT: Interest = Interest::WRITABLE;

const IN_AND_OUT: Interest = IN.add(OUT);

/// A connection, with the server's end registered, and what follows.
fn with(interest: Interest, steps: &[&[Step]]) -> Vec<Batch> {
    let begin = [
        vec![RegisterListener],
        vec![Connect(0)],
        vec![Accept(1)],
        vec![Register(1, interest)],
    ];
    begin
        .into_iter()
        .chain(steps.iter().map(|batch| batch.to_vec()))
        .collect()
}

#[test]
fn data_comes_and_each_arrival_is_an_edge() {
    agree(&with(
        IN_AND_OUT,
        &[&[Write(0, 5)], &[Read(1, 5)], &[Read(1, 5)]],
    ));
    // Without a read in between, too.
    agree(&with(IN, &[&[Write(0, 5)], &[Write(0, 5)], &[Write(0, 5)]]));
    agree(&with(
        IN,
        &[
            &[Write(0, 5), Write(0, 5)],
            &[Read(1, 3)],
            &[Write(0, 1)],
            &[Empty(1)],
        ],
    ));
}

#[test]
fn who_asks_for_room_only_is_not_told_of_data() {
    agree(&with(
        OUT,
        &[&[Write(0, 5)], &[Write(0, 5)], &[Shut(0, Writing)]],
    ));
}

#[test]
fn a_ready_source_is_told_when_it_is_registered_and_again_when_it_is_reregistered() {
    agree(&[
        vec![Connect(0)],
        vec![Register(0, IN_AND_OUT)],
        vec![Accept(1)],
        vec![Write(0, 5)],
        vec![Register(1, IN)],
        vec![Reregister(1, IN)],
        vec![Reregister(1, OUT)],
        vec![Reregister(1, IN_AND_OUT)],
        vec![Register(1, IN)],
        vec![Deregister(1)],
        vec![Deregister(1)],
        vec![Write(0, 5)],
        vec![Reregister(1, IN)],
        vec![Register(1, IN_AND_OUT)],
    ]);
}

#[test]
fn the_end_comes_alone_or_with_data() {
    for interest in [IN, OUT, IN_AND_OUT] {
        agree(&with(
            interest,
            &[
                &[Shut(0, Writing)],
                &[Read(1, 1)],
                &[Read(1, 1)],
                &[Write(1, 3)],
            ],
        ));
        agree(&with(
            interest,
            &[&[Write(0, 5), Shut(0, Writing)], &[Read(1, 3)], &[Empty(1)]],
        ));
        agree(&with(
            interest,
            &[
                &[Write(0, 5)],
                &[Shut(0, Writing)],
                &[Empty(1)],
                &[Read(1, 1)],
            ],
        ));
        agree(&with(
            interest,
            &[&[Close(0)], &[Read(1, 1)], &[PeerAddress(1)]],
        ));
        agree(&with(
            interest,
            &[&[Write(0, 5), Close(0)], &[Read(1, 5)], &[Read(1, 5)]],
        ));
    }
}

#[test]
fn when_both_have_ended_the_connection_is_over() {
    for interest in [IN, OUT, IN_AND_OUT] {
        let over: &[&[Step]] = &[
            &[Register(0, interest)],
            &[Shut(0, Writing)],
            &[PeerAddress(0), PeerAddress(1)],
            &[Shut(1, Writing)],
            &[PeerAddress(0), PeerAddress(1)],
            &[Shut(0, Writing)],
            &[Shut(1, Both)],
            &[Write(0, 1), Write(1, 1)],
            &[Read(0, 1), Read(1, 1)],
            &[TakeError(0), TakeError(1)],
        ];
        agree(&with(interest, over));
    }
}

#[test]
fn a_reset_is_found_after_the_data() {
    for interest in [IN, OUT, IN_AND_OUT] {
        // Who closes with unread input resets the connection.
        agree(&with(
            interest,
            &[&[Write(1, 1)], &[Close(0)], &[Read(1, 1)], &[Read(1, 1)]],
        ));
        agree(&with(
            interest,
            &[&[Write(1, 1)], &[Close(0)], &[Write(1, 1)], &[Write(1, 1)]],
        ));
        agree(&with(
            interest,
            &[
                &[Write(1, 1), Write(0, 5)],
                &[Close(0)],
                &[PeerAddress(1)],
                &[Read(1, 3)],
                &[Read(1, 3)],
                &[Read(1, 3)],
                &[Read(1, 3)],
                &[Shut(1, Writing)],
            ],
        ));
        agree(&with(
            interest,
            &[&[Write(1, 1)], &[Close(0)], &[TakeError(1)], &[Read(1, 1)]],
        ));
        // After the end, too.
        agree(&with(
            interest,
            &[
                &[Write(1, 1)],
                &[Shut(0, Writing)],
                &[Close(0)],
                &[Read(1, 1)],
                &[Write(1, 1)],
            ],
        ));
    }
}

#[test]
fn writing_to_a_peer_that_has_closed() {
    for interest in [IN, OUT, IN_AND_OUT] {
        agree(&with(
            interest,
            &[&[Close(0)], &[Write(1, 1)], &[Write(1, 1)], &[Write(1, 1)]],
        ));
        agree(&with(
            interest,
            &[
                &[Write(0, 5), Close(0)],
                &[Write(1, 1)],
                &[Empty(1)],
                &[Read(1, 1)],
                &[Write(1, 1)],
            ],
        ));
        agree(&with(
            interest,
            &[&[Close(0)], &[Write(1, 1)], &[TakeError(1)], &[Write(1, 1)]],
        ));
        agree(&with(
            interest,
            &[
                &[Close(0)],
                &[Shut(1, Writing)],
                &[Write(1, 1)],
                &[Read(1, 1)],
            ],
        ));
    }
}

#[test]
fn a_direction_that_is_shut() {
    for how in [Reading, Writing, Both] {
        for interest in [IN, OUT, IN_AND_OUT] {
            agree(&with(
                interest,
                &[
                    &[Register(0, IN_AND_OUT)],
                    &[Shut(1, how)],
                    &[Write(1, 1)],
                    &[Read(1, 1)],
                    &[Write(0, 1)],
                    &[Read(1, 1)],
                    &[Read(1, 1)],
                    &[Write(0, 1)],
                    &[Read(0, 1)],
                    &[Read(0, 1)],
                    &[Shut(1, how)],
                    &[Close(1)],
                ],
            ));
        }
    }
}

#[test]
fn there_is_room_again_when_a_good_part_is_free() {
    agree(&with(
        IN_AND_OUT,
        &[&[Fill(1)], &[Read(0, 100)], &[Read(0, 100)], &[Empty(0)]],
    ));
    agree(&with(
        OUT,
        &[&[Fill(1)], &[Empty(0)], &[Write(1, 7)], &[Empty(0)]],
    ));
}

#[test]
fn what_fills_the_buffers_arrives_before_the_end() {
    agree_on(
        Tcp,
        &with(IN, &[&[Fill(0)], &[Close(0)], &[Empty(1)], &[Read(1, 1)]]),
    );
    agree_on(
        Tcp,
        &with(
            IN,
            &[&[Fill(0)], &[Shut(0, Writing)], &[Empty(1)], &[Write(1, 5)]],
        ),
    );
}
