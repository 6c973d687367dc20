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

/// What the handles to one connection have in common. With the last of them the loop
/// looks whether it still has something to wait for.
pub(crate) struct Line {
    pub(crate) token: Token,
    /// Tokens come again; this does not.
    pub(crate) gone: AtomicBool,
    pub(crate) mail: Sender<Letter>,
}

impl Line {
    /// A handle to nobody.
    fn gone(token: Token) -> Arc<Line> {
        Arc::new(Line {
            token,
            gone: AtomicBool::new(true),
            mail: channel(1).0,
        })
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        // A loop that has gone on for nothing else sleeps. One that is emptying the
        // mailbox is not woken.
        if !*self.gone.get_mut() {
            self.mail.nudge();
        }
    }
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
///
/// Behind a pointer, made by the first handle: so a program without them is not
/// larger for it.
#[derive(Debug, Default)]
pub(crate) struct Remotes(Option<Box<dyn Handles>>);

impl Remotes {
    /// Whether there is something to be done for them.
    #[inline]
    pub(crate) fn have_news(&self) -> bool {
        self.0.as_ref().is_some_and(|handles| handles.have_news())
    }

    /// Whether somebody has a handle, who may do something with it.
    pub(crate) fn are_held(&self) -> bool {
        self.0.as_ref().is_some_and(|handles| handles.are_held())
    }

    /// The member with this token has gone.
    pub(crate) fn forget(&mut self, token: Token) {
        if let Some(handles) = &mut self.0 {
            handles.forget(token);
        }
    }

    /// So have all with such tokens.
    pub(crate) fn forget_all(&mut self, gone: impl Fn(Token) -> bool) {
        if let Some(handles) = &mut self.0 {
            handles.forget_all(&gone);
        }
    }
}

impl State {
    /// The handles to a member.
    pub(crate) fn line(&mut self, registry: &Registry, token: Token) -> Arc<Line> {
        if !self.has_families {
            return Line::gone(token);
        }
        let handles = self.remotes.0.take();
        let capacity = self.config.mailbox;
        let mut handles = handles.unwrap_or_else(|| Box::new(Mailbox::new(capacity)));
        let line = handles.line(token, &mut Waking::new(self, registry));
        self.remotes.0 = Some(handles);
        line
    }
}

trait Handles: fmt::Debug + Send + Sync {
    fn line(&mut self, token: Token, waking: &mut Waking<'_>) -> Arc<Line>;
    fn have_news(&self) -> bool;
    fn are_held(&self) -> bool;
    fn forget(&mut self, token: Token);
    fn forget_all(&mut self, gone: &dyn Fn(Token) -> bool);
    /// Those of which it is to be seen whether they are to a connection.
    fn take_fresh(&mut self) -> Vec<Token>;
    /// Hands over what was sent, but not more at once than there is room for.
    fn empty(&mut self, input: &mut Input, deliver: &mut dyn FnMut(Token, &Order));
}

struct Mailbox {
    capacity: usize,
    mail: Option<(Sender<Letter>, Receiver<Letter>)>,
    lines: BTreeMap<Token, Weak<Line>>,
    /// How many there may be before those are forgotten that nobody has.
    room: usize,
    fresh: Vec<Token>,
    /// There may be more letters than were delivered at once.
    more: bool,
}

impl Mailbox {
    fn new(capacity: usize) -> Mailbox {
        Mailbox {
            capacity,
            mail: None,
            lines: BTreeMap::new(),
            room: 0,
            fresh: Vec::new(),
            more: false,
        }
    }

