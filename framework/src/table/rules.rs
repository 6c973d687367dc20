use mio::Interest;

use crate::table::{Entry, Kind, TOKEN_END};
use crate::{Error, Result};

/// Checks a table. `#[handlers]` does so when it compiles; this is for those
/// that are written by hand.
pub(crate) fn check(table: &[Entry]) -> Result<()> {
    for (position, row) in table.iter().enumerate() {
        let contradiction = table[..position]
            .iter()
            .find_map(|earlier| between(earlier, row))
            .or_else(|| within(table, row));
        if let Some(contradiction) = contradiction {
            return Err(Error::Table {
                handler: row.handler,
                contradiction,
            });
        }
    }
    Ok(())
}

fn within(table: &[Entry], row: &Entry) -> Option<&'static str> {
    let token = row.token?;
    if token.0 >= TOKEN_END {
        return Some("the token of a single source must be below 2^24");
    }
    if row.kind == Kind::Ended && !table.iter().any(|other| other.watches(token)) {
        return Some("no other row has its token");
    }
    None
}

fn between(earlier: &Entry, later: &Entry) -> Option<&'static str> {
    let same_token = earlier.token == later.token;
    let both_watch = earlier.kind.interest().is_some() && later.kind.interest().is_some();
    if same_token && earlier.kind == later.kind {
        return Some("an earlier row is called for the same");
    }
    if !both_watch {
        return None;
    }
    match (same_token, earlier.source == later.source) {
        (true, false) => Some("its token has another source in an earlier row"),
        (false, true) => Some("its source has another token in an earlier row"),
        (true, true) if is_raw(earlier) || is_raw(later) => {
            Some("a raw handler is the only one of its token")
        }
        _ => None,
    }
}

fn is_raw(entry: &Entry) -> bool {
    matches!(entry.kind, Kind::Raw(_))
}

/// What the poll is asked for on behalf of all rows of a row's token.
pub(crate) fn interest(table: &[Entry], row: &Entry) -> Option<Interest> {
    let of_token = table.iter().filter(|other| other.token == row.token);
    of_token
        .filter_map(|other| other.kind.interest())
        .reduce(Interest::add)
}

#[cfg(test)]
mod tests {
    use mio::Token;

    use super::*;

    const A: Entry = Entry::items("a", "A", Token(1), "self.a");

    #[test]
    fn each_contradiction_is_found() {
        let raw = Entry::raw("raw", "A", Token(1), Interest::WRITABLE, "self.a");
        for (second, word) in [
            (A, "called for the same"),
            (
                Entry::writable("b", "B", Token(1), "self.b"),
                "another source",
            ),
            (Entry::items("b", "B", Token(2), "self.a"), "another token"),
            (raw, "only one of its token"),
            (
                Entry::items("b", "B", Token(TOKEN_END), "self.b"),
                "below 2^24",
            ),
            (Entry::ended("b", "B", Token(2)), "no other row"),
        ] {
            let error = check(&[A, second]).unwrap_err().to_string();
            assert!(error.contains(word), "{error}");
        }
        let failed = Entry::failed("f");
        assert!(check(&[A, failed, failed]).is_err());
    }

    #[test]
    fn what_fits_together_is_accepted() {
        let table = [
            Entry::ended("over", "A", Token(1)),
            A,
            Entry::writable("room", "A", Token(1), "self.a"),
            Entry::items("a", "B", Token(0), "self.b"),
            Entry::failed("log"),
        ];
        check(&table).unwrap();
        let both = Interest::READABLE | Interest::WRITABLE;
        assert_eq!(interest(&table, &A), Some(both));
    }
}
