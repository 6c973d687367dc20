//! The table of handlers: what the application is, as a constant of it.
//!
//! `#[handlers]` writes the table; errors take names and places from it, and
//! [`table`] shows it to people.

use std::fmt;

use mio::{Interest, Token};

use crate::Handlers;

/// Single tokens are below this value on every platform. What lies above is for
/// the loop itself.
pub const TOKEN_END: usize = 1 << 24;

/// What a handler is called for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// Each item of a source (`interest = READABLE`).
    Items,
    /// Each writable edge of a source (`interest = WRITABLE`).
    Writable,
    /// Readiness as it comes (`raw`).
    Raw(Interest),
    /// The end of reading from a source (`#[ended]`).
    Ended,
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
            Kind::Ended | Kind::Failed => None,
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
    pub name: &'static str,
    /// The token's value; meaningless for `#[failed]`.
    pub token: Token,
    /// The source as the application names it, such as `self.server`; empty
    /// for `#[ended]` and `#[failed]`.
    pub source: &'static str,
}

impl Entry {
    /// A handler of items.
    pub const fn items(
        handler: &'static str,
        name: &'static str,
        token: Token,
        source: &'static str,
    ) -> Entry {
        Entry::new(handler, Kind::Items, name, token, source)
    }

    /// A handler of writable edges.
    pub const fn writable(
        handler: &'static str,
        name: &'static str,
        token: Token,
        source: &'static str,
    ) -> Entry {
        Entry::new(handler, Kind::Writable, name, token, source)
    }

    /// A handler that does its own I/O.
    pub const fn raw(
        handler: &'static str,
        name: &'static str,
        token: Token,
        interest: Interest,
        source: &'static str,
    ) -> Entry {
        Entry::new(handler, Kind::Raw(interest), name, token, source)
    }

    /// A handler of the end of a source.
    pub const fn ended(handler: &'static str, name: &'static str, token: Token) -> Entry {
        Entry::new(handler, Kind::Ended, name, token, "")
    }

    /// The handler of errors that nobody else was told of.
    pub const fn failed(handler: &'static str) -> Entry {
        Entry::new(handler, Kind::Failed, "", Token(usize::MAX), "")
    }

    /// The same row with the handler's place.
    pub const fn at(mut self, file: &'static str, line: u32) -> Entry {
        (self.file, self.line) = (file, line);
        self
    }

    const fn new(
        handler: &'static str,
        kind: Kind,
        name: &'static str,
        token: Token,
        source: &'static str,
    ) -> Entry {
        Entry {
            handler,
            file: "",
            line: 0,
            kind,
            name,
            token,
            source,
        }
    }
}

/// Where the loop keeps the state of a token's source: the position of the
/// token's first row in the table.
///
/// # Panics
///
/// If no handler has the token. Called in a `const` block, as the macro does,
/// that is an error of the build.
///
/// # Examples
///
/// See [`Handlers`].
pub const fn slot<A: Handlers + ?Sized>(token: Token) -> usize {
    let mut row = 0;
    while row < A::TABLE.len() {
        if A::TABLE[row].token.0 == token.0 && A::TABLE[row].kind.interest().is_some() {
            return row;
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

/// The table of an application, to be printed: as text by its `Display`, as a
/// picture by [`Table::mermaid`].
///
/// # Examples
///
/// ```
/// # use miocene::{handlers, Token, net::{TcpListener, TcpStream}};
/// # const SERVER: Token = Token(0);
/// # struct Guide { server: TcpListener }
/// # #[handlers]
/// # impl Guide {
/// #     #[handler(token = SERVER)]
/// #     fn accept(&mut self, _: (TcpStream, std::net::SocketAddr)) {}
/// # }
/// println!("{}", miocene::table::<Guide>());
/// println!("{}", miocene::table::<Guide>().mermaid());
/// # assert!(miocene::table::<Guide>().to_string().contains("self.server"));
/// # assert!(miocene::table::<Guide>().mermaid().to_string().contains("SERVER READABLE"));
/// ```
pub fn table<A: Handlers + ?Sized>() -> Table {
    Table(A::TABLE)
}

/// What [`table`] returns.
///
/// # Examples
///
/// See [`table`].
#[derive(Debug, Clone, Copy)]
pub struct Table(&'static [Entry]);

impl Table {
    /// The rows.
    pub fn entries(&self) -> &'static [Entry] {
        self.0
    }

    /// The table as a [Mermaid](https://mermaid.js.org) graph: sources on the
    /// left, handlers on the right, tokens on the arrows.
    pub fn mermaid(&self) -> impl fmt::Display {
        Mermaid(self.0)
    }
}

impl fmt::Display for Table {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let head = ["TOKEN", "CALLED FOR", "SOURCE", "HANDLER", "PLACE"].map(String::from);
        let mut lines = vec![head];
        lines.extend(self.0.iter().map(cells));
        let widths: Vec<usize> = (0..head_len(&lines))
            .map(|column| {
                lines
                    .iter()
                    .map(|line| line[column].len())
                    .max()
                    .unwrap_or(0)
            })
            .collect();
        for line in &lines {
            let mut text = String::new();
            for (cell, width) in line.iter().zip(&widths) {
                text.push_str(&format!("{cell:width$}  "));
            }
            writeln!(formatter, "{}", text.trim_end())?;
        }
        Ok(())
    }
}

fn head_len(lines: &[[String; 5]]) -> usize {
    lines[0].len()
}

fn cells(entry: &Entry) -> [String; 5] {
    let token = match entry.kind {
        Kind::Failed => "-".to_owned(),
        _ => format!("{} = {:?}", entry.name, entry.token),
    };
    let source = match entry.source {
        "" => "-",
        source => source,
    };
    [
        token,
        called_for(entry.kind),
        source.to_owned(),
        entry.handler.to_owned(),
        format!("{}:{}", entry.file, entry.line),
    ]
}

fn called_for(kind: Kind) -> String {
    match kind {
        Kind::Items => "READABLE".to_owned(),
        Kind::Writable => "WRITABLE".to_owned(),
        Kind::Raw(interest) => format!("{interest:?} raw"),
        Kind::Ended => "ended".to_owned(),
        Kind::Failed => "failed".to_owned(),
    }
}

struct Mermaid(&'static [Entry]);

impl fmt::Display for Mermaid {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "graph LR")?;
        for entry in self.0 {
            let handler = entry.handler;
            let called_for = called_for(entry.kind);
            match entry.kind {
                Kind::Failed => writeln!(
                    formatter,
                    "    errors([errors]) --> {handler}[\"{handler}\"]"
                )?,
                _ => {
                    let token = entry.name;
                    let slot = self.0.iter().position(|row| row.token == entry.token);
                    let source = slot.map_or("", |slot| self.0[slot].source);
                    let node = slot.unwrap_or(0);
                    writeln!(
                        formatter,
                        "    source{node}([\"{source}\"]) -- \"{token} {called_for}\" --> {handler}[\"{handler}\"]"
                    )?;
                }
            }
        }
        Ok(())
    }
}
