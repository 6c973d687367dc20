//! What a test is shown of a family, for `sim::invariant`.

use std::time::Instant;

use mio::Token;

use super::going::Step;
use super::{Family, Hooks, Member, Visitor};
use crate::Handlers;
use crate::sim::Left;

pub(crate) use super::place::Flag as MemberFlag;

/// A family between two turns.
#[derive(Debug, Hash)]
pub(crate) struct FamilySeen {
    pub(crate) members: Vec<MemberSeen>,
    /// Members that are settled before the loop sleeps, and in the next turn.
    pub(crate) noted: Vec<u32>,
    pub(crate) later: Vec<u32>,
    pub(crate) low: usize,
    due: Vec<u32>,
    free: Vec<u32>,
    counts: [usize; 3],
    next: Option<Left>,
    flags: [bool; 5],
}

/// A place that somebody has.
#[derive(Debug, Hash)]
pub(crate) struct MemberSeen {
    pub(crate) number: u8,
    pub(crate) index: u32,
    pub(crate) held: bool,
    pub(crate) step: Option<StepSeen>,
    /// When it goes on, if it rests or waits for memory.
    pub(crate) rests: Option<Left>,
    pub(crate) unsent: usize,
    flags: u16,
    wakes: Option<u32>,
    ended: bool,
    out: [bool; 5],
}

/// How far a member is on its way out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum StepSeen {
    Tell,
    Flush,
    /// Whether what still comes is read.
    Linger(Left, bool),
    Now,
}

impl MemberSeen {
    pub(crate) fn has(&self, flag: MemberFlag) -> bool {
        self.flags & flag as u16 != 0
    }
}

/// Looks at all families; with the token of each member.
pub(crate) fn inspect<A: Handlers>(
    app: &mut A,
    now: Instant,
) -> (Vec<FamilySeen>, Vec<(Token, u8, u32)>) {
    let mut inspect = Inspect {
        now,
        families: Vec::new(),
        tokens: Vec::new(),
    };
    if A::FAMILIES {
        app.families(&mut inspect);
    }
    (inspect.families, inspect.tokens)
}

struct Inspect {
    now: Instant,
    families: Vec<FamilySeen>,
    tokens: Vec<(Token, u8, u32)>,
}

impl<A> Visitor<A> for Inspect {
    fn visit<S: Member<K>, K>(&mut self, app: &mut A, hooks: Hooks<A, S, K>) {
        let family = (hooks.family)(app);
        let left = |at: Instant| Left::between(self.now, at);
        let mut members = Vec::new();
        for index in family.all_places() {
            let token = family.token_of(index);
            self.tokens.push((token, family.tokens.number(), index));
            members.push(family.member_seen(index, left));
        }
        self.families.push(FamilySeen {
            members,
            noted: family.noted.clone(),
            later: family.later.clone(),
            low: family.limits.output.low,
            due: family.due.clone(),
            free: family.free.clone(),
            counts: [family.staying, family.paused, family.orphans.len()],
            next: family.going.next_known().map(left),
            flags: [
                family.room_made,
                family.spare.is_some(),
                family.interest.is_some(),
                family.is_fresh,
                family.panicked,
            ],
        });
    }
}

impl<S> Family<S> {
    fn member_seen<K>(&mut self, index: u32, left: impl Fn(Instant) -> Left) -> MemberSeen
    where
        S: Member<K>,
    {
        let place = &mut self.places[index as usize];
        let (held, flags) = (place.is_held(), place.flags());
        let out = place
            .member
            .as_deref_mut()
            .and_then(|member| member.outbox());
        MemberSeen {
            number: self.tokens.number(),
            index,
            held,
            unsent: out.as_ref().map_or(0, |out| out.unsent().len()),
            out: out.map_or([false; 5], |out| {
                [
                    out.is_unused(),
                    out.is_fresh(),
                    out.is_full(),
                    out.has_overflown(),
                    out.has_finished(),
                ]
            }),
            flags,
            step: self.going.step(index).map(|step| match step {
                Step::Tell(_) => StepSeen::Tell,
                Step::Flush(_) => StepSeen::Flush,
                Step::Linger { until, bytes, .. } => StepSeen::Linger(left(*until), *bytes > 0),
                Step::Now(_) => StepSeen::Now,
            }),
            rests: self.going.rest_until(index).map(left),
            wakes: self.going.wakes_of(index),
            ended: self.going.has_ended(index),
        }
    }
}
