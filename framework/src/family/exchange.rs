//! Members that were exchanged or replaced: what was read from a connection, and
//! not framed, goes where it goes.
//!
//! The bytes are kept under the token of the place, and the connection remembers
//! that token as its home. To look through all members is slow, but exchanges are
//! rare.

use mio::Token;

use super::leave::is_at_home;
use super::{Family, Hooks, Member, Visitor};
use crate::connection::NOWHERE;
use crate::{Handlers, Input};

impl<S> Family<S> {
    /// Whether a member of the list was registered in another place than that in
    /// which it is.
    pub(super) fn are_exchanged<K>(&mut self, list: fn(&Family<S>) -> &[u32]) -> bool
    where
        S: Member<K>,
    {
        let indices = 0..list(self).len();
        indices.into_iter().any(|position| {
            let index = list(self)[position];
            self.home_elsewhere(index).is_some()
        })
    }

    /// The home of a member that is not there.
    fn home_elsewhere<K>(&mut self, index: u32) -> Option<Token>
    where
        S: Member<K>,
    {
        let place = self.places.get_mut(index as usize)?;
        let token = place.token(self.tokens, index);
        elsewhere(place.member.as_deref_mut()?, token)
    }
}

/// All that were exchanged take along what was read from them.
pub(super) fn take_along<A: Handlers>(app: &mut A, input: &mut Input) {
    app.families(&mut TakeAlong { input });
}

/// One of them, which is not in its place, does so.
pub(super) fn take_along_of<A: Handlers, S: Member<K>, K>(
    app: &mut A,
    input: &mut Input,
    member: &mut S,
    token: Token,
) {
    let Some(home) = elsewhere(member, token) else {
        return;
    };
    if let Some(forgotten) = member.home() {
        *forgotten = NOWHERE;
    }
    let mut dweller = Dweller { home, found: false };
    app.families(&mut dweller);
    // What is left at home may be that of one who lives there now.
    if !dweller.found {
        let left = input.take_left(home.0);
        if !left.is_empty() {
            member.keep(left);
        }
    }
}

fn elsewhere<S: Member<K>, K>(member: &mut S, token: Token) -> Option<Token> {
    let home = *member.home()?;
    (home != token && home != NOWHERE).then_some(home)
}

struct TakeAlong<'a> {
    input: &'a mut Input,
}

impl<A: Handlers> Visitor<A> for TakeAlong<'_> {
    fn visit<S: Member<K>, K>(&mut self, app: &mut A, hooks: Hooks<A, S, K>) {
        for index in (hooks.family)(app).all_places() {
            let family = (hooks.family)(app);
            if family.home_elsewhere(index).is_none() {
                continue;
            }
            let token = family.token_of(index);
            let Some(mut member) = family.places[index as usize].member.take() else {
                continue;
            };
            take_along_of(app, self.input, &mut *member, token);
            (hooks.family)(app).places[index as usize].member = Some(member);
        }
        let mut orphans = std::mem::take(&mut (hooks.family)(app).orphans);
        for (token, orphan) in &mut orphans {
            take_along_of(app, self.input, &mut **orphan, *token);
        }
        (hooks.family)(app).orphans = orphans;
    }
}

/// Looks for a member that is at home at a token.
struct Dweller {
    home: Token,
    found: bool,
}

impl<A> Visitor<A> for Dweller {
    fn visit<S: Member<K>, K>(&mut self, app: &mut A, hooks: Hooks<A, S, K>) {
        let family = (hooks.family)(app);
        let Some(index) = family.find_any(self.home) else {
            return;
        };
        let member = family.places[index as usize].member.as_deref_mut();
        self.found |= member.is_some_and(|member| is_at_home(member, self.home));
    }
}
