//! An accept that fails, once, several times in a row and for a while.

use miocene_tests::checks::accepting::{dead, lasting, passing};
use miocene_tests::report::{
    Attack,
    Expected::{Breaks, NotTried, Survives},
};

/// The errors of one accept or of its peer, which say nothing about the listener;
/// and what a program that returns them prints.
const PASSING: [(&str, &str); 9] = [
    ("ECONNABORTED", "code: 103, "),
    ("EMFILE", "code: 24, "),
    ("ENFILE", "code: 23, "),
    ("ENOBUFS", "code: 105, "),
    ("ENOMEM", "code: 12, "),
    ("EPROTO", "code: 71, "),
    ("EPERM", "code: 1, "),
    ("ETIMEDOUT", "code: 110, "),
    ("EINTR", "code: 4, "),
];

pub fn attacks() -> Vec<Attack> {
    let once = PASSING.map(|(error, seen)| Attack {
        name: format!("{error} at one accept"),
        make: Box::new(move |program| passing(program, error, "3", 1)),
        expected: [Survives, Breaks(seen), Breaks(seen)],
    });
    let burst = PASSING.map(|(error, _)| Attack {
        name: format!("{error} at 4 in a row"),
        make: Box::new(move |program| passing(program, error, "3..6", 4)),
        expected: [Survives, NotTried, NotTried],
    });
    // No signal interrupts a call that does not block again and again.
    let can_last = PASSING.into_iter().filter(|(error, _)| *error != "EINTR");
    let lasting = can_last.map(|(error, _)| Attack {
        name: format!("{error} for 1 s"),
        make: Box::new(move |program| lasting(program, error).map(drop)),
        expected: [Survives, NotTried, NotTried],
    });
    let dead = Attack {
        name: "EINVAL for ever".to_owned(),
        make: Box::new(dead),
        expected: [Survives, Survives, Survives],
    };
    once.into_iter()
        .chain(burst)
        .chain(lasting)
        .chain([dead])
        .collect()
}
