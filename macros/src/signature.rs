//! The rules for the signature of a handler.

use std::rc::Rc;

use proc_macro2::{Ident, TokenStream};
use quote::ToTokens;

use crate::method::{Method, Parameter, Receiver};
use crate::mistakes::Mistakes;
use crate::model::{Binding, Kind, Model};
use crate::trees::{as_ident, between_commas, is_punct, mention};

/// Checks the signatures of all methods that are called.
pub fn check(model: &Model, mistakes: &mut Mistakes) {
    let handlers = model
        .handlers
        .iter()
        .map(|handler| (&handler.binding, Brings::of(handler.kind)));
    let endings = model
        .endings
        .iter()
        .map(|ending| (&ending.binding, Brings::End));
    let failures = model
        .failures
        .iter()
        .map(|binding| (binding, Brings::Failure));
    let calls: Vec<(&Binding, Brings)> = handlers.chain(endings).chain(failures).collect();
    for (position, (binding, brings)) in calls.iter().enumerate() {
        let method = &binding.method;
        let mut before = calls[..position]
            .iter()
            .filter(|(other, _)| Rc::ptr_eq(&other.method, method));
        let checked = before.clone().next().is_some();
        if !checked {
            plain_function(method, mistakes);
            receiver(method, mistakes);
            not_generic(method, mistakes);
        }
        if !before.any(|(_, other)| other == brings) {
            parameters(method, *brings, mistakes);
        }
    }
}

/// What a method is called with, besides the context.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Brings {
    Item,
    Nothing,
    Readiness,
    End,
    Failure,
}

impl Brings {
    fn of(kind: Kind) -> Brings {
        match kind {
            Kind::Items => Brings::Item,
            Kind::Writable => Brings::Nothing,
            Kind::Raw => Brings::Readiness,
        }
    }

    /// When the method is called, and with what parameter.
    fn describe(self) -> (&'static str, &'static str) {
        match self {
            Brings::Item => (
                "a READABLE handler is called with each item of its source",
                "item: …",
            ),
            Brings::Nothing => (
                "a WRITABLE handler is called when there is room to write, without an item",
                "",
            ),
            Brings::Readiness => (
                "a `raw` handler is called with what its source is ready for",
                "ready: &mut Readiness",
            ),
            Brings::End => (
                "an `#[ended]` method is called with the reason",
                "why: Ended",
            ),
            Brings::Failure => (
                "a `#[failed]` method is called with each error that nobody else was told of",
                "failure: Failure<'_>",
            ),
        }
    }
}

fn plain_function(method: &Method, mistakes: &mut Mistakes) {
    for qualifier in &method.qualifiers {
        let message = if qualifier == "async" {
            "a handler is no `async fn`: it is called for what is ready and returns to the loop; remove `async`".to_owned()
        } else {
            format!("a handler is a plain `fn`, which the loop can call: remove `{qualifier}`")
        };
        mistakes.under(qualifier, message);
    }
}

fn receiver(method: &Method, mistakes: &mut Mistakes) {
    match &method.receiver {
        Receiver::Reference => {}
        Receiver::Value(trees) => {
            let trees: TokenStream = trees.iter().cloned().collect();
            mistakes.under(
                trees,
                "a handler borrows the application, which the loop goes on with: write `&mut self`",
            );
        }
        Receiver::None => {
            let name = &method.name;
            mistakes.under(
                name,
                format!(
                    "a handler is a method of the application: write `fn {name}(&mut self, …)`"
                ),
            );
        }
    }
}

fn not_generic(method: &Method, mistakes: &mut Mistakes) {
    const MESSAGE: &str = "a handler has no type or constant parameters of its own, since the loop calls it: write the type itself, or put the parameter on the `impl` block";
    let own = between_commas(&method.generics)
        .into_iter()
        .find(|parameter| !parameter.first().is_some_and(|tree| is_punct(tree, '\'')));
    if let Some(parameter) = own {
        let name = parameter
            .iter()
            .find(|tree| as_ident(Some(tree)).is_some_and(|word| word != "const"));
        mistakes.under(name, MESSAGE);
    }
    for parameter in &method.parameters {
        let kind: TokenStream = parameter.kind.iter().cloned().collect();
        if mention(kind.clone(), "impl") {
            mistakes.under(
                kind,
                "a handler takes no `impl Trait`, since the loop calls it: write the type itself",
            );
        }
    }
}

/// The number of parameters decides whether the context is one of them.
fn parameters(method: &Method, brings: Brings, mistakes: &mut Mistakes) {
    if let Receiver::None = method.receiver {
        return;
    }
    let own = usize::from(brings != Brings::Nothing);
    let count = method.parameters.len();
    if count < own {
        mistakes.under(
            &method.name,
            format!("a parameter is missing: {}", usage(&method.name, brings)),
        );
    } else if count > own + 1 {
        let surplus = tokens(&method.parameters[own + 1]);
        mistakes.under(
            surplus,
            format!("one parameter too many: {}", usage(&method.name, brings)),
        );
    } else if let [first, second] = method.parameters.as_slice() {
        if is_context(second) && !is_context(first) {
            mistakes.under(
                tokens(second),
                format!("the context comes first: {}", usage(&method.name, brings)),
            );
        }
    }
}

fn usage(name: &Ident, brings: Brings) -> String {
    let (when, parameter) = brings.describe();
    let comma = if parameter.is_empty() { "" } else { ", " };
    format!(
        "{when}; write `fn {name}(&mut self{comma}{parameter})` or `fn {name}(&mut self, cx: &mut Context<'_>{comma}{parameter})`"
    )
}

/// Whether the type is spelt like that of the context.
fn is_context(parameter: &Parameter) -> bool {
    mention(parameter.kind.iter().cloned().collect(), "Context")
}

/// A parameter from its name to its type.
fn tokens(parameter: &Parameter) -> impl ToTokens {
    parameter.trees().cloned().collect::<TokenStream>()
}
