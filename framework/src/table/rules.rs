//! What holds for every table. Checked when an application is compiled, so that
//! a table that was written by hand is as sound as one of `#[handlers]`.

use mio::Token;

use crate::Handlers;
use crate::table::{Entry, Kind, TOKEN_END};

/// Refuses to compile an application whose table contradicts itself.
pub(crate) const fn check<A: Handlers + ?Sized>() {
    if let Some(contradiction) = contradiction(A::TABLE) {
        panic!("{}", contradiction);
    }
}

const fn contradiction(table: &[Entry]) -> Option<&'static str> {
    let mut later = 0;
    while later < table.len() {
        if let Some(token) = table[later].token {
            if token.0 >= TOKEN_END {
                return Some("the token of a single source must be below 2^24");
            }
        }
        let mut earlier = 0;
        while earlier < later {
            let contradiction = between(&table[earlier], &table[later]);
            if contradiction.is_some() {
                return contradiction;
            }
            earlier += 1;
        }
        later += 1;
    }
    None
}

const fn between(earlier: &Entry, later: &Entry) -> Option<&'static str> {
    let same_family = is_same_family(earlier, later);
    let same_token = same_family && is_same_token(earlier.token, later.token);
    if same_token && is_same_kind(earlier.kind, later.kind) {
        return Some("two rows of one token are called for the same");
    }
    if earlier.kind.interest().is_none() || later.kind.interest().is_none() {
        return None;
    }
    match (same_token, is_same_text(earlier.source, later.source)) {
        (true, false) => Some("one token has two sources"),
        (false, true) => Some("one source has two tokens"),
        (true, true) if is_raw(earlier.kind) || is_raw(later.kind) => {
            Some("a raw handler is the only one of its token")
        }
        _ => None,
    }
}

const fn is_raw(kind: Kind) -> bool {
    matches!(kind, Kind::Raw(_))
}

const fn is_same_token(one: Option<Token>, other: Option<Token>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => one.0 == other.0,
        (None, None) => true,
        _ => false,
    }
}

/// Whether both are about the same family, or both about none.
const fn is_same_family(one: &Entry, other: &Entry) -> bool {
    match (one.tokens, other.tokens) {
        (Some(one), Some(other)) => one.number() == other.number(),
        (None, None) => true,
        _ => false,
    }
}

const fn is_same_kind(one: Kind, other: Kind) -> bool {
    matches!(
        (one, other),
        (Kind::Items, Kind::Items)
            | (Kind::Writable, Kind::Writable)
            | (Kind::Raw(_), Kind::Raw(_))
            | (Kind::Opened, Kind::Opened)
            | (Kind::Ended, Kind::Ended)
            | (Kind::Closed, Kind::Closed)
            | (Kind::Failed, Kind::Failed)
    )
}

const fn is_same_text(one: &str, other: &str) -> bool {
    let (one, other) = (one.as_bytes(), other.as_bytes());
    let mut position = 0;
    while position < one.len() && position < other.len() && one[position] == other[position] {
        position += 1;
    }
    position == one.len() && position == other.len()
}

#[cfg(test)]
mod tests {
    use mio::Interest;

    use super::*;

    const A: Entry = Entry::items("a", "A", Token(1), "self.a");

    #[test]
    fn each_contradiction_is_found() {
        let raw = Entry::raw("raw", "A", Token(1), Interest::WRITABLE, "self.a");
        let high = Entry::items("b", "B", Token(TOKEN_END), "self.b");
        for (first, second, word) in [
            (A, A, "called for the same"),
            (raw, raw, "called for the same"),
            (
                Entry::failed("f"),
                Entry::failed("g"),
                "called for the same",
            ),
            (
                A,
                Entry::writable("b", "B", Token(1), "self.b"),
                "two sources",
            ),
            (A, Entry::items("b", "B", Token(2), "self.a"), "two tokens"),
            (A, raw, "only one of its token"),
            (A, high, "below 2^24"),
        ] {
            let contradiction = contradiction(&[first, second]);
            assert!(
                contradiction.is_some_and(|text| text.contains(word)),
                "{word}"
            );
        }
    }

    #[test]
    fn what_fits_together_is_accepted() {
        let table = [
            Entry::ended("over", "A", Token(1)),
            A,
            Entry::writable("room", "A", Token(1), "self.a"),
            Entry::items("a", "B", Token(0), "self.aa"),
            Entry::failed("log"),
        ];
        assert_eq!(contradiction(&table), None);
    }
}
