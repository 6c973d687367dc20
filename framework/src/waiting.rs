use mio::Token;

use crate::planted::Bug;
use crate::slot::Flag;
use crate::state::State;

/// The listeners that fill families: those that wait for room, and when each of
/// them had its last turn. There are few of them.
#[derive(Debug, Default)]
pub(crate) struct Waiting {
    tokens: Vec<Token>,
    /// When each of them was served last, counted in servings.
    served: Vec<(Token, u64)>,
    servings: u64,
}

impl Waiting {
    /// Forgets sources that are not there any more.
    pub(crate) fn forget(&mut self, gone: impl Fn(Token) -> bool) {
        self.tokens.retain(|token| !gone(*token));
        self.served.retain(|served| !gone(served.0));
    }

    fn served(&mut self, token: Token) {
        self.servings += 1;
        self.served.retain(|served| served.0 != token);
        self.served.push((token, self.servings));
    }

    fn last_turn(&self, token: Token) -> u64 {
        let turn = self.served.iter().find(|served| served.0 == token);
        turn.map_or(0, |served| served.1)
    }
}

/// For tests that look into a loop.
#[cfg(feature = "sim")]
impl Waiting {
    /// Those that wait for room, and those that were served, the last one last.
    pub(crate) fn known(&self) -> (&[Token], impl Iterator<Item = Token> + '_) {
        (&self.tokens, self.served.iter().map(|served| served.0))
    }
}

impl State {
    /// A listener has met a full family. Whether it was served before that.
    pub(crate) fn wait_for_room(&mut self, token: Token, served: bool) {
        if served {
            self.waiting.served(token);
        }
        if !self.waiting.tokens.contains(&token) {
            self.waiting.tokens.push(token);
        }
        self.recount();
    }

    /// Members have left: those who wait for room try again, and who was served
    /// last comes last.
    #[cold]
    #[inline(never)]
    pub(crate) fn there_may_be_room(&mut self) {
        let mut tokens = std::mem::take(&mut self.waiting.tokens);
        if !Bug::ServesTheSameFirst.is_planted() {
            tokens.sort_by_key(|token| self.waiting.last_turn(*token));
        }
        for token in tokens {
            match self.slots.iter().position(|slot| slot.token == token) {
                Some(slot) => {
                    self.slots[slot].clear(Flag::Waiting);
                    self.go_on(slot);
                }
                // A member of a family of listeners: it knows by its turn.
                None => self.ready.push_back(token),
            }
        }
        self.recount();
    }
}
