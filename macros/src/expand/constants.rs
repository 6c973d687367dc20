//! A constant of ours for each token. As a pattern it is never a catch-all, as
//! a misspelt name of the user's would be, and a mistake in the token's path is
//! made once.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote_spanned};

use super::{begins_with_self, implement};
use crate::block::Block;
use crate::condition::Condition;
use crate::model::{Handler, Model};
use crate::trees::mention;
use crate::values::{TokenPath, near};

/// The constants of all tokens.
pub struct Constants<'a> {
    list: Vec<Constant<'a>>,
}

struct Constant<'a> {
    name: Ident,
    token: &'a TokenPath,
    home: Home,
    condition: Condition,
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

impl<'a> Constants<'a> {
    pub fn of(block: &Block, model: &'a Model) -> Self {
        let mut list: Vec<Constant<'a>> = Vec::new();
        for handler in &model.handlers {
            match list
                .iter_mut()
                .find(|constant| constant.token.text == handler.token.text)
            {
                Some(known) => {
                    known.condition =
                        Condition::any([&known.condition, &handler.binding.condition]);
                }
                None => list.push(Constant::new(block, handler, list.len())),
            }
        }
        // An `#[ended]` has the token of a handler, but may be there without it.
        for ending in &model.endings {
            if let Some(known) = list
                .iter_mut()
                .find(|constant| constant.token.text == ending.token.text)
            {
                known.condition = Condition::any([&known.condition, &ending.binding.condition]);
            }
        }
        Constants { list }
    }

    /// The constant as an expression.
    pub fn value(&self, token: &TokenPath) -> TokenStream {
        self.list
            .iter()
            .find(|constant| constant.token.text == token.text)
            .map(Constant::value)
            .unwrap_or_default()
    }

    /// What an arm begins with whose `match` is of the variable `token`.
    pub fn pattern(&self, token: &TokenPath) -> TokenStream {
        let here = Span::mixed_site();
        let variable = super::variable("token", here);
        match self
            .list
            .iter()
            .find(|constant| constant.token.text == token.text)
        {
            Some(Constant {
                name,
                home: Home::Free(_),
                ..
            }) => name.to_token_stream(),
            Some(constant) => {
                let value = constant.value();
                quote_spanned!(here=> _ if #variable == #value)
            }
            None => TokenStream::new(),
        }
    }

    /// The constants that stand by themselves, each checked against those
    /// before it.
    pub fn free(&self) -> TokenStream {
        let here = Span::mixed_site();
        let is_free = |constant: &&Constant<'_>| matches!(constant.home, Home::Free(_));
        let free: Vec<&Constant<'_>> = self.list.iter().filter(is_free).collect();
        let items = free.iter().enumerate().map(|(position, constant)| {
            let Home::Free(value) = &constant.home else {
                return TokenStream::new();
            };
            let condition = &constant.condition;
            let checks = constant.checks(&free[..position]);
            let definition = constant.definition(value);
            quote_spanned!(here=> #condition #definition #condition const _: () = { #checks };)
        });
        items.collect()
    }

    /// The constants of the application's type, in a trait of ours.
    pub fn associated(&self, block: &Block) -> TokenStream {
        if !self.any_in_type() {
            return TokenStream::new();
        }
        let here = Span::mixed_site();
        let mut checks = TokenStream::new();
        let (mut declarations, mut definitions) = (TokenStream::new(), TokenStream::new());
        let all: Vec<&Constant<'_>> = self.list.iter().collect();
        for (position, constant) in all.iter().enumerate() {
            let condition = &constant.condition;
            let in_type = matches!(constant.home, Home::Type);
            let earlier: Vec<&Constant<'_>> = all[..position]
                .iter()
                .copied()
                .filter(|earlier| in_type || matches!(earlier.home, Home::Type))
                .collect();
            let check = constant.checks(&earlier);
            checks.extend(quote_spanned!(here=> #condition { #check }));
            if in_type {
                let name = &constant.name;
                let definition = constant.definition(&constant.token.path);
                declarations
                    .extend(quote_spanned!(here=> #condition const #name: __miocene::Token;));
                definitions.extend(quote_spanned!(here=> #condition #definition));
            }
        }
        let body = quote_spanned!(here=> #definitions const CHECKED: () = { #checks };);
        let implementation = implement(block, &quote_spanned!(here=> MioceneTokens), &body);
        quote_spanned! {here=>
            trait MioceneTokens { #declarations const CHECKED: (); }
            #implementation
        }
    }

    /// A statement that makes rustc check the constants of the type.
    pub fn check(&self) -> TokenStream {
        if !self.any_in_type() {
            return TokenStream::new();
        }
        quote_spanned!(Span::mixed_site()=> let () = <Self as MioceneTokens>::CHECKED;)
    }

    fn any_in_type(&self) -> bool {
        self.list
            .iter()
            .any(|constant| matches!(constant.home, Home::Type))
    }
}

impl<'a> Constant<'a> {
    fn new(block: &Block, handler: &'a Handler, number: usize) -> Self {
        let token = &handler.token;
        let name = format_ident!("MIOCENE_TOKEN_{number}", span = near(token.name.span()));
        Constant {
            name,
            token,
            home: Home::of(block, &token.path),
            condition: handler.binding.condition.clone(),
            method: &handler.binding.method.name,
        }
    }

    fn value(&self) -> TokenStream {
        let name = &self.name;
        match self.home {
            Home::Free(_) => name.to_token_stream(),
            Home::Type => quote_spanned!(self.place()=> <Self as MioceneTokens>::#name),
        }
    }

    /// Through a variable of ours: rustc has suggestions for a value of another
    /// type, which would lead to an attribute that we do not take.
    fn definition(&self, value: &TokenStream) -> TokenStream {
        let name = &self.name;
        quote_spanned! {self.place()=>
            const #name: __miocene::Token = { let __miocene_token = #value; __miocene_token };
        }
    }

    fn place(&self) -> Span {
        near(self.token.name.span())
    }

    /// Statements that panic if the value is out of range, or that of an
    /// earlier token.
    fn checks(&self, earlier: &[&Constant<'_>]) -> TokenStream {
        let (value, text, method) = (self.value(), &self.token.text, self.method);
        let message = literal(&format!(
            "the value of `{text}` (for `{method}`) is too high: write a value below 16777216, which is 1 << 24"
        ));
        let mut checks = quote_spanned! {self.place()=>
            if #value.0 >= 1 << 24 { ::core::panic!(#message); }
        };
        for other in earlier {
            let (other_value, condition) = (other.value(), &other.condition);
            let message = literal(&format!(
                "`{}` (for `{}`) and `{text}` (for `{method}`) have the same value: give each token a value of its own",
                other.token.text, other.method,
            ));
            checks.extend(quote_spanned! {self.place()=>
                #condition { if #value.0 == #other_value.0 { ::core::panic!(#message); } }
            });
        }
        checks
    }
}

impl Home {
    fn of(block: &Block, path: &TokenStream) -> Home {
        let parameters = block.parameters();
        if begins_with_self(path) && parameters.is_empty() {
            let self_type = &block.self_type;
            let rest = path.clone().into_iter().skip(1);
            return Home::Free(quote_spanned!(Span::mixed_site()=> <#(#self_type)*> #(#rest)*));
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
