//! The list of arguments that an attribute has.

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::ToTokens;

use crate::block::Attribute;
use crate::mistakes::{Mistakes, did_you_mean};
use crate::trees::{between_commas, is_punct, is_word, mention, text, visible};

/// The arguments of an attribute.
pub struct Arguments {
    list: Vec<Argument>,
    /// Whether something among them was reported.
    pub mistaken: bool,
}

/// Stands for a value that is wrong, which has been reported.
pub struct Reported;

/// `key = value`, or a key alone.
pub struct Argument {
    pub key: Ident,
    value: Option<Vec<TokenTree>>,
}

impl Arguments {
    /// Reads the list, which may be left out.
    pub fn read(attribute: &Attribute, name: &Ident, mistakes: &mut Mistakes) -> Option<Arguments> {
        let content = match attribute.arguments() {
            Some(content) => visible(content),
            None if attribute.is_bare() => Vec::new(),
            None => {
                mistakes.under(
                    name,
                    format!("write `#[{name}({})]`, with parentheses", example(name)),
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

    /// Takes out the argument with this key.
    pub fn take(&mut self, key: &str) -> Option<Argument> {
        let position = self.list.iter().position(|argument| argument.key == key)?;
        Some(self.list.remove(position))
    }

    /// Reports what was not taken.
    pub fn none_left(&mut self, known: &[&str], attribute: &Ident, mistakes: &mut Mistakes) {
        for argument in self.list.drain(..) {
            mistakes.under(&argument.key, argument.unknown(known, attribute));
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
                format!("write `key = value`, such as `{}`", example(name)),
            )),
        }
    }

    fn unknown(&self, known: &[&str], attribute: &Ident) -> String {
        let key = self.key.to_string();
        if self.value.is_none() && (key == "READABLE" || key == "WRITABLE") {
            return format!("write `interest = {key}`; for both, `interest = READABLE | WRITABLE`");
        }
        if self.value.is_none() && key == key.to_uppercase() {
            let families_only = !known.contains(&"token");
            let plural = if families_only { "s" } else { "" };
            return format!("write `token{plural} = {key}`");
        }
        let suggestion = did_you_mean(&key, known);
        if !suggestion.is_empty() {
            return format!("unknown argument `{key}`{suggestion}");
        }
        let known: Vec<String> = known.iter().map(|known| format!("`{known}`")).collect();
        format!(
            "unknown argument `{key}`: `#[{attribute}]` takes {}",
            known.join(", ")
        )
    }

    /// The value, as `read` understands it.
    pub fn value<T>(
        self,
        read: fn(&[TokenTree]) -> syn::Result<T>,
        mistakes: &mut Mistakes,
    ) -> Result<T, Reported> {
        let key = &self.key;
        let value = match self.value {
            Some(value) => read(&value),
            None => Err(syn::Error::new_spanned(
                key,
                format!("`{key}` needs a value: write `{key} = …`"),
            )),
        };
        value.map_err(|error| {
            mistakes.add(error);
            Reported
        })
    }

    /// The key, if it stands alone.
    pub fn flag(self, mistakes: &mut Mistakes) -> Result<Ident, Reported> {
        let key = &self.key;
        if let Some(value) = self.value {
            let value: TokenStream = value.into_iter().collect();
            mistakes.under(value, format!("write `{key}` alone, or leave it out"));
            return Err(Reported);
        }
        Ok(self.key)
    }
}

/// What an attribute of this name may say.
fn example(attribute: &Ident) -> &'static str {
    if attribute == "opened" || attribute == "closed" {
        "tokens = CLIENTS"
    } else {
        "token = SERVER"
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
