//! Nothing is left and forgotten: all that can happen to two sources, in every order
//! and to a stated depth, and after each of it the invariant of the loop.
#![cfg(feature = "sim")]

mod listeners;
mod members;
mod singles;
mod walk;

use miocene::net::{TcpStream, UnixStream};

use listeners::Listeners;
use members::{Action, Ask, FRAME, Members, *};
use singles::Singles;
use walk::walk;

const ONE: fn(usize) -> Action = |number| Arrive(number, FRAME);
/// More than a budget.
const FOUR: fn(usize) -> Action = |number| Arrive(number, 4 * FRAME);
const HALF: fn(usize) -> Action = |number| Arrive(number, FRAME / 2);
const ASK_PAUSE: fn(usize) -> Action = |number| Asks(number, Ask::Pause);
const ASK_LEAVE: fn(usize) -> Action = |number| Asks(number, Ask::Leave);
const ASK_MORE: fn(usize) -> Action = |number| Asks(number, Ask::More);

const EVERYTHING: [fn(usize) -> Action; 14] = [
    ONE,
    FOUR,
    HALF,
    PeerReads,
    PeerHalfCloses,
    PeerCloses,
    PeerResets,
    ASK_PAUSE,
    ASK_LEAVE,
    ASK_MORE,
    PauseOrResume,
    LeaveOrReturn,
    Close,
    Spurious,
];

/// What has to do with reading.
const READING: [fn(usize) -> Action; 5] = [FOUR, HALF, PauseOrResume, LeaveOrReturn, Spurious];

/// What has to do with writing, and with what holds it up.
const WRITING: [fn(usize) -> Action; 4] = [FOUR, PeerReads, PauseOrResume, PeerHalfCloses];

/// What has to do with the way out.
const ENDING: [fn(usize) -> Action; 6] =
    [FOUR, HALF, PeerHalfCloses, PeerCloses, LeaveOrReturn, Close];

#[test]
fn members_of_tcp_are_never_forgotten() {
    walk::<Members<TcpStream>>(&all(&EVERYTHING), 3);
}

#[test]
fn members_of_unix_sockets_are_never_forgotten() {
    walk::<Members<UnixStream>>(&all(&EVERYTHING), 3);
}

#[test]
fn members_that_are_read_in_any_way_are_never_forgotten() {
    walk::<Members<TcpStream>>(&all(&READING), 5);
}

#[test]
fn members_that_are_written_to_in_any_way_are_never_forgotten() {
    walk::<Members<TcpStream>>(&all(&WRITING), 6);
}

#[test]
fn members_on_their_way_out_are_never_forgotten() {
    walk::<Members<TcpStream>>(&all(&ENDING), 4);
}

#[test]
fn single_sources_are_never_forgotten() {
    use singles::{Action::*, Ask, FRAME};

    let of_one = |number| {
        [
            Arrive(number, FRAME),
            Arrive(number, 3 * FRAME),
            Arrive(number, FRAME / 2),
            PeerHalfCloses(number),
            PeerResets(number),
            Asks(number, Ask::Pause),
            Asks(number, Ask::Close),
            Asks(number, Ask::More),
            Asks(number, Ask::Rest),
            PauseOrResume(number),
            Attach(number),
            Spurious(number),
        ]
    };
    walk::<Singles>(
        &[&[Turn, TimePasses], &of_one(0)[..], &of_one(1)].concat(),
        3,
    );
}

/// What can happen to two listeners, single sources or members.
fn of_listeners(members: bool) -> Vec<listeners::Action> {
    use listeners::Action::*;

    let mut actions = vec![Turn, TimePasses, Exhaust, CloseOne];
    for number in 0..2 {
        actions.extend([
            Connect(number, 1),
            Connect(number, 2),
            AskPause(number),
            PauseOrResume(number),
            Spurious(number),
        ]);
        if members {
            actions.push(LeaveOrReturn(number));
        }
    }
    actions
}

#[test]
fn listeners_that_wait_for_room_are_never_forgotten() {
    walk::<Listeners<false>>(&of_listeners(false), 4);
}

#[test]
fn members_that_listen_and_wait_for_room_are_never_forgotten() {
    walk::<Listeners<true>>(&of_listeners(true), 4);
}
