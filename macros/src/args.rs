//! What an attribute says. Tokens are kept, so that every mistake can be shown
//! where it was made.

use proc_macro2::Ident;

use crate::arguments::{Arguments, Reported};
use crate::block::Attribute;
use crate::mistakes::Mistakes;
use crate::token::TokenPath;
use crate::trees::{between_commas, is_word, visible};
use crate::values::{Interest, Source};

/// One of our attributes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Role {
    Handler,
    Opened,
    Ended,
    Closed,
    Failed,
}

/// What an attribute says, if it says something that makes sense.
pub enum Directive {
    Called(Box<Called>),
    Failed,
}

/// What a method is called for, and of which source or family.
pub struct Called {
    pub token: TokenPath,
    pub kind: Kind,
    pub interest: Interest,
    pub source: Option<Source>,
    /// The families that what is yielded goes to.
    pub fills: Vec<TokenPath>,
}

/// What a method is called for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Items,
    Writable,
    Raw,
    Opened,
    Ended,
    Closed,
}

impl Role {
    const ALL: [(&'static str, Role); 5] = [
        ("handler", Role::Handler),
        ("opened", Role::Opened),
        ("ended", Role::Ended),
        ("closed", Role::Closed),
        ("failed", Role::Failed),
    ];

    /// The role that an attribute gives to a method: it is named by its word
    /// alone, or by a path into the framework. Other crates may have attributes
    /// of the same name.
    pub fn of(attribute: &Attribute) -> Option<Role> {
        let name = attribute.name()?;
        let alone = attribute.path().len() == 1;
        let of_framework = attribute.path().iter().any(|tree| is_word(tree, "miocene"));
        if !alone && !of_framework {
            return None;
        }
        Role::ALL
            .iter()
            .find(|(word, _)| name == word)
            .map(|(_, role)| *role)
    }

    /// Whether the attribute is one of ours, or becomes one by `cfg_attr`.
    pub fn is_in(attribute: &Attribute) -> bool {
        Role::of(attribute).is_some() || Role::conditional(attribute).is_some()
    }

    /// Our attribute in a `cfg_attr`.
    pub fn conditional(attribute: &Attribute) -> Option<Attribute> {
        let arguments = visible(attribute.arguments().filter(|_| attribute.is("cfg_attr"))?);
        between_commas(&arguments)
            .into_iter()
            .skip(1)
            .map(Attribute::from_content)
            .find(|attribute| Role::of(attribute).is_some())
    }
}

impl Directive {
    /// Reads one of our attributes.
    pub fn read(attribute: &Attribute, role: Role, mistakes: &mut Mistakes) -> Option<Directive> {
        let name = attribute.name()?;
        let called = match role {
            Role::Handler => Called::handler(attribute, name, mistakes),
            Role::Opened => Called::told(attribute, name, Kind::Opened, mistakes),
            Role::Ended => Called::told(attribute, name, Kind::Ended, mistakes),
            Role::Closed => Called::told(attribute, name, Kind::Closed, mistakes),
            Role::Failed if attribute.is_bare() => return Some(Directive::Failed),
            Role::Failed => {
                mistakes.under(
                    name,
                    "`#[failed]` stands alone: it is for the errors of all sources",
                );
                None
            }
        };
        called.map(Box::new).map(Directive::Called)
    }
}

impl Called {
    /// `#[handler(token = …, interest = …, raw, source = …, fills = …)]`, or
    /// `tokens` for `token`.
    fn handler(attribute: &Attribute, name: &Ident, mistakes: &mut Mistakes) -> Option<Called> {
        const KEYS: [&str; 6] = ["token", "tokens", "interest", "raw", "source", "fills"];
        let mut arguments = Arguments::read(attribute, name, mistakes)?;
        let token = take_token(&mut arguments, mistakes);
        let interest = arguments.take("interest");
        let raw = arguments.take("raw");
        let source = arguments.take("source");
        let fills = arguments.take("fills");
        arguments.none_left(&KEYS, name, mistakes);
        if token.is_none() && !arguments.mistaken {
            mistakes.under(name, "no `token`: write `#[handler(token = SERVER)]`, where `SERVER` is a constant `const SERVER: Token = Token(0);`, or `tokens = CLIENTS` for a family");
        }
        let fills_key = fills.as_ref().map(|fills| fills.key.clone());
        let interest = interest.map(|interest| interest.value(Interest::read, mistakes));
        let source = source.map(|source| source.value(Source::read, mistakes));
        let raw = raw.map(|raw| raw.flag(mistakes));
        let fills = fills.map(|fills| fills.value(TokenPath::families, mistakes));
        if arguments.mistaken {
            return None;
        }
        let (interest, raw) = (interest.transpose().ok()?, raw.transpose().ok()?);
        let interest = interest.unwrap_or_else(Interest::readable);
        let kind = kind(&interest, raw.is_some(), mistakes)?;
        if let Some(key) = fills_key.filter(|_| kind != Kind::Items) {
            mistakes.under(key, "`fills` belongs to a READABLE handler that is called with items: a source yields nothing while the families that they go to are full");
            return None;
        }
        Some(Called {
            token: token?.ok()?,
            kind,
            interest,
            source: source.transpose().ok()?,
            fills: fills.transpose().ok()?.unwrap_or_default(),
        })
    }

