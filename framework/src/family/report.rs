//! Has the poll say anew what members are ready for, for `sim::stall`.

use mio::{Registry, Token};

use super::place::Flag;
use super::{Hooks, Member, Visitor};
use crate::{Handlers, Readiness};

/// Reregisters each member. With its token: what the loop would have to know, if the
/// poll were to say it.
pub(crate) fn report_anew<A: Handlers>(
    app: &mut A,
    registry: &Registry,
) -> Vec<(Token, Readiness)> {
    let mut report = Report {
        registry,
        owed: Vec::new(),
    };
    if A::FAMILIES {
        app.families(&mut report);
    }
    report.owed
}

struct Report<'a> {
    registry: &'a Registry,
    owed: Vec<(Token, Readiness)>,
}

impl<A> Visitor<A> for Report<'_> {
    fn visit<S: Member<K>, K>(&mut self, app: &mut A, hooks: Hooks<A, S, K>) {
        let family = (hooks.family)(app);
        for index in family.all_places() {
            let token = family.token_of(index);
            let interest = family.interest_of::<K>(token);
            let place = &mut family.places[index as usize];
            if place.has(Flag::New) {
                continue;
            }
            let is_read = !place.is_held() && !place.has(Flag::Going) && !place.has(Flag::Latched);
            let is_written = place.has(Flag::Blocked);
            let (Some(interest), Some(member)) = (interest, place.member.as_deref_mut()) else {
                continue;
            };
            if self
                .registry
                .reregister(member.source(), token, interest)
                .is_ok()
            {
                let mut owed = Readiness::NONE;
                if is_read {
                    owed |= Readiness::READABLE;
                }
                if is_written {
                    owed |= Readiness::WRITABLE;
                }
                self.owed.push((token, owed));
            }
        }
    }
}
