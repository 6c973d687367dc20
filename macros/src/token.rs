//! The paths of the constants that sources and families are known by.

use proc_macro2::{Delimiter, Ident, TokenStream, TokenTree};
use syn::{Expr, ExprLit, Lit};

use crate::trees::{as_group, between_commas, text, visible};
use crate::values::Source;

/// The path of the constant of a token, or of a family's tokens.
#[derive(Clone)]
pub struct TokenPath {
    pub path: TokenStream,
    /// As it was written, without spaces.
    pub text: String,
    /// The last segment, which the source is named like.
    pub name: Ident,
    /// Whether it was said to be a family's.
    pub family: bool,
}

impl TokenPath {
    /// The value of `token`.
    pub fn one(value: &[TokenTree]) -> syn::Result<TokenPath> {
        const NUMBER: &str = "a token is given by the name of a constant: write `const SERVER: Token = Token(0);` and here `token = SERVER`";
        TokenPath::read(value, false, |string| match string {
            Some(string) => {
                format!("write `token = {string}`, without quotes: a token is a constant")
            }
            None => NUMBER.to_owned(),
        })
    }

    /// The value of `tokens`.
    pub fn family(value: &[TokenTree]) -> syn::Result<TokenPath> {
        const NUMBER: &str = "a family is given by the name of a constant: write `const CLIENTS: Tokens = Tokens::new(1);` and here `tokens = CLIENTS`";
        TokenPath::read(value, true, |string| match string {
            Some(string) => format!(
                "write `tokens = {string}`, without quotes: the tokens of a family are a constant"
            ),
            None => NUMBER.to_owned(),
        })
    }

    /// The value of `fills`: one family, or several in brackets.
    pub fn families(value: &[TokenTree]) -> syn::Result<Vec<TokenPath>> {
        const NAMES: &str = "`fills` names families by their constants: write `fills = CLIENTS` or `fills = [CLIENTS, UPSTREAMS]`";
        let wrong = || {
            let stream: TokenStream = value.iter().cloned().collect();
            syn::Error::new_spanned(stream, NAMES)
        };
        let list = match value {
            [list] => as_group(Some(list), Delimiter::Bracket),
            _ => None,
        };
        let content = list.map_or_else(|| value.to_vec(), |list| visible(list.stream()));
        let pieces = between_commas(&content);
        if pieces.is_empty() || pieces.iter().any(|piece| piece.is_empty()) {
            return Err(wrong());
        }
        let families = pieces
            .into_iter()
            .map(|piece| TokenPath::read(piece, true, |_| NAMES.to_owned()));
        families.collect()
    }

    /// Reads a path. `wrong` says what is wrong with something else, which may
    /// be a string.
    fn read(
        value: &[TokenTree],
        family: bool,
        wrong: fn(Option<String>) -> String,
    ) -> syn::Result<TokenPath> {
        let stream: TokenStream = value.iter().cloned().collect();
        let message = match syn::parse2(stream.clone()) {
            Ok(Expr::Path(expression)) => match expression.path.segments.last() {
                Some(segment) => {
                    let name = segment.ident.clone();
                    return Ok(TokenPath {
                        path: stream,
                        text: text(value),
                        name,
                        family,
                    });
                }
                None => wrong(None),
            },
            Ok(Expr::Lit(ExprLit {
                lit: Lit::Str(string),
                ..
            })) => wrong(Some(string.value())),
            _ => wrong(None),
        };
        Err(syn::Error::new_spanned(stream, message))
    }

    /// Whether it is the same constant, said to be the same.
    pub fn is(&self, other: &TokenPath) -> bool {
        self.text == other.text && self.family == other.family
    }

    /// The field that is named like the token.
    pub fn source(&self) -> syn::Result<Source> {
        Source::named_like(&self.name)
    }
}
