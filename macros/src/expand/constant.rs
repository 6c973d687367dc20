//! One constant of ours: its definition, and what is checked about its value.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, format_ident, quote, quote_spanned};

use crate::block::Block;
use crate::condition::Condition;
use crate::model::Handler;
use crate::token::TokenPath;
use crate::trees::{is_word, mention, visible};
use crate::values::near;

/// The constant of a token, or of a family's tokens.
pub struct Constant<'a> {
    pub name: Ident,
    pub token: &'a TokenPath,
    home: Home,
    pub condition: Condition,
    /// The first method that is called for it.
    method: &'a Ident,
}

/// Where a constant is defined.
enum Home {
    /// Beside the implementation, with this value.
    Free(TokenStream),
    /// In the application's type, since the value depends on its parameters.
    Type,
}

impl<'a> Constant<'a> {
    pub fn new(block: &Block, handler: &'a Handler, number: usize) -> Self {
        let token = &handler.token;
        let here = near(token.name.span());
        let name = if token.family {
            format_ident!("MIOCENE_FAMILY_{number}", span = here)
        } else {
            format_ident!("MIOCENE_TOKEN_{number}", span = here)
        };
        Constant {
            name,
            token,
            home: Home::of(block, &token.path),
            condition: handler.binding.condition.clone(),
            method: &handler.binding.method.name,
        }
    }

    /// The constant as an expression.
    pub fn value(&self) -> TokenStream {
        let name = &self.name;
        match self.home {
            Home::Free(_) => name.to_token_stream(),
            Home::Type => quote_spanned!(self.place()=> <Self as MioceneTokens>::#name),
        }
    }

    /// What an arm begins with whose `match` is of a `variable`.
    pub fn pattern(&self, variable: &Ident) -> TokenStream {
        let here = Span::mixed_site();
        let value = self.value();
        match self.home {
            _ if self.token.family => {
                quote_spanned!(here=> _ if __miocene::Tokens::contains(#value, #variable))
            }
            Home::Free(_) => value,
            Home::Type => quote_spanned!(here=> _ if #variable == #value),
        }
    }

    /// As an item of the trait in which the constants of the type are.
    pub fn declaration(&self) -> TokenStream {
        let (name, kind) = (&self.name, self.kind());
        quote_spanned!(self.place()=> const #name: #kind;)
    }

    /// Through a variable of ours: rustc has suggestions for a value of another
    /// type, which would lead to an attribute that we do not take.
    pub fn definition(&self) -> TokenStream {
        let (name, kind) = (&self.name, self.kind());
        let value = self.written();
        quote_spanned! {self.place()=>
            const #name: #kind = { let __miocene_token = #value; __miocene_token };
        }
    }

    fn kind(&self) -> TokenStream {
        if self.token.family {
            quote_spanned!(self.place()=> __miocene::Tokens)
        } else {
            quote_spanned!(self.place()=> __miocene::Token)
        }
    }

    /// The path that the user wrote.
    pub fn written(&self) -> &TokenStream {
        match &self.home {
            Home::Free(value) => value,
            Home::Type => &self.token.path,
        }
    }

    pub fn in_type(&self) -> bool {
        matches!(self.home, Home::Type)
    }

    fn place(&self) -> Span {
        near(self.token.name.span())
    }

    /// A statement in which a `static` cannot stand: it would be read at an
    /// address, and not be the pattern that a token is. A token that is not
    /// there at all is a variable here, and not a second mistake.
    ///
    /// A family is no pattern, and may be what it likes.
    pub fn check_constant(&self) -> TokenStream {
        match visible(self.written().clone()).as_slice() {
            [TokenTree::Ident(name)] if !self.token.family => {
                // The lint is for where a constant is defined, and its name the
                // user's affair; it is only switched off where it would speak.
                let lower = name.to_string().contains(char::is_lowercase);
                let allowed = lower.then(|| quote!(#[allow(non_upper_case_globals)]));
                quote_spanned!(self.place()=> #allowed match #name { #name => { let _ = #name; } _ => {} })
            }
            _ => TokenStream::new(),
        }
    }

    /// `Tokens::new` has checked the number of a family.
    pub fn check_range(&self) -> TokenStream {
        if self.token.family {
            return TokenStream::new();
        }
        let (value, text, method) = (self.value(), &self.token.text, self.method);
        let message = literal(&format!(
            "the value of `{text}` (for `{method}`) is too high: write a value below 16777216, which is 1 << 24"
        ));
        quote_spanned!(self.place()=> if #value.0 >= 1 << 24 { ::core::panic!(#message); })
    }

    /// A token and a family are never the same.
    pub fn check_against(&self, earlier: &Constant<'_>) -> TokenStream {
        if self.token.family != earlier.token.family {
            return TokenStream::new();
        }
        let (value, earlier_value) = (self.value(), earlier.value());
        let place = self.place();
        let (what, each, same) = if self.token.family {
            let number = quote_spanned!(place=> __miocene::Tokens::number);
            let same = quote_spanned!(place=> #number(#value) == #number(#earlier_value));
            ("number", "family a number", same)
        } else {
            let same = quote_spanned!(place=> #value.0 == #earlier_value.0);
            ("value", "token a value", same)
        };
        let message = literal(&format!(
            "`{}` (for `{}`) and `{}` (for `{}`) have the same {what}: give each {each} of its own",
            earlier.token.text, earlier.method, self.token.text, self.method,
        ));
        earlier
            .condition
            .around(quote_spanned!(place=> if #same { ::core::panic!(#message); }))
    }
}

impl Home {
    fn of(block: &Block, path: &TokenStream) -> Home {
        let parameters = block.parameters();
        let mut rest = path.clone().into_iter();
        let begins_with_self = rest.next().is_some_and(|first| is_word(&first, "Self"));
        let rest = TokenStream::from_iter(rest);
        if begins_with_self && parameters.is_empty() && !mention(rest.clone(), "Self") {
            let self_type = &block.self_type;
            return Home::Free(quote_spanned!(Span::mixed_site()=> <#(#self_type)*> #rest));
        }
        let depends = |word: &str| mention(path.clone(), word);
        if depends("Self") || parameters.iter().any(|parameter| depends(parameter)) {
            return Home::Type;
        }
        Home::Free(path.clone())
    }
}

/// A message for `panic!`, which takes braces for arguments.
fn literal(message: &str) -> String {
    message.replace('{', "{{").replace('}', "}}")
}
