//! The values of arguments: interests and sources.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::{Expr, ExprLit, Lit, Member};

use crate::mistakes::did_you_mean;
use crate::trees::{is_punct, text};

/// What a handler is interested in: nothing, if it is told and does not read or
/// write.
#[derive(Clone, Default)]
pub struct Interest {
    pub readable: bool,
    pub writable: bool,
    /// As it was written; empty if it was left out.
    pub written: TokenStream,
}

/// The field of a source, or a field of a field.
#[derive(Clone)]
pub struct Source {
    /// Such as `.server`.
    members: TokenStream,
    /// Such as `self.server`.
    pub text: String,
    /// What says so: the value of `source`, or the token's name.
    pub written: TokenStream,
    /// Whether it was said by `source`.
    pub explicit: bool,
}

impl Interest {
    /// The interest where none was written.
    pub fn readable() -> Interest {
        Interest {
            readable: true,
            writable: false,
            written: TokenStream::new(),
        }
    }

    pub fn read(value: &[TokenTree]) -> syn::Result<Interest> {
        let written: TokenStream = value.iter().cloned().collect();
        let mut interest = Interest {
            readable: false,
            writable: false,
            written,
        };
        for word in value.split(|tree| is_punct(tree, '|')) {
            match interest_word(word).as_deref() {
                Some("READABLE") => interest.readable = true,
                Some("WRITABLE") => interest.writable = true,
                _ => return Err(unknown_interest(word, &interest.written)),
            }
        }
        Ok(interest)
    }
}

/// The last segment of a path that may name an interest.
fn interest_word(word: &[TokenTree]) -> Option<String> {
    let path = syn::parse2::<syn::Path>(word.iter().cloned().collect()).ok()?;
    let segments: Vec<String> = path
        .segments
        .iter()
        .map(|segment| segment.ident.to_string())
        .collect();
    match segments.as_slice() {
        [.., parent, word] if parent == "Interest" => Some(word.clone()),
        [word] => Some(word.clone()),
        _ => None,
    }
}

fn unknown_interest(word: &[TokenTree], value: &TokenStream) -> syn::Error {
    const KNOWN: &str = "an interest is `READABLE`, `WRITABLE` or `READABLE | WRITABLE`";
    let stream: TokenStream = word.iter().cloned().collect();
    if stream.is_empty() {
        return syn::Error::new_spanned(value, KNOWN);
    }
    if let Ok(Lit::Str(string)) = syn::parse2(stream.clone()) {
        let message = format!("write `interest = {}`, without quotes", string.value());
        return syn::Error::new_spanned(stream, message);
    }
    let last = word.last().map(TokenTree::to_string).unwrap_or_default();
    let suggestion = did_you_mean(&last, &["READABLE", "WRITABLE"]);
    let hint = if suggestion.is_empty() {
        format!(": {KNOWN}")
    } else {
        suggestion
    };
    syn::Error::new_spanned(&stream, format!("unknown interest `{}`{hint}", text(word)))
}

impl Source {
    /// The field that is named like a token.
    pub fn named_like(name: &Ident) -> syn::Result<Source> {
        let lower = written(name).to_lowercase();
        if matches!(lower.as_str(), "self" | "super" | "crate") {
            let message = format!(
                "no field can be called `{lower}`: say where the source is, `source = self.field`"
            );
            return Err(syn::Error::new_spanned(name, message));
        }
        let here = near(name.span());
        let field = field(&lower, here);
        Ok(Source {
            members: quote_spanned!(here=> .#field),
            text: format!("self.{lower}"),
            written: name.to_token_stream(),
            explicit: false,
        })
    }

    pub fn read(value: &[TokenTree]) -> syn::Result<Source> {
        let stream: TokenStream = value.iter().cloned().collect();
        let members = match syn::parse2(stream.clone()) {
            Ok(Expr::Field(field)) => members(&Expr::Field(field)),
            Ok(Expr::Lit(ExprLit {
                lit: Lit::Str(string),
                ..
            })) => {
                let message = format!("write `source = {}`, without quotes", string.value());
                return Err(syn::Error::new_spanned(stream, message));
            }
            Ok(Expr::Path(path)) if path.path.get_ident().is_some_and(|ident| ident != "self") => {
                let message = format!("write `source = self.{}`", text(value));
                return Err(syn::Error::new_spanned(stream, message));
            }
            _ => None,
        };
        let Some(members) = members else {
            let message = "a source is a field of the application: write `source = self.field` or `source = self.field.field`";
            return Err(syn::Error::new_spanned(stream, message));
        };
        let text = members.iter().fold("self".to_owned(), |text, member| {
            format!("{text}.{}", written(member.to_token_stream()))
        });
        let members = quote!(#(.#members)*);
        Ok(Source {
            members,
            text,
            written: stream,
            explicit: true,
        })
    }

    /// What is to be written after the application, such as `.server`.
    pub fn members(&self) -> &TokenStream {
        &self.members
    }

    /// Where mistakes about it are shown.
    pub fn place(&self) -> Span {
        near(first_span(&self.written))
    }
}

/// The members of `self.a.b`, if the expression is that.
fn members(expression: &Expr) -> Option<Vec<Member>> {
    match expression {
        Expr::Path(path) if path.path.is_ident("self") => Some(Vec::new()),
        Expr::Field(field) => {
            let mut members = members(&field.base)?;
            members.push(field.member.clone());
            Some(members)
        }
        _ => None,
    }
}

/// The identifier of a field, raw where the word is a keyword of any edition.
fn field(word: &str, span: Span) -> Ident {
    match syn::parse_str::<Ident>(word) {
        Ok(_) if word != "gen" => Ident::new(word, span),
        _ => Ident::new_raw(word, span),
    }
}

/// A name without the `r#` of a raw identifier.
pub fn written(name: impl ToString) -> String {
    let name = name.to_string();
    name.strip_prefix("r#").unwrap_or(&name).to_owned()
}

/// The span of the first tree.
pub fn first_span(stream: &TokenStream) -> Span {
    stream
        .clone()
        .into_iter()
        .next()
        .map_or_else(Span::mixed_site, |tree| tree.span())
}

/// Our own code at a place of the user's: errors are shown there, but rustc
/// does not suggest to rewrite what stands there.
pub fn near(span: Span) -> Span {
    Span::mixed_site().located_at(span)
}
