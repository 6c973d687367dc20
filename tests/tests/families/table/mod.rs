//! Every action, on every target, from every handler: what becomes of whom.
//!
//! In each cell there are five members: the one whose handler acts ("me"), one
//! that has an event in the same batch ("busy"), one that has none ("idle"), one
//! that has gone, whose place "heir" has taken, and, where it is inserted by the
//! action, one that is new.

mod cell;
mod expected;
mod kind;
mod scene;

use cell::Cell;

/// Whose handler acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// The handler of a listener, a single source.
    Accept,
    Readable,
    Writable,
    Raw,
    Opened,
    Ended,
    Closed,
    /// Told of an error of the listener's handler.
    Failed,
}

/// What it does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    Close,
    Abort,
    Leave,
    Pause,
    Resume,
    Insert,
    Stop,
    Fail,
    /// With `Panics::Unwind`.
    Panic,
    /// With `Panics::CloseMember`.
    PanicAndGoOn,
    Replace,
    Swap,
    Continues,
    Pauses,
    Closes,
    Leaves,
    Stops,
    Errs,
}

/// To whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    Myself,
    Busy,
    Idle,
    Gone,
}

const BY: [By; 8] = [
    By::Accept,
    By::Readable,
    By::Writable,
    By::Raw,
    By::Opened,
    By::Ended,
    By::Closed,
    By::Failed,
];

const ACTIONS: [Action; 18] = [
    Action::Close,
    Action::Abort,
    Action::Leave,
    Action::Pause,
    Action::Resume,
    Action::Insert,
    Action::Stop,
    Action::Fail,
    Action::Panic,
    Action::PanicAndGoOn,
    Action::Replace,
    Action::Swap,
    Action::Continues,
    Action::Pauses,
    Action::Closes,
    Action::Leaves,
    Action::Stops,
    Action::Errs,
];

const TARGETS: [Target; 4] = [Target::Myself, Target::Busy, Target::Idle, Target::Gone];

impl By {
    /// Whether it is called for a member, which is "me".
    pub fn is_of_a_member(self) -> bool {
        !matches!(self, By::Accept | By::Failed)
    }

    /// Whether it has a member that is lent to it.
    pub fn is_lent(self) -> bool {
        self.is_of_a_member() && self != By::Closed
    }
}

impl Action {
    /// Whether it is done to somebody: the others concern whoever acts, or all.
    fn has_a_target(self) -> bool {
        use Action::{Abort, Close, Leave, Pause, Resume, Swap};
        matches!(self, Close | Abort | Leave | Pause | Resume | Swap)
    }
}

/// Why there is no such cell, if there is not.
fn not_applicable(by: By, action: Action, target: Target) -> Option<&'static str> {
    if !action.has_a_target() {
        return (target != Target::Myself).then_some("one cell: it has no target");
    }
    if target == Target::Myself && !by.is_of_a_member() {
        return Some("a single source is not a member");
    }
    if action != Action::Swap {
        return None;
    }
    match (by, target) {
        (By::Accept | By::Failed, _) => Some("no member at hand to swap with"),
        (By::Raw, _) => Some("members other than connections stay where they are"),
        (_, Target::Myself | Target::Gone) => Some("nobody to swap with"),
        _ => None,
    }
}

#[test]
fn each_cell_comes_out_as_it_should() {
    quiet_about_planned_panics();
    let (mut run, mut skipped, mut wrong) = (0, 0, Vec::new());
    for by in BY {
        for action in ACTIONS {
            for target in TARGETS {
                if not_applicable(by, action, target).is_some() {
                    skipped += 1;
                    continue;
                }
                run += 1;
                let cell = Cell { by, action, target };
                if let Err(how) = cell.check() {
                    wrong.push(format!("{by:?} {action:?} {target:?}: {how}"));
                }
            }
        }
    }
    println!("{run} cells of handler, action and target; {skipped} are not applicable");
    assert!(
        wrong.is_empty(),
        "{} of {run}:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    assert!(run > 250, "{run} cells");
}

/// What a planned panic says.
pub const PLANNED: &str = "planned";

fn quiet_about_planned_panics() {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        if info.payload().downcast_ref::<&str>() != Some(&PLANNED) {
            usual(info);
        }
    }));
}
