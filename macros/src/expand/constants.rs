//! A constant of ours for each token. As a pattern it is never a catch-all, as
//! a misspelt name of the user's would be, and a mistake in the token's path is
//! made once.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, format_ident, quote, quote_spanned};

use super::implement;
use crate::block::Block;
use crate::condition::Condition;
use crate::model::{Handler, Model};
use crate::trees::{is_word, mention, visible};
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
        let mut constants = Constants { list: Vec::new() };
        for handler in &model.handlers {
            if !constants.is_there_if(&handler.token, &handler.binding.condition) {
                let number = constants.list.len();
                constants.list.push(Constant::new(block, handler, number));
            }
        }
        // An `#[ended]` has the token of a handler, but may be there without it.
        for ending in &model.endings {
            constants.is_there_if(&ending.token, &ending.binding.condition);
        }
        constants
    }

    /// Adds to the condition under which a token's constant is there. Says
    /// whether there is such a constant.
    fn is_there_if(&mut self, token: &TokenPath, condition: &Condition) -> bool {
        let same = |constant: &&mut Constant<'_>| constant.token.text == token.text;
        let Some(constant) = self.list.iter_mut().find(same) else {
            return false;
        };
        constant.condition = Condition::any([&constant.condition, condition]);
        true
    }

    /// The constant as an expression.
    pub fn value(&self, token: &TokenPath) -> TokenStream {
        self.find(token).map(Constant::value).unwrap_or_default()
    }

    /// What an arm begins with whose `match` is of the variable `token`.
    pub fn pattern(&self, token: &TokenPath) -> TokenStream {
        let here = Span::mixed_site();
        let variable = super::variable("token", here);
        match self.find(token) {
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

    /// The field of a handler's source in the application. Where the token's
    /// name is that of the field, a misspelt token is not a missing field too.
    pub fn field(&self, handler: &Handler, application: &str) -> TokenStream {
        let place = handler.source.place();
        let application = Ident::new(application, place);
        let members = handler.source.members();
        match self.find(&handler.token) {
            Some(constant) if !handler.source.explicit => {
                let token = constant.written();
                quote_spanned!(place=> __miocene::owner(#application, #token) #members)
            }
            _ => quote_spanned!(place=> #application #members),
        }
    }

    fn find(&self, token: &TokenPath) -> Option<&Constant<'a>> {
        self.list
            .iter()
            .find(|constant| constant.token.text == token.text)
    }

    /// The constants that stand by themselves, each checked against those
    /// before it.
    pub fn free(&self) -> TokenStream {
        let here = Span::mixed_site();
        let free: Vec<&Constant<'_>> = self.list.iter().filter(|token| !token.in_type()).collect();
        let items = free.iter().enumerate().map(|(position, constant)| {
            let condition = &constant.condition;
            let definition = constant.definition();
            let mut checks = constant.check_constant();
            checks.extend(constant.check_range());
            checks.extend(
                free[..position]
                    .iter()
                    .map(|earlier| constant.check_against(earlier)),
            );
            quote_spanned!(here=> #condition #definition #condition const _: () = { #checks };)
        });
        items.collect()
    }

    /// The constants of the application's type, in a trait of ours.
    pub fn associated(&self, block: &Block) -> Option<TokenStream> {
        let here = Span::mixed_site();
        let in_type = || self.list.iter().filter(|constant| constant.in_type());
        in_type().next()?;
        let declarations = in_type().map(|constant| {
            let (condition, name) = (&constant.condition, &constant.name);
            quote_spanned!(here=> #condition const #name: __miocene::Token;)
        });
        let definitions = in_type().map(|constant| {
            let (condition, definition) = (&constant.condition, constant.definition());
            quote_spanned!(here=> #condition #definition)
        });
        let checks = self.checks_in_type();
        let body = quote_spanned!(here=> #(#definitions)* const CHECKED: () = { #checks };);
        let implementation = implement(block, &quote_spanned!(here=> MioceneTokens), &body);
        Some(quote_spanned! {here=>
            trait MioceneTokens { #(#declarations)* const CHECKED: (); }
            #implementation
        })
    }

    /// The checks that need a constant of the type.
    fn checks_in_type(&self) -> TokenStream {
        let checks = self.list.iter().enumerate().map(|(position, constant)| {
            let range = constant.in_type().then(|| constant.check_range());
            let earlier = self.list[..position].iter();
            let earlier = earlier.filter(|earlier| constant.in_type() || earlier.in_type());
            let against: TokenStream = earlier
                .map(|earlier| constant.check_against(earlier))
                .collect();
            constant
                .condition
                .around(quote_spanned!(Span::mixed_site()=> #range #against))
        });
        checks.collect()
    }

    /// A statement that makes rustc check the constants of the type.
    pub fn check(&self) -> Option<TokenStream> {
        self.list.iter().find(|constant| constant.in_type())?;
        Some(quote_spanned!(Span::mixed_site()=> let () = <Self as MioceneTokens>::CHECKED;))
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
    fn definition(&self) -> TokenStream {
        let name = &self.name;
        let value = self.written();
        quote_spanned! {self.place()=>
            const #name: __miocene::Token = { let __miocene_token = #value; __miocene_token };
        }
    }

    /// The path that the user wrote.
    fn written(&self) -> &TokenStream {
        match &self.home {
            Home::Free(value) => value,
            Home::Type => &self.token.path,
        }
    }

    fn in_type(&self) -> bool {
        matches!(self.home, Home::Type)
    }

    fn place(&self) -> Span {
        near(self.token.name.span())
    }

    /// A statement in which a `static` cannot stand: it would be read at an
    /// address, and not be the pattern that a token is. A token that is not
    /// there at all is a variable here, and not a second mistake.
    fn check_constant(&self) -> TokenStream {
        match visible(self.written().clone()).as_slice() {
            [TokenTree::Ident(name)] => {
                // The lint is for where a constant is defined, and its name the
                // user's affair; it is only switched off where it would speak.
                let lower = name.to_string().contains(char::is_lowercase);
                let allowed = lower.then(|| quote!(#[allow(non_upper_case_globals)]));
                quote_spanned!(self.place()=> #allowed match #name { #name => { let _ = #name; } _ => {} })
            }
            _ => TokenStream::new(),
        }
    }

    fn check_range(&self) -> TokenStream {
        let (value, text, method) = (self.value(), &self.token.text, self.method);
        let message = literal(&format!(
            "the value of `{text}` (for `{method}`) is too high: write a value below 16777216, which is 1 << 24"
        ));
        quote_spanned!(self.place()=> if #value.0 >= 1 << 24 { ::core::panic!(#message); })
    }

    fn check_against(&self, earlier: &Constant<'_>) -> TokenStream {
        let (value, earlier_value) = (self.value(), earlier.value());
        let message = literal(&format!(
            "`{}` (for `{}`) and `{}` (for `{}`) have the same value: give each token a value of its own",
            earlier.token.text, earlier.method, self.token.text, self.method,
        ));
        earlier.condition.around(quote_spanned! {self.place()=>
            if #value.0 == #earlier_value.0 { ::core::panic!(#message); }
        })
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
