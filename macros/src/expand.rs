//! The implementation of the framework's trait: the `match` that one would have
//! written. There is no loop in it.

mod calls;
mod constants;
mod rows;

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};

use crate::block::Block;
use crate::condition::Condition;
use crate::model::{Handler, Kind, Model};
use crate::values::near;
use calls::{call_ending, call_failed, call_handler};
use constants::Constants;

/// Writes the implementation of a block that has no mistakes. `root` is the
/// path to the framework.
pub fn implementation(block: &Block, model: &Model, root: &TokenStream) -> TokenStream {
    let here = Span::mixed_site();
    let constants = Constants::of(block, model);
    let sources = sources_of(model);
    let table = rows::table(model, &constants);
    let source = source(&sources, &constants);
    let kept = kept(&sources, &constants);
    let dispatch = dispatch(&sources, &constants);
    let ended = ended(model, &constants);
    let failed = failed(model);
    let body = quote_spanned!(here=> #table #source #kept #dispatch #ended #failed);
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

/// A source, with the handlers that share it.
struct Watched<'a> {
    handlers: Vec<&'a Handler>,
}

fn sources_of(model: &Model) -> Vec<Watched<'_>> {
    let mut sources: Vec<Watched<'_>> = Vec::new();
    for handler in &model.handlers {
        let same = |watched: &&mut Watched<'_>| {
            let first = watched.first();
            first.token.text == handler.token.text && first.source.text == handler.source.text
        };
        match sources.iter_mut().find(same) {
            Some(watched) => watched.handlers.push(handler),
            None => sources.push(Watched {
                handlers: vec![handler],
            }),
        }
    }
    sources
}

impl<'a> Watched<'a> {
    fn first(&self) -> &'a Handler {
        self.handlers[0]
    }

    fn condition(&self) -> Condition {
        Condition::any(
            self.handlers
                .iter()
                .map(|handler| &handler.binding.condition),
        )
    }

    /// Under which condition the source is drained, if ever.
    fn drained(&self) -> Option<Condition> {
        let items = self
            .handlers
            .iter()
            .filter(|handler| handler.kind == Kind::Items);
        let mut conditions = items.map(|handler| &handler.binding.condition).peekable();
        conditions.peek()?;
        Some(Condition::any(conditions))
    }
}

fn source(sources: &[Watched<'_>], constants: &Constants<'_>) -> TokenStream {
    let here = Span::mixed_site();
    let token = variable("token", here);
    let arms = sources
        .iter()
        .map(|watched| source_arms(watched, constants));
    quote_spanned! {here=>
        fn source(
            &mut self,
            #token: __miocene::Token,
        ) -> __miocene::Option<&mut dyn __miocene::Source> {
            match #token {
                #(#arms)*
                _ => __miocene::None,
            }
        }
    }
}

fn source_arms(watched: &Watched<'_>, constants: &Constants<'_>) -> TokenStream {
    let first = watched.first();
    let condition = watched.condition();
    let pattern = constants.pattern(&first.token);
    let writable = watched
        .handlers
        .iter()
        .filter(|handler| handler.kind == Kind::Writable);
    let writable: TokenStream = writable
        .map(|handler| calls::assert_writable(handler, constants))
        .collect();
    let place = first.source.place();
    let field = constants.field(first, "self");
    let drained = quote_spanned!(place=> __miocene::Drain::source(&mut #field));
    let undrained = quote_spanned!(place=> __miocene::EventSource::as_source(&mut #field));
    let arm = |value| quote_spanned!(place=> #condition #pattern => { #writable __miocene::Some(#value) });
    match watched.drained() {
        None => arm(undrained),
        Some(always) if always.is_always() => arm(drained),
        Some(sometimes) => {
            let (otherwise, drained, undrained) =
                (sometimes.otherwise(), arm(drained), arm(undrained));
            quote!(#sometimes #drained #otherwise #undrained)
        }
    }
}

fn kept(sources: &[Watched<'_>], constants: &Constants<'_>) -> TokenStream {
    let here = Span::mixed_site();
    let token = variable("token", here);
    let arms: Vec<TokenStream> = sources
        .iter()
        .filter_map(|watched| Some((watched.first(), watched.drained()?)))
        .map(|(first, drained)| {
            let place = first.source.place();
            let pattern = constants.pattern(&first.token);
            let field = constants.field(first, "self");
            quote_spanned!(place=> #drained #pattern => __miocene::Drain::kept(&mut #field),)
        })
        .collect();
    if arms.is_empty() {
        return TokenStream::new();
    }
    quote_spanned! {here=>
        fn kept(
            &mut self,
            #token: __miocene::Token,
        ) -> __miocene::Option<&mut __miocene::Vec<__miocene::u8>> {
            match #token {
                #(#arms)*
                _ => __miocene::None,
            }
        }
    }
}

fn dispatch(sources: &[Watched<'_>], constants: &Constants<'_>) -> TokenStream {
    let here = Span::mixed_site();
    let [cx, input, token, ready] =
        ["cx", "input", "token", "ready"].map(|name| variable(name, here));
    let arms = sources.iter().map(|watched| {
        let condition = watched.condition();
        let pattern = constants.pattern(&watched.first().token);
        let calls = watched
            .handlers
            .iter()
            .map(|handler| call_handler(handler, constants));
        quote_spanned!(here=> #condition #pattern => { #(#calls)* })
    });
    quote_spanned! {here=>
        #[inline(always)]
        fn dispatch(
            &mut self,
            #cx: &mut __miocene::Context<'_>,
            #input: &mut __miocene::Input,
            #token: __miocene::Token,
            #ready: __miocene::Readiness,
        ) {
            match #token {
                #(#arms)*
                _ => __miocene::Context::unknown(#cx, #token),
            }
        }
    }
}

fn ended(model: &Model, constants: &Constants<'_>) -> TokenStream {
    if model.endings.is_empty() {
        return TokenStream::new();
    }
    let here = Span::mixed_site();
    let [cx, token, why] = ["cx", "token", "why"].map(|name| variable(name, here));
    let arms = model.endings.iter().map(|ending| {
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
