//! The impl block as bindings: which method is called for what.

use std::rc::Rc;

use proc_macro2::{Ident, TokenStream};

use crate::args::{Called, Directive, Kind, Role};
use crate::block::{Attribute, Block, Item, ItemKind};
use crate::condition::Condition;
use crate::method::Method;
use crate::mistakes::Mistakes;
use crate::token::TokenPath;
use crate::values::{Interest, Source};

/// What the attributes in an impl block say.
#[derive(Default)]
pub struct Model {
    pub handlers: Vec<Handler>,
    pub failures: Vec<Binding>,
}

/// A method, and where it was said what it is called for.
#[derive(Clone)]
pub struct Binding {
    /// The attribute's name.
    pub attribute: Ident,
    pub method: Rc<Method>,
    pub condition: Condition,
    pub deprecated: bool,
    /// Which of the block's attributes it is.
    pub position: usize,
}

/// A method that is called for a source or for the members of a family.
pub struct Handler {
    pub binding: Binding,
    pub token: TokenPath,
    pub kind: Kind,
    pub interest: Interest,
    pub source: Source,
    pub fills: Vec<TokenPath>,
}

impl Model {
    /// Reads the attributes of a block.
    pub fn read(block: &Block, mistakes: &mut Mistakes) -> Model {
        let mut bindings = Vec::new();
        for item in &block.items {
            read_item(item, &mut bindings, mistakes);
        }
        let mut failures = Vec::new();
        let mut called = Vec::new();
        for (binding, directive) in bindings {
            match directive {
                Directive::Failed => failures.push(binding),
                Directive::Called(what) => called.push((binding, *what)),
            }
        }
        Model {
            handlers: with_sources(called, mistakes),
            failures,
        }
    }
}

fn read_item(item: &Item, bindings: &mut Vec<(Binding, Directive)>, mistakes: &mut Mistakes) {
    for attribute in &item.attributes {
        let conditional = Role::conditional(attribute);
        if let Some(name) = conditional.as_ref().and_then(Attribute::name) {
            mistakes.under(name, format!("`#[{name}]` cannot stand in a `cfg_attr`: put a `#[cfg(…)]` on the method instead"));
        }
        let Some((role, name)) = Role::of(attribute).zip(attribute.name()) else {
            continue;
        };
        match &item.kind {
            ItemKind::Method(method) => {
                let Some(directive) = Directive::read(attribute, role, mistakes) else {
                    continue;
                };
                let binding = Binding {
                    attribute: name.clone(),
                    method: Rc::clone(method),
                    condition: Condition::of(&item.attributes),
                    deprecated: item.attributes.iter().any(|other| other.is("deprecated")),
                    position: bindings.len(),
                };
                bindings.push((binding, directive));
            }
            ItemKind::Other => {
                mistakes.under(name, format!("`#[{name}]` belongs on a method"));
            }
            ItemKind::Unfinished => {}
        }
    }
}

/// A source is written once for a token, and its other handlers share it. A
/// mistake in it is shown once as well: at the first of them.
fn with_sources(called: Vec<(Binding, Called)>, mistakes: &mut Mistakes) -> Vec<Handler> {
    let sources: Vec<syn::Result<Source>> = called
        .iter()
        .map(|(_, own)| source_of(own, &called))
        .collect();
    let mut handlers: Vec<Handler> = Vec::new();
    let mut mistaken: Vec<TokenPath> = Vec::new();
    for ((binding, called), source) in called.into_iter().zip(sources) {
        match source {
            Ok(source) => handlers.push(Handler::new(binding, called, source)),
            Err(_) if mistaken.iter().any(|token| token.is(&called.token)) => {}
            Err(error) => {
                mistakes.add(error);
                mistaken.push(called.token);
            }
        }
    }
    handlers
}

fn source_of(own: &Called, all: &[(Binding, Called)]) -> syn::Result<Source> {
    let mut of_token = all
        .iter()
        .map(|(_, other)| other)
        .filter(|other| other.token.is(&own.token));
    let mut written = of_token.clone().filter_map(|other| other.source.as_ref());
    let shared = match &own.source {
        Some(own) => written.find(|source| source.text == own.text),
        None => written.next(),
    };
    match (shared, of_token.next()) {
        (Some(source), _) => Ok(source.clone()),
        (None, first) => first.unwrap_or(own).token.source(),
    }
}

impl Handler {
    fn new(binding: Binding, called: Called, source: Source) -> Handler {
        Handler {
            binding,
            token: called.token,
            kind: called.kind,
            interest: called.interest,
            source,
            fills: called.fills,
        }
    }

    /// Whether it is told of a single source, which is its handler's.
    pub fn is_of_another(&self) -> bool {
        self.kind == Kind::Ended && !self.token.family
    }

    /// Where it is said what the method is called for.
    pub fn place(&self) -> &TokenStream {
        if self.interest.written.is_empty() {
            &self.token.path
        } else {
            &self.interest.written
        }
    }
}
