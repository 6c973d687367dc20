//! The calls of handlers. Each part of a call has the place of what it must
//! agree with in the user's code, so that rustc shows a mistake there.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::quote_spanned;

use super::constants::Constants;
use super::variable;
use crate::method::{Method, Parameter};
use crate::model::{Binding, Ending, Handler, Kind};
use crate::values::{first_span, near};

/// Calls the framework's loop for a handler.
pub fn call_handler(handler: &Handler, constants: &Constants<'_>) -> TokenStream {
    let place = handler.source.place();
    let [app, cx, input, ready] = ["app", "cx", "input", "ready"].map(|name| variable(name, place));
    let condition = &handler.binding.condition;
    let value = constants.value(&handler.token);
    let slot = quote_spanned!(place=> const { __miocene::slot::<Self>(#value) });
    match handler.kind {
        Kind::Items => {
            let source = constants.field(handler, "__miocene_app");
            let item = item(&handler.binding.method, place);
            let outcome = outcome(&handler.binding, &[&app, &cx, &item]);
            // Never called, so that a source that cannot be drained is the same
            // mistake here as in `fn source`, and therefore shown once.
            condition.around(quote_spanned! {place=>
                let _ = |#app: &mut Self| { __miocene::Drain::source(&mut #source); };
                __miocene::items(
                    self, #cx, #input, #slot, #ready,
                    |#app| &mut #source,
                    |#app, #cx, #item| { #outcome },
                );
            })
        }
        Kind::Writable => {
            let outcome = outcome(&handler.binding, &[&app, &cx]);
            quote_spanned! {place=>
                #condition
                __miocene::writable(self, #cx, #slot, #ready, |#app, #cx| { #outcome });
            }
        }
        Kind::Raw => {
            let outcome = outcome(&handler.binding, &[&app, &cx, &ready]);
            quote_spanned! {place=>
                #condition
                __miocene::raw(self, #cx, #slot, #ready, |#app, #cx, #ready| { #outcome });
            }
        }
    }
}

/// Calls the method that is told of the end of a source.
pub fn call_ending(ending: &Ending) -> TokenStream {
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

/// The variable for the item, named like the user's parameter: messages about
/// borrows name it.
fn item(method: &Method, place: Span) -> Ident {
    let parameter = method.parameters.last();
    match parameter.and_then(|parameter| parameter.pattern.last()) {
        Some(TokenTree::Ident(name)) if name != "_" => at(name, near(name.span())),
        _ => variable("item", parameter.map_or(place, place_of)),
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
