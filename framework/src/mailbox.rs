//! What handles to members send, on the side of the loop.

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::mem;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};

use mio::{Registry, Token};

use crate::channel::{Receiver, Sender, channel};
use crate::family::{Hooks, Member, Visitor};
use crate::state::State;
use crate::{Context, Drain, Handlers, Input, Next, Waking};

/// What the handles to one connection have in common. With the last of them its
/// sender is dropped, and the loop looks whether it still has something to wait for.
pub(crate) struct Line {
    pub(crate) token: Token,
    /// Tokens come again; this does not.
    pub(crate) gone: AtomicBool,
    pub(crate) mail: Sender<Letter>,
}

pub(crate) struct Letter {
    pub(crate) line: Arc<Line>,
    pub(crate) order: Order,
}

pub(crate) enum Order {
    Send(Box<[u8]>),
    Close,
}

/// The handles to members of a loop, as the loop knows them.
#[derive(Default)]
pub(crate) struct Remotes {
    mail: Option<(Sender<Letter>, Receiver<Letter>)>,
    lines: BTreeMap<Token, Weak<Line>>,
    /// How many there may be before those are forgotten that nobody has.
    room: usize,
    /// Those of which it is to be seen whether they are to a connection.
    fresh: Vec<Token>,
}

impl State {
    /// The handles to a member.
    pub(crate) fn line(&mut self, registry: &Registry, token: Token) -> Arc<Line> {
        let known = self.remotes.lines.get(&token).and_then(Weak::upgrade);
        if let Some(line) = known {
            return line;
        }
        let (mail, gone) = match self.mail(registry) {
            Ok(mail) => (mail, AtomicBool::new(false)),
            Err(_) => (channel(1).0, AtomicBool::new(true)),
        };
        let line = Arc::new(Line { token, gone, mail });
        self.remotes.begin(token, &line);
        line
    }

    /// Where what is sent to members of this loop is put.
    fn mail(&mut self, registry: &Registry) -> io::Result<Sender<Letter>> {
        if let Some((sender, _)) = &self.remotes.mail {
            return Ok(sender.clone());
        }
        let (sender, mut receiver) = channel(self.config.mailbox);
        Drain::woken_by(&mut receiver, &mut Waking::new(self, registry))?;
        self.remotes.mail = Some((sender.clone(), receiver));
        Ok(sender)
    }
}

impl Remotes {
    fn begin(&mut self, token: Token, line: &Arc<Line>) {
        if self.lines.len() >= self.room {
            self.lines.retain(|_, line| line.strong_count() > 0);
            self.room = 2 * self.lines.len() + 16;
        }
        self.lines.insert(token, Arc::downgrade(line));
        self.fresh.push(token);
    }

    /// Whether there is something to be done for them.
    #[inline]
    pub(crate) fn have_news(&self) -> bool {
        let mail = self.mail.as_ref();
        !self.fresh.is_empty() || mail.is_some_and(|(_, letters)| Drain::has_news(letters))
    }

    /// Whether somebody has a handle, who may do something with it.
    pub(crate) fn are_held(&self) -> bool {
        self.lines.values().any(|line| line.strong_count() > 0)
    }

    /// The member with this token has gone.
    pub(crate) fn forget(&mut self, token: Token) {
        if let Some(line) = self.lines.remove(&token).and_then(|line| line.upgrade()) {
            line.gone.store(true, Ordering::Release);
        }
    }

    /// So have all with such tokens.
    pub(crate) fn forget_all(&mut self, gone: impl Fn(Token) -> bool) {
        let tokens: Vec<Token> = self.lines.keys().copied().collect();
        for token in tokens.into_iter().filter(|token| gone(*token)) {
            self.forget(token);
        }
    }

    fn next(&mut self, input: &mut Input) -> Option<Letter> {
        let (_, letters) = self.mail.as_mut()?;
        match Drain::next(letters, input) {
            Ok(Next::Item(letter)) => Some(letter),
            _ => None,
        }
    }
}

impl fmt::Debug for Remotes {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Remotes")
            .field("lines", &self.lines.len())
            .finish_non_exhaustive()
    }
}

/// Gives members what was sent to them: not more at once than there was room for.
#[cold]
#[inline(never)]
pub(crate) fn deliver<A: Handlers>(app: &mut A, cx: &mut Context<'_>, input: &mut Input) {
    for token in mem::take(&mut cx.state.remotes.fresh) {
        let mut search = Search {
            token,
            found: false,
        };
        app.families(&mut search);
        if !search.found {
            cx.state.remotes.forget(token);
        }
    }
    for _ in 0..cx.state.config.mailbox {
        let Some(letter) = cx.state.remotes.next(input) else {
            return;
        };
        // Dropped in here: if that is the last handle, it need not wake the loop.
        if !letter.line.gone.load(Ordering::Relaxed) {
            app.families(&mut Delivery { letter });
        }
    }
    // Who sends all the time is not to hold up the others.
    cx.state.outlook.later = true;
}

struct Search {
    token: Token,
    found: bool,
}

impl<A> Visitor<A> for Search {
    fn visit<S: Member<K>, K>(&mut self, app: &mut A, hooks: Hooks<A, S, K>) {
        self.found |= S::COLLECTS && hooks.family(app).contains(self.token);
    }
}

struct Delivery {
    letter: Letter,
}

impl<A> Visitor<A> for Delivery {
    fn visit<S: Member<K>, K>(&mut self, app: &mut A, hooks: Hooks<A, S, K>) {
        let (token, family) = (self.letter.line.token, hooks.family(app));
        match &self.letter.order {
            Order::Send(bytes) => {
                let out = family.get_mut(token).and_then(Member::outbox);
                if let Some(out) = out {
                    out.send(bytes);
                }
            }
            Order::Close => {
                family.close(token);
            }
        }
    }
}
