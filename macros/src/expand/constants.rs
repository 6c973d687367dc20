//! A constant of ours for each token and each family. As a pattern it is never a
//! catch-all, as a misspelt name of the user's would be, and a mistake in the
//! token's path is made once.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote_spanned;

use super::constant::Constant;
use super::implement;
use crate::block::Block;
use crate::condition::Condition;
use crate::model::{Handler, Model};
use crate::token::TokenPath;

/// The constants of all tokens.
pub struct Constants<'a> {
    list: Vec<Constant<'a>>,
}

impl<'a> Constants<'a> {
    pub fn of(block: &Block, model: &'a Model) -> Self {
        let mut constants = Constants { list: Vec::new() };
        let with_source = model.handlers.iter().filter(|one| !one.is_of_another());
        for handler in with_source {
            if !constants.is_there_if(&handler.token, &handler.binding.condition) {
                let number = constants.list.len();
                constants.list.push(Constant::new(block, handler, number));
            }
        }
        // An `#[ended]` has the token of a handler, but may be there without it.
        let others = model.handlers.iter().filter(|one| one.is_of_another());
        for ending in others {
            constants.is_there_if(&ending.token, &ending.binding.condition);
        }
        constants
    }

    /// Adds to the condition under which a token's constant is there. Says
    /// whether there is such a constant.
    fn is_there_if(&mut self, token: &TokenPath, condition: &Condition) -> bool {
        let same = |constant: &&mut Constant<'_>| constant.token.is(token);
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
        let variable = super::variable("token", Span::mixed_site());
        self.find(token)
            .map(|constant| constant.pattern(&variable))
            .unwrap_or_default()
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
        self.list.iter().find(|constant| constant.token.is(token))
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
            let checks = (!checks.is_empty())
                .then(|| quote_spanned!(here=> #condition const _: () = { #checks };));
            quote_spanned!(here=> #condition #definition #checks)
        });
        items.collect()
    }

    /// The constants of the application's type, in a trait of ours.
    pub fn associated(&self, block: &Block) -> Option<TokenStream> {
        let here = Span::mixed_site();
        let in_type = || self.list.iter().filter(|constant| constant.in_type());
        in_type().next()?;
        let declarations = in_type().map(|constant| {
            let (condition, declaration) = (&constant.condition, constant.declaration());
            quote_spanned!(here=> #condition #declaration)
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
