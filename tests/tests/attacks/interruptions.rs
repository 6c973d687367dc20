//! A poll that a signal interrupts: EINTR.

use miocene_tests::checks::interruptions::{every_third_poll, stopped_and_continued};
use miocene_tests::report::{
    Attack,
    Expected::{Breaks, Survives},
};

pub fn attacks() -> Vec<Attack> {
    let interrupted = Breaks("code: 4, kind: Interrupted");
    vec![
        Attack {
            name: "stopped and continued".to_owned(),
            make: Box::new(stopped_and_continued),
            // Linux goes on with a poll(2) after a stop, not with an epoll_wait(2).
            expected: match cfg!(mio_unsupported_force_poll_poll) {
                true => [Survives, Survives, Survives],
                false => [Survives, interrupted.clone(), Survives],
            },
        },
        Attack {
            name: "EINTR at every third poll".to_owned(),
            make: Box::new(every_third_poll),
            expected: [Survives, interrupted, Survives],
        },
    ]
}
