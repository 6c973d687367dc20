//! The calls of handlers. Each part of a call has the place of what it must
//! agree with in the user's code, so that rustc shows a mistake there.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::quote_spanned;

use super::constants::Constants;
use super::variable;
use crate::args::Kind;
use crate::method::{Method, Parameter};
use crate::model::{Binding, Handler};
use crate::values::{first_span, near};

/// Calls the method that is told of the end of a source.
pub fn call_ending(ending: &Handler) -> TokenStream {
    call_with_self(&ending.binding, "why")
}

/// Calls the method that is told of errors.
pub fn call_failed(binding: &Binding) -> TokenStream {
    call_with_self(binding, "failure")
}

fn call_with_self(binding: &Binding, last: &str) -> TokenStream {
    let here = Span::mixed_site();
    let (cx, last) = (variable("cx", here), variable(last, here));
    outcome(binding, &[&Ident::new("self", here), &cx, &last])
}

/// A closure that calls the method for a source.
pub fn call_of_source(handler: &Handler) -> TokenStream {
    let last = match handler.kind {
        Kind::Items => Some("item"),
        Kind::Raw => Some("ready"),
        _ => None,
    };
    closure(handler, last.as_slice())
}

/// A closure that calls the method for a member of a family.
pub fn call_of_member(handler: &Handler) -> TokenStream {
    let names: &[&str] = match handler.kind {
        Kind::Items => &["member", "item"],
        Kind::Raw => &["member", "ready"],
        Kind::Ended | Kind::Closed => &["member", "why"],
        Kind::Writable | Kind::Opened => &["member"],
    };
    closure(handler, names)
}

/// The closure's parameters are the application, the context and what `names`
/// says, which are the last parameters of the method.
fn closure(handler: &Handler, names: &[&str]) -> TokenStream {
    let place = handler.source.place();
    let [app, cx] = ["app", "cx"].map(|name| variable(name, place));
    let method = &handler.binding.method;
    let given = method.parameters.iter().rev().take(names.len()).rev();
    let own: Vec<Ident> = names
        .iter()
        .zip(given)
        .map(|(name, parameter)| named_like(parameter, name))
        .collect();
    let arguments: Vec<&Ident> = [&app, &cx].into_iter().chain(&own).collect();
    let outcome = outcome(&handler.binding, &arguments);
    quote_spanned!(place=> |#(#arguments),*| { #outcome })
}

/// A statement that compiles only if the handler's source can be written to.
pub fn assert_writable(handler: &Handler, constants: &Constants<'_>) -> TokenStream {
    let place = near(first_span(&handler.interest.written));
    let source = constants.field(handler, "self");
    let (condition, writable) = (&handler.binding.condition, variable("writable", place));
    condition.around(quote_spanned! {place=>
        let #writable = &#source;
        __miocene::Writable::assert_writable(#writable);
    })
}

/// Calls the method and makes of what it returns what the loop takes. The
/// context is the second of the `arguments`, for methods that take it.
fn outcome(binding: &Binding, arguments: &[&Ident]) -> TokenStream {
    let method = &binding.method;
    let place = near(method.name.span());
    let mut name = method.name.clone();
    name.set_span(place);
    let takes_context = method.parameters.len() + 1 == arguments.len();
    let taken = arguments.iter().enumerate();
    let taken = taken.filter(|(position, _)| *position != 1 || takes_context);
    let places = std::iter::once(place).chain(method.parameters.iter().map(place_of));
    let taken = taken
        .zip(places)
        .map(|((_, argument), place)| at(argument, place));
    let call = quote_spanned!(place=> Self::#name(#(#taken),*));
    if method.diverges() {
        return call;
    }
    let returned = place_of_output(method);
    let outcome = variable("outcome", returned);
    let allowed = binding
        .deprecated
        .then(|| quote_spanned!(place=> #[allow(deprecated)]));
    quote_spanned! {returned=>
        #allowed
        let #outcome = #call;
        __miocene::Outcome::outcome(#outcome)
    }
}

/// The variable for what is passed, named like the user's parameter: messages
/// about borrows name it.
fn named_like(parameter: &Parameter, otherwise: &str) -> Ident {
    match parameter.pattern.last() {
        Some(TokenTree::Ident(name)) if name != "_" => at(name, near(name.span())),
        _ => variable(otherwise, place_of(parameter)),
    }
}

fn at(variable: &Ident, place: Span) -> Ident {
    let mut variable = variable.clone();
    variable.set_span(place);
    variable
}

/// Where a parameter is shown: at its name, if that is one word.
fn place_of(parameter: &Parameter) -> Span {
    let tree = match (parameter.pattern.as_slice(), parameter.kind.first()) {
        ([name], _) | (_, Some(name)) => Some(name),
        (pattern, None) => pattern.first(),
    };
    near(tree.map_or_else(Span::mixed_site, TokenTree::span))
}

fn place_of_output(method: &Method) -> Span {
    near(
        method
            .output
            .first()
            .map_or_else(|| method.name.span(), TokenTree::span),
    )
}
