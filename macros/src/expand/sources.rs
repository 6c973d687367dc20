//! What the loop asks of single sources.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote_spanned;

use super::constants::Constants;
use super::watched::Watched;
use super::{calls, variable};
use crate::args::Kind;
use crate::condition::Condition;
use crate::model::Handler;

pub fn source(sources: &[Watched<'_>], constants: &Constants<'_>) -> TokenStream {
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
    let writable: TokenStream = watched
        .of_kind(Kind::Writable)
        .map(|handler| calls::assert_writable(handler, constants))
        .collect();
    let place = first.source.place();
    let field = constants.field(first, "self");
    let arm = |value| quote_spanned!(place=> #condition #pattern => { #writable __miocene::Some(#value) });
    watched.either(
        &[Kind::Items],
        || arm(quote_spanned!(place=> __miocene::Drain::source(&mut #field))),
        || arm(quote_spanned!(place=> __miocene::EventSource::as_source(&mut #field))),
    )
}

/// What concerns only those that are drained.
pub fn of_drained(sources: &[Watched<'_>], constants: &Constants<'_>) -> TokenStream {
    let here = Span::mixed_site();
    let token = variable("token", here);
    let arms = |method: &str| -> Vec<TokenStream> {
        drained(sources)
            .map(|(first, condition)| {
                let place = first.source.place();
                let pattern = constants.pattern(&first.token);
                let field = constants.field(first, "self");
                let method = Ident::new(method, place);
                quote_spanned!(place=> #condition #pattern => __miocene::Drain::#method(&mut #field),)
            })
            .collect()
    };
    let (kept, news) = (arms("kept"), arms("has_news"));
    let waking = variable("waking", here);
    let woken = drained(sources).map(|(first, condition)| {
        let place = first.source.place();
        let pattern = constants.pattern(&first.token);
        let field = constants.field(first, "self");
        quote_spanned!(place=> #condition #pattern => __miocene::Drain::woken_by(&mut #field, #waking),)
    });
    if kept.is_empty() {
        return TokenStream::new();
    }
    quote_spanned! {here=>
        fn kept(
            &mut self,
            #token: __miocene::Token,
        ) -> __miocene::Option<&mut __miocene::Vec<__miocene::u8>> {
            match #token {
                #(#kept)*
                _ => __miocene::None,
            }
        }

        fn woken_by(
            &mut self,
            #token: __miocene::Token,
            #waking: &mut __miocene::Waking<'_>,
        ) -> __miocene::io::Result<()> {
            match #token {
                #(#woken)*
                _ => __miocene::Ok(()),
            }
        }

        #[inline(always)]
        fn has_news(&mut self, #token: __miocene::Token) -> ::core::primitive::bool {
            match #token {
                #(#news)*
                _ => false,
            }
        }
    }
}

/// For each of them, whether it was changed.
pub fn news(sources: &[Watched<'_>], constants: &Constants<'_>) -> Vec<TokenStream> {
    drained(sources)
        .map(|(first, condition)| {
            let place = first.source.place();
            let field = constants.field(first, "self");
            let news = quote_spanned!(place=> __miocene::Drain::has_news(&mut #field));
            condition.either(news, quote_spanned!(place=> false))
        })
        .collect()
}

fn drained<'a>(sources: &'a [Watched<'_>]) -> impl Iterator<Item = (&'a Handler, Condition)> {
    let drained =
        |watched: &'a Watched<'_>| Some((watched.first(), watched.has_kind(&[Kind::Items])?));
    sources.iter().filter_map(drained)
}
