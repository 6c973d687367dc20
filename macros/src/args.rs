//! What an attribute says. Tokens are kept, so that every mistake can be shown
//! where it was made.

use proc_macro2::Ident;

use crate::arguments::Arguments;
use crate::block::Attribute;
use crate::mistakes::Mistakes;
use crate::trees::{between_commas, is_word, visible};
use crate::values::{Interest, Source, TokenPath};

const FAMILIES: &str = "families of sources (`tokens = …`) are not in this version yet";

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
    Handler(HandlerArguments),
    Ended(TokenPath),
    Failed,
}

/// `#[handler(token = …, interest = …, raw, source = …)]`.
pub struct HandlerArguments {
    pub token: TokenPath,
    pub interest: Interest,
    pub raw: Option<Ident>,
    pub source: Option<Source>,
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
        match role {
            Role::Handler => {
                HandlerArguments::read(attribute, name, mistakes).map(Directive::Handler)
            }
            Role::Ended => ended(attribute, name, mistakes).map(Directive::Ended),
            Role::Failed if attribute.is_bare() => Some(Directive::Failed),
            Role::Failed => {
                mistakes.under(
                    name,
                    "`#[failed]` stands alone: it is for the errors of all sources",
                );
                None
            }
            Role::Opened | Role::Closed => {
                mistakes.under(name, FAMILIES);
                None
            }
        }
    }
}

impl HandlerArguments {
    fn read(
        attribute: &Attribute,
        name: &Ident,
        mistakes: &mut Mistakes,
    ) -> Option<HandlerArguments> {
        const KEYS: [&str; 4] = ["token", "interest", "raw", "source"];
        let mut arguments = Arguments::read(attribute, name, mistakes)?;
        let families = ["tokens", "fills"].map(|key| arguments.take(key));
        if let Some(argument) = families.iter().flatten().next() {
            let both = argument.key == "tokens" && arguments.take("token").is_some();
            let message = if both {
                "either `token` or `tokens`: `token` is one source, `tokens` a family of them"
            } else {
                FAMILIES
            };
            mistakes.under(&argument.key, message);
            return None;
        }
        let token = arguments.take("token");
        let interest = arguments.take("interest");
        let raw = arguments.take("raw");
        let source = arguments.take("source");
        arguments.none_left(&KEYS, name, mistakes);
        if token.is_none() && !arguments.mistaken {
            mistakes.under(name, "no `token`: write `#[handler(token = SERVER)]`, where `SERVER` is a constant `const SERVER: Token = Token(0);`");
        }
        let token = token.map(|token| token.value(TokenPath::read, mistakes));
        let interest = interest.map(|interest| interest.value(Interest::read, mistakes));
        let source = source.map(|source| source.value(Source::read, mistakes));
        let raw = raw.map(|raw| raw.flag(mistakes));
        if arguments.mistaken {
            return None;
        }
        Some(HandlerArguments {
            token: token?.ok()?,
            interest: interest
                .transpose()
                .ok()?
                .unwrap_or_else(Interest::readable),
            raw: raw.transpose().ok()?,
            source: source.transpose().ok()?,
        })
    }
}

fn ended(attribute: &Attribute, name: &Ident, mistakes: &mut Mistakes) -> Option<TokenPath> {
    let mut arguments = Arguments::read(attribute, name, mistakes)?;
    if let Some(argument) = arguments.take("tokens") {
        mistakes.under(&argument.key, FAMILIES);
        return None;
    }
    let token = arguments.take("token");
    arguments.none_left(&["token"], name, mistakes);
    if token.is_none() && !arguments.mistaken {
        mistakes.under(name, "no `token`: write `#[ended(token = SERVER)]`, with the token of the source whose end this is about");
    }
    let token = token?.value(TokenPath::read, mistakes).ok()?;
    (!arguments.mistaken).then_some(token)
}
