//! What must hold between any two turns: whatever the loop has left without having
//! seen `WouldBlock` or an end is in a list of what is run again, with a time to
//! wake up; or somebody who is known holds it.

use std::time::Duration;

use super::inspect::{Asleep, Inspection, Left, Single, SocketSeen, Who};
use crate::family::{FamilySeen, MemberFlag, MemberSeen, StepSeen};
use crate::slot::Flag;
use crate::state::Command;

type Verdict = Result<(), (Who, &'static str)>;

/// Whoever is found is told of as (whose, what).
fn must(holds: bool, who: Who, otherwise: &'static str) -> Verdict {
    match holds {
        true => Ok(()),
        false => Err((who, otherwise)),
    }
}

impl Inspection {
    pub(super) fn check(&self) -> Verdict {
        // A stop ends it.
        if self.stopping {
            return Ok(());
        }
        for single in &self.singles {
            self.check_single(single)?;
        }
        for family in &self.families {
            for member in &family.members {
                self.check_member(family, member)?;
            }
        }
        self.check_sleep()
    }

    fn is_queued(&self, who: Who) -> bool {
        self.queue.contains(&who)
    }

    fn check_single(&self, single: &Single) -> Verdict {
        let who = Who::Slot(single.slot);
        let must = |holds, otherwise| must(holds, who, otherwise);
        let queued = self.is_queued(who);
        must(
            single.has(Flag::Queued) == queued,
            "its flag and the ready queue disagree",
        )?;
        must(
            self.queue.iter().filter(|other| **other == who).count() <= 1,
            "it is in the ready queue twice",
        )?;
        let noted = |command| self.commands.contains(&command);
        if single.has(Flag::Detached) {
            let attaches = noted(Command::Attach(single.slot));
            return must(
                !single.has(Flag::Attaching) || attaches,
                "it is to be attached, and nobody does it",
            );
        }
        must(
            !single.has(Flag::Resting) || single.rests.is_some() || single.has(Flag::Unset),
            "it rests without a deadline",
        )?;
        must(
            !single.has(Flag::Waiting) || self.waiting.contains(&who),
            "it waits for room, and nobody knows",
        )?;
        must(
            !single.latched || single.held || queued,
            "it is latched, and neither held nor in the ready queue",
        )?;
        let away = single.has(Flag::Away);
        let socket = self.socket(who);
        must(
            !away || single.held || noted(Command::PutBack(single.slot)),
            "it was taken off, and nobody puts it back",
        )?;
        must(
            away || socket.is_some() || !single.registered || !self.known.contains(&who),
            "it is registered nowhere",
        )?;
        must(
            single.latched || !socket.is_some_and(is_forgotten),
            "there is something to read, no edge is coming, and it is not latched",
        )
    }

    fn check_member(&self, family: &FamilySeen, member: &MemberSeen) -> Verdict {
        let who = Who::Place(member.number, member.index);
        let must = |holds, otherwise| must(holds, who, otherwise);
        let (noted, later) = (&family.noted, &family.later);
        let listed = noted.contains(&member.index) || later.contains(&member.index);
        let queued = self.is_queued(who);
        // Who was here before may be listed still.
        must(
            listed || !member.has(MemberFlag::Noted),
            "its flag and what is to be settled disagree",
        )?;
        // Who is on the way out is not read, and may have been passed over.
        must(
            !member.has(MemberFlag::Queued) || queued || member.step.is_some(),
            "its flag and the ready queue disagree",
        )?;
        must(
            listed || !member.has(MemberFlag::New) || member.rests.is_some(),
            "it is new, and nobody takes it up",
        )?;
        // One that is connecting and was refused is told so later.
        let is_put_off = member.has(MemberFlag::New) && member.rests.is_some();
        must(
            member.has(MemberFlag::Going) == member.step.is_some() || is_put_off,
            "its flag and its step disagree",
        )?;
        let socket = self.socket(who);
        must(
            member.has(MemberFlag::New)
                || member.has(MemberFlag::Away)
                || socket.is_some()
                || !self.known.contains(&who),
            "it is registered nowhere",
        )?;
        if listed {
            return Ok(());
        }
        check_output(who, member, socket)?;
        if let Some(step) = member.step {
            return check_step(who, member, step, socket);
        }
        must(
            !member.has(MemberFlag::Full) || member.unsent > family.low,
            "it is held for what is unsent, which is little",
        )?;
        must(
            !member.has(MemberFlag::Resting)
                || member.rests.is_some()
                || queued
                || self.waiting.contains(&who),
            "it rests without a deadline, and does not wait for room",
        )?;
        let latched = member.has(MemberFlag::Latched);
        must(
            !latched || member.held || member.has(MemberFlag::Queued),
            "it is latched, and neither held nor in the ready queue",
        )?;
        must(
            !member.has(MemberFlag::Away) || member.held,
            "it was taken off, and nobody puts it back",
        )?;
        must(
            latched || member.has(MemberFlag::Ended) || !socket.is_some_and(is_forgotten),
            "there is something to read, no edge is coming, and it is not latched",
        )
    }

    /// Who sleeps has nothing to do before it wakes up.
    fn check_sleep(&self) -> Verdict {
        /// So long a turn may have taken before it slept.
        const LONG: Duration = Duration::from_secs(10);

        let must = |holds, otherwise| must(holds, Who::Nobody, otherwise);
        if self.sleep == Asleep::No {
            return Ok(());
        }
        let noted = |family: &FamilySeen| !family.noted.is_empty() || !family.later.is_empty();
        must(self.queue.is_empty(), "it sleeps beside its ready queue")?;
        must(
            self.commands.is_empty() && !self.later && !self.families.iter().any(noted),
            "it sleeps beside what was noted",
        )?;
        let in_time = |deadline: Left| match self.sleep {
            Asleep::Until(until) => until.0 <= deadline.0 + LONG,
            _ => false,
        };
        let singles = self.singles.iter().filter_map(|single| single.rests);
        let members = self.families.iter().flat_map(|family| &family.members);
        let members = members.flat_map(|member| [member.rests, lingers(member)]);
        must(
            singles.chain(members.flatten()).all(in_time),
            "it sleeps beyond a deadline",
        )
    }
}

/// There is something to read, the loop has been told of it, and is not going to be
/// told again.
fn is_forgotten(socket: &SocketSeen) -> bool {
    socket.readable && socket.for_reading && !socket.pending
}

/// What was sent is on its way, or an event is to come.
fn check_output(who: Who, member: &MemberSeen, socket: Option<&SocketSeen>) -> Verdict {
    let blocked = member.has(MemberFlag::Blocked);
    must(
        member.unsent == 0 || blocked,
        who,
        "something is unsent, and nobody writes it",
    )?;
    let waits = |socket: &SocketSeen| socket.for_writing && (!socket.has_room || socket.pending);
    must(
        !blocked || member.rests.is_some() || socket.is_some_and(waits),
        who,
        "there is room to write, or will be, and nobody is told",
    )
}

/// Nobody is on the way out for ever.
fn check_step(
    who: Who,
    member: &MemberSeen,
    step: StepSeen,
    socket: Option<&SocketSeen>,
) -> Verdict {
    let goes_on = match step {
        StepSeen::Tell | StepSeen::Now => false,
        StepSeen::Flush => member.has(MemberFlag::Blocked),
        StepSeen::Linger(_, reads) => !(reads && socket.is_some_and(is_forgotten)),
    };
    must(
        goes_on,
        who,
        "it is on its way out, and nobody goes on with it",
    )
}

fn lingers(member: &MemberSeen) -> Option<Left> {
    match member.step {
        Some(StepSeen::Linger(until, _)) => Some(until),
        _ => None,
    }
}
