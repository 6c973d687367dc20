//! The implementation of the framework's trait: the `match` that one would have
//! written. There is no loop in it.

mod calls;
mod constant;
mod constants;
mod dispatch;
mod families;
mod rows;
mod sources;
mod watched;

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};

use crate::block::Block;
use crate::condition::Condition;
use crate::model::Model;
use crate::values::near;
use calls::{call_ending, call_failed};
use constants::Constants;
use dispatch::Dispatch;
use watched::Everything;

/// Writes the implementation of a block that has no mistakes. `root` is the
/// path to the framework.
pub fn implementation(block: &Block, model: &Model, root: &TokenStream) -> TokenStream {
    let here = Span::mixed_site();
    let constants = Constants::of(block, model);
    let everything = Everything::of(model);
    let table = rows::table(model, &constants);
    let source = sources::source(&everything.sources, &constants);
    let of_drained = sources::of_drained(&everything.sources, &constants);
    let news = sources::news(&everything.sources, &constants);
    let dispatch = Dispatch {
        everything: &everything,
        constants: &constants,
    };
    let dispatch = dispatch.method();
    let ended = ended(model, &constants);
    let failed = failed(model);
    let families = families::methods(&everything.families, &constants);
    let noted = families::noted(&everything.families, news, &constants);
    let body =
        quote_spanned!(here=> #table #source #of_drained #dispatch #ended #failed #noted #families);
    let implementation = implement(block, &quote_spanned!(here=> __miocene::Handlers), &body);
    let free = constants.free();
    let associated = constants.associated(block);
    let items = quote_spanned!(here=> #free #associated #implementation);
    in_a_scope(block, items, root)
}

/// Writes an implementation without handlers, for a block with mistakes: they
/// are not to be followed by the mistake that there is no implementation.
pub fn empty(block: &Block, root: &TokenStream) -> TokenStream {
    implementation(block, &Model::default(), root)
}

/// `impl … of_trait for App … { body }`, with the header of the user's block.
fn implement(block: &Block, of_trait: &TokenStream, body: &TokenStream) -> TokenStream {
    let Block {
        generics,
        self_type,
        where_clause,
        ..
    } = block;
    let generics = (!generics.is_empty()).then(|| quote!(<#(#generics)*>));
    quote_spanned! {Span::mixed_site()=>
        #[automatically_derived]
        impl #generics #of_trait for #(#self_type)* #(#where_clause)* { #body }
    }
}

/// Our items are named where the user's items do not see them. The lints that
/// the user allows and the conditions of the block hold for our code as well.
///
/// The path to the framework is named once, so that a mistake in it is one.
fn in_a_scope(block: &Block, items: TokenStream, root: &TokenStream) -> TokenStream {
    let condition = Condition::of(&block.attributes);
    let allowed = block
        .attributes
        .iter()
        .filter(|attribute| attribute.is("allow"));
    let allowed = allowed.filter_map(|attribute| attribute.arguments());
    quote_spanned! {Span::mixed_site()=>
        #condition
        #(#[allow(#allowed)])*
        const _: () = {
            use #root::__private as __miocene;
            #items
        };
    }
}

fn ended(model: &Model, constants: &Constants<'_>) -> TokenStream {
    let mut endings = model
        .handlers
        .iter()
        .filter(|handler| handler.is_of_another())
        .peekable();
    if endings.peek().is_none() {
        return TokenStream::new();
    }
    let here = Span::mixed_site();
    let [cx, token, why] = ["cx", "token", "why"].map(|name| variable(name, here));
    let arms = endings.map(|ending| {
        let condition = &ending.binding.condition;
        let pattern = constants.pattern(&ending.token);
        let call = call_ending(ending);
        quote_spanned!(here=> #condition #pattern => { #call })
    });
    quote_spanned! {here=>
        fn ended(
            &mut self,
            #cx: &mut __miocene::Context<'_>,
            #token: __miocene::Token,
            #why: __miocene::Ended,
        ) -> __miocene::Result<__miocene::Flow, __miocene::BoxError> {
            match #token {
                #(#arms)*
                _ => __miocene::Ok(__miocene::Flow::Continue),
            }
        }
    }
}

fn failed(model: &Model) -> TokenStream {
    if model.failures.is_empty() {
        return TokenStream::new();
    }
    let here = Span::mixed_site();
    let [cx, failure] = ["cx", "failure"].map(|name| variable(name, here));
    let body = failed_body(model, &failure);
    quote_spanned! {here=>
        fn failed(
            &mut self,
            #cx: &mut __miocene::Context<'_>,
            #failure: __miocene::Failure<'_>,
        ) -> __miocene::Result<__miocene::Flow, __miocene::BoxError> {
            #body
        }
    }
}

/// There may be several methods, if they are never compiled together: hence the
/// `match`, of which the first arm that is there is taken.
fn failed_body(model: &Model, failure: &Ident) -> TokenStream {
    let here = Span::mixed_site();
    match model.failures.as_slice() {
        [only] if only.condition.is_always() => return call_failed(only),
        _ => {}
    }
    let arms = model.failures.iter().map(|binding| {
        let condition = &binding.condition;
        let call = call_failed(binding);
        quote_spanned!(here=> #condition #failure => { #call })
    });
    let any = Condition::any(model.failures.iter().map(|binding| &binding.condition));
    let otherwise = (!any.is_always()).then(|| any.otherwise());
    let otherwise = otherwise.map(|condition| {
        quote_spanned!(here=> #condition _ => __miocene::Ok(__miocene::Flow::Continue),)
    });
    quote_spanned!(here=> match #failure { #(#arms)* #otherwise })
}

/// A variable of ours. The prefix is there for the user's constants: one of the
/// same name would make a pattern of the variable.
fn variable(name: &str, span: Span) -> Ident {
    Ident::new(&format!("__miocene_{name}"), near(span))
}