    /// `#[opened(tokens = …)]`, `#[ended(token = …)]` and their siblings.
    fn told(
        attribute: &Attribute,
        name: &Ident,
        kind: Kind,
        mistakes: &mut Mistakes,
    ) -> Option<Called> {
        let mut arguments = Arguments::read(attribute, name, mistakes)?;
        let token = take_token(&mut arguments, mistakes);
        let source = arguments.take("source");
        let known: &[&str] = match kind {
            Kind::Ended => &["token", "tokens", "source"],
            _ => &["tokens", "source"],
        };
        arguments.none_left(known, name, mistakes);
        if token.is_none() && !arguments.mistaken {
            mistakes.under(name, missing(kind));
        }
        let source_key = source.as_ref().map(|source| source.key.clone());
        let source = source.map(|source| source.value(Source::read, mistakes));
        let token = token?.ok()?;
        if !token.family && kind != Kind::Ended {
            mistakes.under(&token.path, format!("`#[{name}]` is for the members of a family: write `#[{name}(tokens = CLIENTS)]`, where `CLIENTS` is a constant `const CLIENTS: Tokens = Tokens::new(1);`"));
            return None;
        }
        if let Some(key) = source_key.filter(|_| !token.family) {
            mistakes.under(key, "`source` belongs to the `#[handler]` of this token");
            return None;
        }
        let source = source.transpose().ok()?;
        (!arguments.mistaken).then(|| Called {
            token,
            kind,
            interest: Interest::default(),
            source,
            fills: Vec::new(),
        })
    }
}

/// Which source or family it is about.
fn take_token(
    arguments: &mut Arguments,
    mistakes: &mut Mistakes,
) -> Option<Result<TokenPath, Reported>> {
    match (arguments.take("token"), arguments.take("tokens")) {
        (Some(_), Some(tokens)) => {
            mistakes.under(
                &tokens.key,
                "either `token` or `tokens`: `token` is one source, `tokens` a family of them",
            );
            Some(Err(Reported))
        }
        (Some(token), None) => Some(token.value(TokenPath::one, mistakes)),
        (None, Some(tokens)) => Some(tokens.value(TokenPath::family, mistakes)),
        (None, None) => None,
    }
}

fn kind(interest: &Interest, raw: bool, mistakes: &mut Mistakes) -> Option<Kind> {
    match (raw, interest.readable, interest.writable) {
        (true, ..) => Some(Kind::Raw),
        (false, true, true) => {
            mistakes.under(&interest.written, "`READABLE | WRITABLE` needs `raw`: one call cannot both bring an item and say that there is room to write; write a handler for each, or add `raw` and take `ready: &mut Readiness`");
            None
        }
        (false, false, _) => Some(Kind::Writable),
        (false, true, false) => Some(Kind::Items),
    }
}

fn missing(kind: Kind) -> &'static str {
    match kind {
        Kind::Opened => {
            "no `tokens`: write `#[opened(tokens = CLIENTS)]`, with the family whose new members this is about"
        }
        Kind::Closed => {
            "no `tokens`: write `#[closed(tokens = CLIENTS)]`, with the family whose members this is given when they leave"
        }
        _ => {
            "no `token`: write `#[ended(token = SERVER)]`, with the token of the source whose end this is about, or `#[ended(tokens = CLIENTS)]` for the members of a family"
        }
    }
}
