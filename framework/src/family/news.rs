//! Members that something else than the system has filled.

use super::place::Flag;
use super::{Hooks, Member, Visitor};
use crate::Handlers;
use crate::state::State;

/// Gives the members their turn that have news. For connections, which never have
/// any, nothing is left of this when it is compiled.
pub(crate) fn hear_news<A: Handlers>(app: &mut A, state: &mut State) {
    app.families(&mut HearNews { state });
}

struct HearNews<'a> {
    state: &'a mut State,
}

impl<A> Visitor<A> for HearNews<'_> {
    fn visit<S: Member<K>, K>(&mut self, app: &mut A, hooks: Hooks<A, S, K>) {
        let family = hooks.family(app);
        for index in 0..family.places.len() as u32 {
            let place = &family.places[index as usize];
            let member = place.member.as_deref();
            // Who is new is asked when it is settled.
            if member.is_some_and(|member| member.has_news()) && !place.has(Flag::New) {
                family.hear_of(index);
                family.latch(index, false);
                family.queue_if_ready(self.state, index);
            }
        }
    }
}
