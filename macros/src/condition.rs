//! The `#[cfg]`s under which a handler exists.

use proc_macro2::{TokenStream, TokenTree};
use quote::{ToTokens, quote};

use crate::block::Attribute;
use crate::trees::is_punct;

/// What must be enabled for something to be there: one of the alternatives,
/// each of which is a list of predicates that must all hold.
#[derive(Clone, Default)]
pub struct Condition {
    alternatives: Vec<Vec<TokenStream>>,
}

impl Condition {
    /// The condition that the `#[cfg]`s among these attributes make.
    pub fn of(attributes: &[Attribute]) -> Self {
        let predicates = attributes
            .iter()
            .filter(|attribute| attribute.is("cfg"))
            .filter_map(Attribute::arguments)
            .map(without_last_comma)
            .collect();
        Condition {
            alternatives: vec![predicates],
        }
    }

    /// The condition of something that is there if one of these is.
    pub fn any<'a>(conditions: impl IntoIterator<Item = &'a Condition>) -> Self {
        let alternatives = conditions
            .into_iter()
            .flat_map(|condition| condition.alternatives.clone())
            .collect();
        Condition { alternatives }
    }

    /// Whether it holds whatever is enabled.
    pub fn is_always(&self) -> bool {
        self.alternatives.iter().any(Vec::is_empty)
    }

    /// Statements that are there where this holds.
    pub fn around(&self, statements: TokenStream) -> TokenStream {
        if self.is_always() {
            statements
        } else {
            quote!(#self { #statements })
        }
    }

    /// The attribute of what is there only where this does not hold.
    pub fn otherwise(&self) -> TokenStream {
        let predicate = self.predicate();
        quote!(#[cfg(not(#predicate))])
    }

    /// An expression where this holds, and another one where it does not.
    pub fn either(&self, there: TokenStream, otherwise: TokenStream) -> TokenStream {
        if self.is_always() {
            return there;
        }
        let not = self.otherwise();
        quote!((match () { #self () => #there, #not () => #otherwise }))
    }

    fn predicate(&self) -> TokenStream {
        let alternatives = self
            .alternatives
            .iter()
            .map(|predicates| quote!(all(#(#predicates),*)));
        quote!(any(#(#alternatives),*))
    }
}

/// Written as attributes, none if the condition always holds.
impl ToTokens for Condition {
    fn to_tokens(&self, output: &mut TokenStream) {
        if self.is_always() {
            return;
        }
        match self.alternatives.as_slice() {
            [predicates] => output.extend(quote!(#(#[cfg(#predicates)])*)),
            _ => {
                let predicate = self.predicate();
                output.extend(quote!(#[cfg(#predicate)]));
            }
        }
    }
}

fn without_last_comma(predicate: TokenStream) -> TokenStream {
    let mut trees: Vec<TokenTree> = predicate.into_iter().collect();
    if trees.last().is_some_and(|tree| is_punct(tree, ',')) {
        trees.pop();
    }
    trees.into_iter().collect()
}
