use mio::Token;

/// The tokens of one family: the constant that its members have in common, as
/// a [`Token`] is that of a single source.
///
/// # Examples
///
/// ```
/// use miocene::{Family, Tokens, net::TcpStream};
///
/// const CLIENTS: Tokens = Tokens::new(1);
///
/// let mut clients: Family<TcpStream> = Family::new(CLIENTS);
/// # let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
/// # let stream = std::net::TcpStream::connect(listener.local_addr()?)?;
/// let token = clients.insert(TcpStream::from_std(stream)?);
/// assert!(CLIENTS.contains(token));
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// # Notes
///
/// A member's token is made of the family's number, a version, and the index of
/// its place: of 8, 24 and 32 bits, or 8, 8 and 16 on systems of 32 bits. The
/// version is another for each member that has a place, so a token means nothing
/// once its member has gone, until so many members have had that place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Tokens(u8);

impl Tokens {
    /// The highest number of a family. What is above it is for the loop itself.
    pub const LAST: u8 = 250;

    /// The tokens of the family with this number, from 1 to [`LAST`](Self::LAST).
    /// Each family of an application has a number of its own.
    ///
    /// # Panics
    ///
    /// If the number is out of its range: in a constant, as it is meant to be
    /// used, that is an error of the build.
    ///
    /// # Examples
    ///
    /// ```compile_fail
    /// const CLIENTS: miocene::Tokens = miocene::Tokens::new(0);
    /// # let _ = CLIENTS;
    /// ```
    pub const fn new(number: u8) -> Tokens {
        assert!(
            number >= 1 && number <= Tokens::LAST,
            "the number of a family is from 1 to 250"
        );
        Tokens(number)
    }

    /// The number of the family.
    pub const fn number(self) -> u8 {
        self.0
    }

    /// Whether the token is one of a member of this family, which may have gone:
    /// what [`Handlers::dispatch`](crate::Handlers::dispatch) asks. Whether the
    /// member is there, [`Family::contains`](crate::Family::contains) says.
    ///
    /// # Examples
    ///
    /// ```
    /// use miocene::{Token, Tokens};
    ///
    /// const CLIENTS: Tokens = Tokens::new(1);
    /// assert!(!CLIENTS.contains(Token(1)), "that of a single source");
    /// ```
    #[inline(always)]
    pub const fn contains(self, token: Token) -> bool {
        token.0 >> (LAYOUT.index + LAYOUT.version) == self.0 as usize
    }

    /// What the places of this family have in their words while nothing is out
    /// of the ordinary, but for the version.
    pub(crate) const fn word(self) -> u32 {
        (self.0 as u32) << LAYOUT.version
    }
}

/// How a member's token is made up: the family's number, a version, and the
/// index of its place. Single tokens are below 2^24 and so belong to family 0.
#[derive(Clone, Copy)]
struct Layout {
    version: u32,
    index: u32,
}

#[cfg(target_pointer_width = "64")]
const LAYOUT: Layout = LAYOUT_64;
#[cfg(not(target_pointer_width = "64"))]
const LAYOUT: Layout = LAYOUT_32;

#[allow(dead_code, reason = "each of the two is the one of some systems")]
const LAYOUT_64: Layout = Layout {
    version: 24,
    index: 32,
};
#[allow(dead_code, reason = "each of the two is the one of some systems")]
const LAYOUT_32: Layout = Layout {
    version: 8,
    index: 16,
};

impl Layout {
    const fn token(self, word: u32, index: u32) -> u64 {
        (word as u64) << self.index | index as u64
    }

    const fn word(self, token: u64) -> u32 {
        (token >> self.index) as u32
    }

    const fn index(self, token: u64) -> u32 {
        (token & ((1 << self.index) - 1)) as u32
    }

    const fn versions(self) -> u32 {
        (1 << self.version) - 1
    }
}

/// The token of the place `index`, whose word is `word` when it is plain.
pub(crate) const fn member_token(word: u32, index: u32) -> Token {
    Token(LAYOUT.token(word, index) as usize)
}

/// The word of a token: family and version.
#[inline(always)]
pub(crate) const fn word_of(token: Token) -> u32 {
    LAYOUT.word(token.0 as u64)
}

/// The place of a token.
#[inline(always)]
pub(crate) const fn index_of(token: Token) -> u32 {
    LAYOUT.index(token.0 as u64)
}

/// The version is the part of a word with these bits.
pub(crate) const VERSION: u32 = LAYOUT.versions();

/// How many places a family can have.
pub(crate) const PLACES: usize = 1 << (LAYOUT.index - 1);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::TOKEN_END;

    #[test]
    fn a_token_tells_family_version_and_place_apart_in_both_layouts() {
        for (layout, last_word) in [(LAYOUT_64, 250 << 24), (LAYOUT_32, 250 << 8)] {
            let most = layout.versions();
            for family in [1_u32, 2, 250] {
                for version in [0, 1, most] {
                    for index in [0, 1, (1 << (layout.index - 1)) - 1] {
                        let word = family << layout.version | version;
                        let token = layout.token(word, index);
                        assert!(token >= TOKEN_END as u64, "single tokens are below");
                        assert_eq!(layout.word(token), word);
                        assert_eq!(layout.index(token), index);
                        assert_eq!(token >> (layout.version + layout.index), u64::from(family));
                    }
                }
            }
            let highest = layout.token(last_word | most, (1 << (layout.index - 1)) - 1);
            let width = 8 + layout.version + layout.index;
            assert!(
                highest < 250_u64 << (width - 8) | (u64::MAX >> (72 - width)),
                "what is above stays free for the loop"
            );
        }
    }

    #[test]
    fn a_family_knows_its_tokens() {
        const CLIENTS: Tokens = Tokens::new(7);
        let token = member_token(CLIENTS.word() | 9, 3);
        assert!(CLIENTS.contains(token));
        assert!(!Tokens::new(8).contains(token));
        assert!(!CLIENTS.contains(Token(7)));
        assert!(!CLIENTS.contains(Token(usize::MAX)));
    }
}
