//! The bindings of a block by what they share: a source, or a family.

use proc_macro2::TokenStream;
use quote::quote;

use crate::args::Kind;
use crate::condition::Condition;
use crate::model::{Handler, Model};
use crate::token::TokenPath;

/// A source or a family, with the handlers that share it.
pub struct Watched<'a> {
    pub handlers: Vec<&'a Handler>,
}

/// What an application watches.
pub struct Everything<'a> {
    pub sources: Vec<Watched<'a>>,
    pub families: Vec<Watched<'a>>,
}

impl<'a> Everything<'a> {
    pub fn of(model: &'a Model) -> Self {
        let mut all: Vec<Watched<'a>> = Vec::new();
        for handler in model.handlers.iter().filter(|one| !one.is_of_another()) {
            match all.iter_mut().find(|watched| watched.has(handler)) {
                Some(watched) => watched.handlers.push(handler),
                None => all.push(Watched {
                    handlers: vec![handler],
                }),
            }
        }
        let (families, sources) = all
            .into_iter()
            .partition(|watched| watched.first().token.family);
        Everything { sources, families }
    }

    /// The families of these tokens. There may be two for one of them, of which
    /// one is compiled.
    pub fn families_of(&self, tokens: &[TokenPath]) -> Vec<&Watched<'a>> {
        let is_of = |family: &&Watched<'_>, token: &TokenPath| family.first().token.is(token);
        tokens
            .iter()
            .flat_map(|token| {
                self.families
                    .iter()
                    .filter(move |family| is_of(family, token))
            })
            .collect()
    }
}

impl<'a> Watched<'a> {
    fn has(&self, handler: &Handler) -> bool {
        let first = self.first();
        first.token.is(&handler.token) && first.source.text == handler.source.text
    }

    pub fn first(&self) -> &'a Handler {
        self.handlers[0]
    }

    pub fn of_kind(&self, kind: Kind) -> impl Iterator<Item = &'a Handler> {
        self.handlers
            .iter()
            .copied()
            .filter(move |handler| handler.kind == kind)
    }

    pub fn condition(&self) -> Condition {
        let handlers = self.handlers.iter();
        Condition::any(handlers.map(|handler| &handler.binding.condition))
    }

    /// Under which condition it has a handler of one of these kinds, if ever.
    pub fn has_kind(&self, kinds: &[Kind]) -> Option<Condition> {
        let handlers = self.handlers.iter();
        let mut conditions = handlers
            .filter(|handler| kinds.contains(&handler.kind))
            .map(|handler| &handler.binding.condition)
            .peekable();
        conditions.peek()?;
        Some(Condition::any(conditions))
    }

    /// What is there where it has a handler of one of these kinds, and what is
    /// there where it has none.
    pub fn either(
        &self,
        kinds: &[Kind],
        with: impl FnOnce() -> TokenStream,
        without: impl FnOnce() -> TokenStream,
    ) -> TokenStream {
        match self.has_kind(kinds) {
            None => without(),
            Some(always) if always.is_always() => with(),
            Some(sometimes) => {
                let (otherwise, with, without) = (sometimes.otherwise(), with(), without());
                quote!(#sometimes #with #otherwise #without)
            }
        }
    }
}
