//! The table of handlers: what the application is, as a constant of it.
//!
//! `#[handlers]` writes the table; errors take names and places from it, and
//! [`table`] shows it to people.

mod print;
mod rules;

use mio::{Interest, Token};

use crate::{Handlers, Tokens};

pub use print::{Table, table};
pub(crate) use rules::check;

/// Single tokens are below this value on every platform. What lies above is for
/// the loop itself.
///
/// # Examples
///
/// ```
/// use miocene::Token;
/// use miocene::table::TOKEN_END;
///
/// const LAST: Token = Token(TOKEN_END - 1);
/// assert_eq!(LAST.0, 16_777_215);
/// ```
pub const TOKEN_END: usize = 1 << 24;

/// What a handler is called for.
///
/// # Examples
///
/// ```
/// use miocene::Interest;
/// use miocene::table::Kind;
///
/// assert_eq!(Kind::Items.interest(), Some(Interest::READABLE));
/// assert_eq!(Kind::Ended.interest(), None);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// Each item of a source (`interest = READABLE`).
    Items,
    /// Each writable edge of a source, or each send to a connection
    /// (`interest = WRITABLE`).
    Writable,
    /// Readiness as it comes (`raw`).
    Raw(Interest),
    /// A new member of a family (`#[opened]`).
    Opened,
    /// The end of reading from a source (`#[ended]`).
    Ended,
    /// A member that leaves its family (`#[closed]`).
    Closed,
    /// Errors that nobody else was told of (`#[failed]`).
    Failed,
}

impl Kind {
    /// What the poll is asked for on behalf of the handler, if anything.
    pub const fn interest(self) -> Option<Interest> {
        match self {
            Kind::Items => Some(Interest::READABLE),
            Kind::Writable => Some(Interest::WRITABLE),
            Kind::Raw(interest) => Some(interest),
            Kind::Opened | Kind::Ended | Kind::Closed | Kind::Failed => None,
        }
    }
}

/// One row of the table: a handler and what it is bound to.
///
/// # Examples
///
/// ```
/// use miocene::Token;
/// use miocene::table::Entry;
///
/// const ROW: Entry = Entry::items("accept", "SERVER", Token(0), "self.server").at(file!(), line!());
/// assert_eq!(ROW.handler, "accept");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Entry {
    /// The handler's name.
    pub handler: &'static str,
    /// The file it is in, as [`file!`] gives it.
    pub file: &'static str,
    /// The line of its name.
    pub line: u32,
    /// What it is called for.
    pub kind: Kind,
    /// The token's name as written; empty for `#[failed]`.
    pub token_name: &'static str,
    /// The token; none for `#[failed]`, and for a family.
    pub token: Option<Token>,
    /// The family's constant; none for a single source.
    pub tokens: Option<Tokens>,
    /// The source as the application names it, such as `self.server`; empty
    /// for `#[failed]`, and for the `#[ended]` of a single source.
    pub source: &'static str,
}

impl Entry {
    /// A handler of items.
    pub const fn items(
        handler: &'static str,
        token_name: &'static str,
        token: Token,
        source: &'static str,
    ) -> Entry {
        Entry::new(handler, Kind::Items, token_name, Some(token), source)
    }

    /// A handler of writable edges.
    pub const fn writable(
        handler: &'static str,
        token_name: &'static str,
        token: Token,
        source: &'static str,
    ) -> Entry {
        Entry::new(handler, Kind::Writable, token_name, Some(token), source)
    }

    /// A handler that does its own I/O.
    pub const fn raw(
        handler: &'static str,
        token_name: &'static str,
        token: Token,
        interest: Interest,
        source: &'static str,
    ) -> Entry {
        Entry::new(
            handler,
            Kind::Raw(interest),
            token_name,
            Some(token),
            source,
        )
    }

    /// A handler of the end of a source.
    pub const fn ended(handler: &'static str, token_name: &'static str, token: Token) -> Entry {
        Entry::new(handler, Kind::Ended, token_name, Some(token), "")
    }

