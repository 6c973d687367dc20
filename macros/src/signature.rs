//! The rules for the signature of a handler.

use std::rc::Rc;

use proc_macro2::{Ident, TokenStream};
use quote::ToTokens;

use crate::args::Kind;
use crate::method::{Method, Parameter, Receiver};
use crate::mistakes::Mistakes;
use crate::model::{Binding, Handler, Model};
use crate::trees::{as_ident, between_commas, is_punct, mention};

/// Checks the signatures of all methods that are called.
pub fn check(model: &Model, mistakes: &mut Mistakes) {
    let handlers = model
        .handlers
        .iter()
        .map(|handler| (&handler.binding, Brings::of(handler)));
    let failures = model.failures.iter().map(|binding| (binding, FAILURE));
    let calls: Vec<(&Binding, Brings)> = handlers.chain(failures).collect();
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

/// When a method is called, and with which parameters besides the context.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Brings {
    when: &'static str,
    parameters: &'static [&'static str],
}

const FAILURE: Brings = Brings {
    when: "a `#[failed]` method is called with each error that nobody else was told of",
    parameters: &["failure: Failure<'_>"],
};

impl Brings {
    fn of(handler: &Handler) -> Brings {
        let (when, parameters): (_, &[_]) = if handler.token.family {
            of_family(handler.kind)
        } else {
            of_single(handler.kind)
        };
        Brings { when, parameters }
    }
}

fn of_single(kind: Kind) -> (&'static str, &'static [&'static str]) {
    match kind {
        Kind::Writable => (
            "a WRITABLE handler is called when there is room to write, without an item",
            &[],
        ),
        Kind::Raw => (
            "a `raw` handler is called with what its source is ready for",
            &["ready: &mut Readiness"],
        ),
        Kind::Ended => (
            "an `#[ended]` method is called with the reason",
            &["why: Ended"],
        ),
        // A single source is not opened, nor does it leave.
        Kind::Items | Kind::Opened | Kind::Closed => (
            "a READABLE handler is called with each item of its source",
            &["item: …"],
        ),
    }
}

fn of_family(kind: Kind) -> (&'static str, &'static [&'static str]) {
    match kind {
        Kind::Items => (
            "a READABLE handler of a family is called with the member that is ready and each item of it",
            &["member: &mut …", "item: …"],
        ),
        Kind::Writable => (
            "a WRITABLE handler of a family is called with the member that can be written to, without an item",
            &["member: &mut …"],
        ),
        Kind::Raw => (
            "a `raw` handler of a family is called with the member and what it is ready for",
            &["member: &mut …", "ready: &mut Readiness"],
        ),
        Kind::Opened => (
            "an `#[opened]` method is called with the member that can be used now",
            &["member: &mut …"],
        ),
        Kind::Ended => (
            "an `#[ended]` method of a family is called with the member and the reason",
            &["member: &mut …", "why: Ended"],
        ),
        Kind::Closed => (
            "a `#[closed]` method is given the member that leaves, and the reason",
            &["member: …", "why: Closed"],
        ),
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
    let own = brings.parameters.len();
    let given = method.parameters.as_slice();
    if given.len() < own {
        let what = if own - given.len() == 1 {
            "a parameter is missing"
        } else {
            "parameters are missing"
        };
        mistakes.under(
            &method.name,
            format!("{what}: {}", usage(&method.name, brings)),
        );
    } else if given.len() > own + 1 {
        mistakes.under(
            tokens(&given[own + 1]),
            format!("one parameter too many: {}", usage(&method.name, brings)),
        );
    } else if given.len() == own + 1 {
        if let Some(context) = misplaced_context(given) {
            mistakes.under(
                tokens(context),
                format!("the context comes first: {}", usage(&method.name, brings)),
            );
        }
    }
}

fn usage(name: &Ident, Brings { when, parameters }: Brings) -> String {
    let parameters: String = parameters
        .iter()
        .map(|parameter| format!(", {parameter}"))
        .collect();
    format!(
        "{when}; write `fn {name}(&mut self{parameters})` or `fn {name}(&mut self, cx: &mut Context<'_>{parameters})`"
    )
}

/// A parameter that is spelt like the context, of which the first one is not.
fn misplaced_context(parameters: &[Parameter]) -> Option<&Parameter> {
    let (first, others) = parameters.split_first()?;
    if is_context(first) {
        return None;
    }
    others.iter().find(|parameter| is_context(parameter))
}

/// Whether the type is spelt like that of the context: `&mut Context<'_>`, by
/// any path. A member may have a `Context` of its own in its type.
fn is_context(parameter: &Parameter) -> bool {
    let [reference, rest @ ..] = parameter.kind.as_slice() else {
        return false;
    };
    let path = rest.split(|tree| is_punct(tree, '<')).next();
    let name = path.and_then(|path| as_ident(path.last()));
    is_punct(reference, '&') && name.is_some_and(|name| name == "Context")
}

/// A parameter from its name to its type.
fn tokens(parameter: &Parameter) -> impl ToTokens {
    parameter.trees().cloned().collect::<TokenStream>()
}
