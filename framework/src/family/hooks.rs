use super::{Drained, Family, Member, Raw};
use crate::{BoxError, Closed, Context, Ended, Flow, Tokens};

/// What an application is called for on behalf of a family, beside its items;
/// given by [`Handlers::families`](crate::Handlers::families). What is not given
/// is not called.
///
/// # Examples
///
/// See [`Visitor`], and [`Handlers`](crate::Handlers#a-family-by-hand) for the
/// whole of an application.
pub struct Hooks<A, S, K> {
    pub(super) tokens: Tokens,
    pub(super) family: fn(&mut A) -> &mut Family<S>,
    pub(super) opened: Option<Hook<A, S>>,
    pub(super) ended: Option<EndedHook<A, S>>,
    pub(super) closed: Option<ClosedHook<A, S>>,
    pub(super) writable: Option<Hook<A, S>>,
    kind: std::marker::PhantomData<K>,
}

type Hook<A, S> = fn(&mut A, &mut Context<'_>, &mut S) -> Result<Flow, BoxError>;
type EndedHook<A, S> = fn(&mut A, &mut Context<'_>, &mut S, Ended) -> Result<Flow, BoxError>;
type ClosedHook<A, S> = fn(&mut A, &mut Context<'_>, S, Closed) -> Result<Flow, BoxError>;

impl<A, S: Member<Drained>> Hooks<A, S, Drained> {
    /// A family whose members the loop drains.
    pub fn drained(tokens: Tokens, family: fn(&mut A) -> &mut Family<S>) -> Self {
        Hooks::new(tokens, family)
    }

    /// What is called for a [`Connection`](crate::Connection) once for every
    /// send, when what is unsent is at or below the low watermark: `interest =
    /// WRITABLE`. No send, no call; an empty send is none. Of other members it says that there is such a handler, which
    /// [`family::writable`](super::writable) calls.
    pub fn writable(mut self, hook: Hook<A, S>) -> Self {
        self.writable = Some(hook);
        self
    }
}

impl<A, S: Member<Raw>> Hooks<A, S, Raw> {
    /// A family whose handlers do their own input and output.
    pub fn raw(tokens: Tokens, family: fn(&mut A) -> &mut Family<S>) -> Self {
        Hooks::new(tokens, family)
    }
}

impl<A, S, K> Hooks<A, S, K> {
    fn new(tokens: Tokens, family: fn(&mut A) -> &mut Family<S>) -> Self {
        Hooks {
            tokens,
            family,
            opened: None,
            ended: None,
            closed: None,
            writable: None,
            kind: std::marker::PhantomData,
        }
    }

    /// The family, of its application.
    pub(crate) fn family<'a>(&self, app: &'a mut A) -> &'a mut Family<S> {
        (self.family)(app)
    }

    /// `#[opened]`: called once for each member that has been registered.
    pub fn opened(mut self, hook: Hook<A, S>) -> Self {
        self.opened = Some(hook);
        self
    }

    /// `#[ended]`: called when reading is over. Without it, the member is closed.
    pub fn ended(mut self, hook: EndedHook<A, S>) -> Self {
        self.ended = Some(hook);
        self
    }

    /// `#[closed]`: given each member that leaves, exactly once.
    pub fn closed(mut self, hook: ClosedHook<A, S>) -> Self {
        self.closed = Some(hook);
        self
    }
}

/// Somebody who is to see each family of an application: the loop, which settles
/// what was noted, closes, and looks after deadlines.
///
/// # Examples
///
/// What `#[handlers]` writes for a family of clients:
///
/// ```
/// use miocene::family::{Hooks, Visitor};
/// use miocene::{Bytes, Connection, Family, Outcome, Tokens};
///
/// const CLIENTS: Tokens = Tokens::new(1);
///
/// struct App { clients: Family<Connection<Bytes>> }
///
/// impl App {
///     fn gone(&mut self, client: Connection<Bytes>, why: miocene::Closed) {
///         println!("{client:?}: {why}");
///     }
///
///     // A method of `impl Handlers for App`.
///     fn families<V: Visitor<Self>>(&mut self, visitor: &mut V) {
///         visitor.visit(
///             self,
///             Hooks::drained(CLIENTS, |app: &mut Self| &mut app.clients)
///                 .closed(|app, _cx, member, why| app.gone(member, why).outcome()),
///         );
///     }
/// }
/// ```
pub trait Visitor<A> {
    /// Sees one family.
    fn visit<S, K>(&mut self, app: &mut A, hooks: Hooks<A, S, K>)
    where
        S: super::Member<K>;
}
