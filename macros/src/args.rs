//! What an attribute says. Tokens are kept, so that every mistake can be shown
//! where it was made.

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::ToTokens;

use crate::block::Attribute;
use crate::mistakes::{Mistakes, did_you_mean};
use crate::trees::{between_commas, is_punct, is_word, mention, text, visible};
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
        arguments.none_left(&KEYS, mistakes);
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
            token: token??,
            interest: interest.unwrap_or_else(|| Some(Interest::readable()))?,
            raw: raw.map_or(Some(None), |raw| raw.map(Some))?,
            source: source.map_or(Some(None), |source| source.map(Some))?,
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
    arguments.none_left(&["token"], mistakes);
    if token.is_none() && !arguments.mistaken {
        mistakes.under(name, "no `token`: write `#[ended(token = SERVER)]`, with the token of the source whose end this is about");
    }
    let token = token?.value(TokenPath::read, mistakes);
    token.filter(|_| !arguments.mistaken)
}

/// The arguments of an attribute.
struct Arguments {
    list: Vec<Argument>,
    mistaken: bool,
}

/// `key = value`, or a key alone.
struct Argument {
    key: Ident,
    value: Option<Vec<TokenTree>>,
}

impl Arguments {
    fn read(attribute: &Attribute, name: &Ident, mistakes: &mut Mistakes) -> Option<Arguments> {
        let content = match attribute.arguments() {
            Some(content) => visible(content),
            None if attribute.is_bare() => Vec::new(),
            None => {
                mistakes.under(
                    name,
                    format!("write `#[{name}(token = SERVER)]`, with parentheses"),
                );
                return None;
            }
        };
        let mut arguments = Arguments {
            list: Vec::new(),
            mistaken: false,
        };
        for piece in between_commas(&content) {
            match Argument::read(piece, name) {
                Ok(argument) if arguments.list.iter().any(|other| other.key == argument.key) => {
                    mistakes.under(&argument.key, format!("`{}` is given twice", argument.key));
                    arguments.mistaken = true;
                }
                Ok(argument) => arguments.list.push(argument),
                Err(error) => {
                    mistakes.add(error);
                    arguments.mistaken = true;
                }
            }
        }
        Some(arguments)
    }

    fn take(&mut self, key: &str) -> Option<Argument> {
        let position = self.list.iter().position(|argument| argument.key == key)?;
        Some(self.list.remove(position))
    }

    /// Reports what was not taken.
    fn none_left(&mut self, known: &[&str], mistakes: &mut Mistakes) {
        for argument in self.list.drain(..) {
            mistakes.under(&argument.key, argument.unknown(known));
            self.mistaken = true;
        }
    }
}

impl Argument {
    fn read(trees: &[TokenTree], name: &Ident) -> syn::Result<Argument> {
        let stream: TokenStream = trees.iter().cloned().collect();
        match trees {
            [] => Err(syn::Error::new_spanned(
                name,
                "there is nothing between two commas here",
            )),
            [TokenTree::Ident(key)] => Ok(Argument {
                key: key.clone(),
                value: None,
            }),
            [TokenTree::Ident(key), equals, value @ ..] if is_punct(equals, '=') => {
                if value.is_empty() {
                    return Err(syn::Error::new_spanned(
                        stream,
                        format!("`{key} = …` is unfinished"),
                    ));
                }
                Ok(Argument {
                    key: key.clone(),
                    value: Some(value.to_vec()),
                })
            }
            _ if mention(stream.clone(), "READABLE") || mention(stream.clone(), "WRITABLE") => Err(
                syn::Error::new_spanned(stream, format!("write `interest = {}`", text(trees))),
            ),
            _ => Err(syn::Error::new_spanned(
                stream,
                "write `key = value`, such as `token = SERVER`",
            )),
        }
    }

    fn unknown(&self, known: &[&str]) -> String {
        let key = self.key.to_string();
        if self.value.is_none() && (key == "READABLE" || key == "WRITABLE") {
            return format!("write `interest = {key}`; for both, `interest = READABLE | WRITABLE`");
        }
        if self.value.is_none() && key == key.to_uppercase() {
            return format!("write `token = {key}`");
        }
        let suggestion = did_you_mean(&key, known);
        if !suggestion.is_empty() {
            return format!("unknown argument `{key}`{suggestion}");
        }
        let known: Vec<String> = known.iter().map(|known| format!("`{known}`")).collect();
        format!(
            "unknown argument `{key}`; what can be said here is {}",
            known.join(", ")
        )
    }

    /// The value, as `read` understands it.
    fn value<T>(
        self,
        read: fn(&[TokenTree]) -> syn::Result<T>,
        mistakes: &mut Mistakes,
    ) -> Option<T> {
        let key = &self.key;
        let value = match self.value {
            Some(value) => read(&value),
            None => Err(syn::Error::new_spanned(
                key,
                format!("`{key}` needs a value: write `{key} = …`"),
            )),
        };
        value.map_err(|error| mistakes.add(error)).ok()
    }

    /// The key, if it stands alone.
    fn flag(self, mistakes: &mut Mistakes) -> Option<Ident> {
        let key = &self.key;
        if let Some(value) = self.value {
            let value: TokenStream = value.into_iter().collect();
            mistakes.under(value, format!("write `{key}` alone, or leave it out"));
            return None;
        }
        Some(self.key)
    }
}

/// What is said in `#[handlers(…)]`: the path under which the framework is
/// reached.
pub fn root(arguments: TokenStream, mistakes: &mut Mistakes) -> Option<TokenStream> {
    const MESSAGE: &str = "`#[handlers]` takes nothing but `crate = path`, the path to the framework if it is not `::miocene`";
    let trees = visible(arguments);
    match between_commas(&trees).as_slice() {
        [] => None,
        [[key, equals, path @ ..]] if is_word(key, "crate") && is_punct(equals, '=') => {
            let path: TokenStream = path.iter().cloned().collect();
            let parsed = syn::parse::Parser::parse2(syn::Path::parse_mod_style, path.clone());
            match parsed {
                Ok(path) => Some(path.into_token_stream()),
                Err(_) if path.is_empty() => {
                    mistakes.under(key, "write `crate = path`");
                    None
                }
                Err(_) => {
                    mistakes.under(path, "write a path, without quotes: `crate = path`");
                    None
                }
            }
        }
        _ => {
            mistakes.under(trees.iter().cloned().collect::<TokenStream>(), MESSAGE);
            None
        }
    }
}
