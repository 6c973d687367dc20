//! Random token streams, made of what may mislead a parser of impl blocks.

use proc_macro2::{Delimiter, Group, Ident, Literal, Punct, Spacing, Span, TokenStream, TokenTree};

const WORDS: [&str; 35] = [
    "impl", "for", "where", "fn", "pub", "const", "async", "unsafe", "extern", "type", "self",
    "Self", "mut", "dyn", "crate", "handler", "ended", "failed", "opened", "closed", "cfg",
    "cfg_attr", "miocene", "token", "tokens", "fills", "interest", "raw", "source", "READABLE",
    "WRITABLE", "Interest", "SERVER", "item", "_",
];
const PUNCTUATION: &[u8] = b"#:,;=<>|&-!.'*";
const DELIMITERS: [Delimiter; 4] = [
    Delimiter::Parenthesis,
    Delimiter::Bracket,
    Delimiter::Brace,
    Delimiter::None,
];

pub struct Garbage {
    state: u64,
}

impl Garbage {
    pub fn new(seed: u64) -> Self {
        Garbage { state: seed }
    }

    /// A stream with groups that are nested at most `depth` deep.
    pub fn stream(&mut self, depth: usize) -> TokenStream {
        let length = self.below(12);
        (0..length).map(|_| self.tree(depth)).collect()
    }

    fn tree(&mut self, depth: usize) -> TokenTree {
        match self.below(if depth == 0 { 8 } else { 11 }) {
            0..4 => Ident::new(WORDS[self.below(WORDS.len())], Span::call_site()).into(),
            4..7 => {
                let spacing = if self.below(2) == 0 {
                    Spacing::Joint
                } else {
                    Spacing::Alone
                };
                let character = PUNCTUATION[self.below(PUNCTUATION.len())];
                Punct::new(char::from(character), spacing).into()
            }
            7 if self.below(2) == 0 => Literal::string("self.a").into(),
            7 => Literal::f64_unsuffixed(0.1).into(),
            _ => {
                let delimiter = DELIMITERS[self.below(DELIMITERS.len())];
                Group::new(delimiter, self.stream(depth - 1)).into()
            }
        }
    }

    /// A number below `end`, by Knuth's linear congruential generator.
    fn below(&mut self, end: usize) -> usize {
        self.state = self
            .state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.state >> 33).expect("31 bits should fit") % end
    }
}