    /// A handler of what is in a family, of any kind but
    /// [`Failed`](Kind::Failed).
    ///
    /// # Examples
    ///
    /// ```
    /// use miocene::Tokens;
    /// use miocene::table::{Entry, Kind};
    ///
    /// const CLIENTS: Tokens = Tokens::new(1);
    /// const ROW: Entry = Entry::family(Kind::Items, "line", "CLIENTS", CLIENTS, "self.clients");
    /// assert_eq!(ROW.tokens, Some(CLIENTS));
    /// ```
    pub const fn family(
        kind: Kind,
        handler: &'static str,
        tokens_name: &'static str,
        tokens: Tokens,
        source: &'static str,
    ) -> Entry {
        let mut entry = Entry::new(handler, kind, tokens_name, None, source);
        entry.tokens = Some(tokens);
        entry
    }

    /// The handler of errors that nobody else was told of.
    pub const fn failed(handler: &'static str) -> Entry {
        Entry::new(handler, Kind::Failed, "", None, "")
    }

    /// The same row with the handler's place.
    pub const fn at(mut self, file: &'static str, line: u32) -> Entry {
        (self.file, self.line) = (file, line);
        self
    }

    /// Whether the poll is asked for something on behalf of the row, and the
    /// token is this one.
    pub(crate) const fn watches(&self, token: Token) -> bool {
        match (self.token, self.kind.interest()) {
            (Some(own), Some(_)) => own.0 == token.0,
            _ => false,
        }
    }

    const fn new(
        handler: &'static str,
        kind: Kind,
        token_name: &'static str,
        token: Option<Token>,
        source: &'static str,
    ) -> Entry {
        Entry {
            handler,
            file: "",
            line: 0,
            kind,
            token_name,
            token,
            tokens: None,
            source,
        }
    }
}

/// Where a loop keeps what it knows about the source of a token. Made by
/// [`slot`].
///
/// # Examples
///
/// See [`Handlers`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slot(pub(crate) usize);

/// The slot of a token's source: the position of the token's first row in the
/// table.
///
/// # Panics
///
/// If no handler has the token. Called in a `const` block, as the macro does,
/// that is an error of the build.
///
/// # Examples
///
/// See [`Handlers`].
pub const fn slot<A: Handlers + ?Sized>(token: Token) -> Slot {
    let mut row = 0;
    while row < A::TABLE.len() {
        if A::TABLE[row].watches(token) {
            return Slot(row);
        }
        row += 1;
    }
    panic!("no handler in the table has this token")
}

/// The row of the handler that is called for `kind` of the token whose first
/// row is at `slot`.
pub(crate) fn row(table: &[Entry], slot: usize, kind: Kind) -> usize {
    let token = table[slot].token;
    let of_kind = |row: &Entry| row.token == token && row.kind == kind;
    table.iter().position(of_kind).unwrap_or(slot)
}

/// What the poll is asked for on behalf of the members of a family.
pub(crate) fn interest_of_family(table: &[Entry], tokens: Tokens) -> Option<Interest> {
    let of_family = table.iter().filter(|row| row.tokens == Some(tokens));
    let interests = of_family.filter_map(|row| row.kind.interest());
    interests.reduce(|all, more| all | more)
}

/// Whether any family has a handler that is told of room to write.
pub(crate) const fn has_writable_family(table: &[Entry]) -> bool {
    let mut row = 0;
    while row < table.len() {
        if table[row].tokens.is_some() && matches!(table[row].kind, Kind::Writable) {
            return true;
        }
        row += 1;
    }
    false
}

/// The row of what is called for `kind` of a family, or any of its rows.
pub(crate) fn family_row(
    table: &'static [Entry],
    tokens: Tokens,
    kind: Kind,
) -> Option<&'static Entry> {
    let mut rows = table.iter().filter(|row| row.tokens == Some(tokens));
    rows.clone().find(|row| row.kind == kind).or(rows.next())
}