    /// Where what is sent to members of this loop is put.
    fn mail(&mut self, waking: &mut Waking<'_>) -> io::Result<Sender<Letter>> {
        if let Some((sender, _)) = &self.mail {
            return Ok(sender.clone());
        }
        let (sender, mut receiver) = channel(self.capacity);
        Drain::woken_by(&mut receiver, waking)?;
        self.mail = Some((sender.clone(), receiver));
        Ok(sender)
    }
}

impl Handles for Mailbox {
    fn line(&mut self, token: Token, waking: &mut Waking<'_>) -> Arc<Line> {
        let known = self.lines.get(&token).and_then(Weak::upgrade);
        if let Some(line) = known {
            return line;
        }
        let Ok(mail) = self.mail(waking) else {
            return Line::gone(token);
        };
        let gone = AtomicBool::new(false);
        let line = Arc::new(Line { token, gone, mail });
        if self.lines.len() >= self.room {
            self.lines.retain(|_, line| line.strong_count() > 0);
            self.room = 2 * self.lines.len() + 16;
        }
        self.lines.insert(token, Arc::downgrade(&line));
        self.fresh.push(token);
        line
    }

    fn have_news(&self) -> bool {
        let mail = self.mail.as_ref();
        let waiting = mail.is_some_and(|(_, letters)| Drain::has_news(letters));
        waiting || self.more || !self.fresh.is_empty()
    }

    fn are_held(&self) -> bool {
        self.lines.values().any(|line| line.strong_count() > 0)
    }

    fn forget(&mut self, token: Token) {
        if let Some(line) = self.lines.remove(&token).and_then(|line| line.upgrade()) {
            line.gone.store(true, Ordering::Release);
        }
    }

    fn forget_all(&mut self, gone: &dyn Fn(Token) -> bool) {
        let tokens: Vec<Token> = self.lines.keys().copied().collect();
        for token in tokens.into_iter().filter(|token| gone(*token)) {
            self.forget(token);
        }
    }

    fn take_fresh(&mut self) -> Vec<Token> {
        mem::take(&mut self.fresh)
    }

    fn empty(&mut self, input: &mut Input, deliver: &mut dyn FnMut(Token, &Order)) {
        let Some((_, letters)) = &mut self.mail else {
            return;
        };
        for _ in 0..self.capacity.min(AT_ONCE) {
            let Ok(Next::Item(letter)) = Drain::next(letters, input) else {
                self.more = false;
                return;
            };
            // Dropped in here: if that is the last handle, it need not wake the loop.
            if !letter.line.gone.load(Ordering::Relaxed) {
                deliver(letter.line.token, &letter.order);
            }
        }
        // Who sends all the time is not to hold up the others.
        self.more = true;
    }
}

/// A loop that is dropped without having been closed.
impl Drop for Mailbox {
    fn drop(&mut self) {
        self.forget_all(&|_| true);
    }
}

/// Letters that are delivered before the others have their turn, at the most.
const AT_ONCE: usize = 1024;

impl fmt::Debug for Mailbox {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Mailbox")
            .field("lines", &self.lines.len())
            .finish_non_exhaustive()
    }
}

/// Gives members what was sent to them: not more at once than there was room for.
#[cold]
#[inline(never)]
pub(crate) fn deliver<A: Handlers>(app: &mut A, cx: &mut Context<'_>, input: &mut Input) {
    let Some(handles) = &mut cx.state.remotes.0 else {
        return;
    };
    for token in handles.take_fresh() {
        let mut search = Search {
            token,
            found: false,
        };
        app.families(&mut search);
        if !search.found {
            handles.forget(token);
        }
    }
    handles.empty(input, &mut |token, order| {
        app.families(&mut Delivery { token, order });
    });
}

struct Search {
    token: Token,
    found: bool,
}

impl<A> Visitor<A> for Search {
    fn visit<S: Member<K>, K>(&mut self, app: &mut A, hooks: Hooks<A, S, K>) {
        self.found |= S::COLLECTS && hooks.family(app).reach(self.token).is_some();
    }
}

struct Delivery<'a> {
    token: Token,
    order: &'a Order,
}

impl<A> Visitor<A> for Delivery<'_> {
    fn visit<S: Member<K>, K>(&mut self, app: &mut A, hooks: Hooks<A, S, K>) {
        let family = hooks.family(app);
        match self.order {
            Order::Send(bytes) => {
                let out = family.reach(self.token).and_then(Member::outbox);
                if let Some(out) = out {
                    out.send(bytes);
                }
            }
            Order::Close => {
                family.close(self.token);
            }
        }
    }
}
