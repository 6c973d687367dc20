//! What should come of each cell: the contract, as a function.

use super::{Action, By, Target};

/// What becomes of a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It goes on, and what it sends comes back.
    Stays,
    /// It is here, and not read.
    Silent,
    /// It leaves, with the reason that `Debug` begins with.
    Goes(&'static str),
    /// Its family was replaced: it is dropped without a word.
    Dropped,
}

/// What becomes of the loop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    GoesOn,
    Finished,
    Fails,
    Unwinds,
}

#[derive(Debug)]
pub struct Expected {
    pub me: Fate,
    pub busy: Fate,
    pub idle: Fate,
    pub heir: Fate,
    /// One that was inserted by the action.
    pub new: Fate,
    pub end: End,
    /// What the verb answers, if it is one.
    pub answer: Option<bool>,
}

pub fn of(by: By, action: Action, target: Target) -> Expected {
    let mut expected = Expected {
        me: unless_it_is_about_me(by),
        busy: Fate::Stays,
        idle: Fate::Stays,
        heir: Fate::Stays,
        new: Fate::Stays,
        end: End::GoesOn,
        answer: None,
    };
    match action {
        Action::Close => expected.is_done_to(by, target, Fate::Goes("Asked")),
        Action::Abort => expected.is_done_to(by, target, Fate::Goes("Aborted")),
        Action::Leave => expected.is_done_to(by, target, Fate::Goes("Left")),
        Action::Pause => expected.is_done_to(by, target, Fate::Silent),
        Action::Resume => expected.is_resumed(by, target),
        Action::Insert | Action::Continues => {}
        Action::Swap => expected.is_swapped(by, target),
        Action::Replace => expected.is_replaced(by),
        Action::Stop | Action::Stops => expected.all_leave(by, End::Finished),
        Action::Fail => expected.all_leave(by, End::Fails),
        Action::Panic => expected.panics(by),
        // Of a single source it unwinds whatever the policy.
        Action::PanicAndGoOn if !by.is_of_a_member() => expected.panics(by),
        Action::PanicAndGoOn if by.is_lent() => expected.me = Fate::Goes("Panicked"),
        Action::PanicAndGoOn => {}
        // For `#[ended]` as `Continue`: it is not read in any case.
        Action::Pauses if by.is_lent() => expected.me = Fate::Silent,
        Action::Closes if by == By::Ended => expected.me = Fate::Goes("Ended(Eof)"),
        Action::Closes if by.is_lent() => expected.me = Fate::Goes("Asked"),
        Action::Leaves if by.is_lent() => expected.me = Fate::Goes("Left"),
        Action::Errs if by.is_lent() => expected.me = Fate::Goes("Failed"),
        // Nobody is left to be told of an error in `#[failed]`.
        Action::Errs if by == By::Failed => expected.all_leave(by, End::Fails),
        Action::Pauses | Action::Closes | Action::Leaves | Action::Errs => {}
    }
    expected
}

/// What becomes of the one whose handler acts, when it does nothing.
fn unless_it_is_about_me(by: By) -> Fate {
    match by {
        By::Ended => Fate::Silent,
        By::Closed => Fate::Goes("Left"),
        _ => Fate::Stays,
    }
}

impl Expected {
    fn of_target(&mut self, target: Target) -> &mut Fate {
        match target {
            Target::Myself => &mut self.me,
            Target::Busy => &mut self.busy,
            Target::Idle => &mut self.idle,
            // Its place is somebody else's, to whom nothing happens.
            Target::Gone => &mut self.heir,
        }
    }

    fn is_done_to(&mut self, by: By, target: Target, fate: Fate) {
        let gone = target == Target::Gone || (by == By::Closed && target == Target::Myself);
        self.answer = Some(!gone);
        if !gone {
            *self.of_target(target) = fate;
        }
    }

    fn is_resumed(&mut self, by: By, target: Target) {
        let gone = target == Target::Gone || (by == By::Closed && target == Target::Myself);
        self.answer = Some(!gone);
    }

    /// Two connections change their places. Only a pause stays with the place;
    /// what was said about one who has gone too.
    fn is_swapped(&mut self, by: By, target: Target) {
        if by == By::Ended {
            // The one that has ended is read where it is now, and ends again.
            self.me = Fate::Stays;
            *self.of_target(target) = Fate::Goes("Ended(Eof)");
        }
    }

    fn is_replaced(&mut self, by: By) {
        if by.is_lent() {
            self.me = Fate::Goes("Replaced");
        } else if by != By::Closed {
            self.me = Fate::Dropped;
        }
        (self.busy, self.idle, self.heir) = (Fate::Dropped, Fate::Dropped, Fate::Dropped);
    }

    fn all_leave(&mut self, by: By, end: End) {
        let stopped = Fate::Goes("Stopped");
        if by != By::Closed {
            self.me = stopped;
        }
        (self.busy, self.idle, self.heir) = (stopped, stopped, stopped);
        self.end = end;
    }

    fn panics(&mut self, by: By) {
        self.all_leave(by, End::Unwinds);
        if by.is_lent() {
            self.me = Fate::Goes("Panicked");
        }
    }
}
