use std::fmt;

use crate::Handlers;
use crate::table::{Entry, Kind};

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
        let lines: Vec<[String; 5]> = [head].into_iter().chain(self.0.iter().map(cells)).collect();
        let width = |column: usize| lines.iter().map(|line| line[column].len()).max();
        for line in &lines {
            let padded = line.iter().enumerate().map(|(column, cell)| {
                let width = width(column).unwrap_or(0);
                format!("{cell:width$}  ")
            });
            writeln!(formatter, "{}", padded.collect::<String>().trim_end())?;
        }
        Ok(())
    }
}

fn cells(entry: &Entry) -> [String; 5] {
    let token = match (entry.token, entry.tokens) {
        (Some(token), _) => format!("{} = {token:?}", entry.token_name),
        (None, Some(tokens)) => format!("{} = {tokens:?}", entry.token_name),
        (None, None) => "-".to_owned(),
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
        Kind::Opened => "opened".to_owned(),
        Kind::Ended => "ended".to_owned(),
        Kind::Closed => "closed".to_owned(),
        Kind::Failed => "failed".to_owned(),
    }
}

struct Mermaid(&'static [Entry]);

impl fmt::Display for Mermaid {
    /// The nodes have numbers, for a handler may have the name of one of
    /// Mermaid's words.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "graph LR")?;
        for entry in self.0 {
            let name = entry.handler;
            let handler = first(self.0, |row| row.handler == name);
            let Some(token) = entry.token else {
                writeln!(
                    formatter,
                    "    errors([errors]) --> handler{handler}[\"{name}\"]"
                )?;
                continue;
            };
            let slot = first(self.0, |row| row.watches(token));
            let source = self.0[slot].source;
            let (token, called_for) = (entry.token_name, called_for(entry.kind));
            writeln!(
                formatter,
                "    source{slot}([\"{source}\"]) -- \"{token} {called_for}\" --> handler{handler}[\"{name}\"]"
            )?;
        }
        Ok(())
    }
}

fn first(table: &[Entry], is: impl Fn(&Entry) -> bool) -> usize {
    table.iter().position(is).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use mio::Token;

    use super::*;

    const TABLE: &[Entry] = &[
        Entry::ended("over", "LINE", Token(3)).at("app.rs", 5),
        Entry::items("line", "LINE", Token(3), "self.line").at("app.rs", 9),
        Entry::writable("end", "LINE", Token(3), "self.line").at("app.rs", 12),
        Entry::failed("log").at("app.rs", 20),
    ];

    #[test]
    fn a_table_is_printed_in_columns() {
        let expected = "\
TOKEN            CALLED FOR  SOURCE     HANDLER  PLACE
LINE = Token(3)  ended       -          over     app.rs:5
LINE = Token(3)  READABLE    self.line  line     app.rs:9
LINE = Token(3)  WRITABLE    self.line  end      app.rs:12
-                failed      -          log      app.rs:20
";
        assert_eq!(Table(TABLE).to_string(), expected);
    }

    #[test]
    fn a_picture_has_one_source_for_all_handlers_of_a_token() {
        let expected = "\
graph LR
    source1([\"self.line\"]) -- \"LINE ended\" --> handler0[\"over\"]
    source1([\"self.line\"]) -- \"LINE READABLE\" --> handler1[\"line\"]
    source1([\"self.line\"]) -- \"LINE WRITABLE\" --> handler2[\"end\"]
    errors([errors]) --> handler3[\"log\"]
";
        assert_eq!(Table(TABLE).mermaid().to_string(), expected);
    }
}
