//! The impl block as bindings: which method is called for what.

use std::rc::Rc;

use proc_macro2::Ident;

use crate::args::{Directive, HandlerArguments, Role};
use crate::block::{Block, Item, ItemKind};
use crate::condition::Condition;
use crate::method::Method;
use crate::mistakes::Mistakes;
use crate::values::{Interest, Source, TokenPath};

/// What the attributes in an impl block say.
#[derive(Default)]
pub struct Model {
    pub handlers: Vec<Handler>,
    pub endings: Vec<Ending>,
    pub failures: Vec<Binding>,
    /// Whether something is marked as a handler, even if by mistake.
    pub any_handler: bool,
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

/// A method that is called when a source is ready.
pub struct Handler {
    pub binding: Binding,
    pub token: TokenPath,
    pub interest: Interest,
    pub kind: Kind,
    pub source: Source,
}

/// What is done with a source that is ready.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Items,
    Writable,
    Raw,
}

/// A method that is told when reading from a source is over.
pub struct Ending {
    pub binding: Binding,
    pub token: TokenPath,
}

impl Model {
    /// Reads the attributes of a block.
    pub fn read(block: &Block, mistakes: &mut Mistakes) -> Model {
        let mut model = Model::default();
        for item in &block.items {
            model.read_item(item, mistakes);
        }
        model.share_sources();
        model
    }

    fn read_item(&mut self, item: &Item, mistakes: &mut Mistakes) {
        for attribute in &item.attributes {
            if let Some(name) = Role::conditional(attribute)
                .as_ref()
                .and_then(|ours| ours.name())
            {
                self.any_handler = true;
                mistakes.under(name, format!("`#[{name}]` cannot stand in a `cfg_attr`: put a `#[cfg(…)]` on the method instead"));
            }
            let Some((role, name)) = Role::of(attribute).zip(attribute.name()) else {
                continue;
            };
            self.any_handler |= !matches!(role, Role::Ended | Role::Failed);
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
                        position: self.handlers.len() + self.endings.len() + self.failures.len(),
                    };
                    self.bind(binding, directive, mistakes);
                }
                ItemKind::Other => {
                    mistakes.under(name, format!("`#[{name}]` belongs on a method"));
                }
                ItemKind::Unfinished => {}
            }
        }
    }

    fn bind(&mut self, binding: Binding, directive: Directive, mistakes: &mut Mistakes) {
        match directive {
            Directive::Handler(arguments) => {
                self.handlers
                    .extend(Handler::new(binding, arguments, mistakes));
            }
            Directive::Ended(token) => self.endings.push(Ending { binding, token }),
            Directive::Failed => self.failures.push(binding),
        }
    }

    /// A source is written once for a token, and its other handlers share it.
    /// A mistake in it is shown once as well: at the first of them.
    fn share_sources(&mut self) {
        let sources: Vec<(String, Source)> = self
            .handlers
            .iter()
            .map(|handler| (handler.token.text.clone(), handler.source.clone()))
            .collect();
        for handler in &mut self.handlers {
            let mut of_token = sources
                .iter()
                .filter(|(token, _)| *token == handler.token.text)
                .map(|(_, source)| source);
            let shared = if handler.source.explicit {
                of_token.find(|source| source.text == handler.source.text)
            } else {
                of_token
                    .clone()
                    .find(|source| source.explicit)
                    .or(of_token.next())
            };
            if let Some(source) = shared {
                handler.source = source.clone();
            }
        }
    }
}

impl Handler {
    fn new(
        binding: Binding,
        arguments: HandlerArguments,
        mistakes: &mut Mistakes,
    ) -> Option<Handler> {
        let HandlerArguments {
            token,
            interest,
            raw,
            source,
        } = arguments;
        let kind = match (raw, interest.readable, interest.writable) {
            (Some(_), ..) => Kind::Raw,
            (None, true, true) => {
                mistakes.under(&interest.written, "`READABLE | WRITABLE` needs `raw`: one call cannot both bring an item and say that there is room to write; write a handler for each, or add `raw` and take `ready: &mut Readiness`");
                return None;
            }
            (None, false, _) => Kind::Writable,
            (None, true, false) => Kind::Items,
        };
        let source = match source.map_or_else(|| token.source(), Ok) {
            Ok(source) => source,
            Err(error) => {
                mistakes.add(error);
                return None;
            }
        };
        Some(Handler {
            binding,
            token,
            interest,
            kind,
            source,
        })
    }
}
