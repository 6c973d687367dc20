//! What the loop asks of single sources.

use proc_macro2::{Span, TokenStream};
use quote::quote_spanned;

use super::constants::Constants;
use super::watched::Watched;
use super::{calls, variable};
use crate::args::Kind;

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

pub fn kept(sources: &[Watched<'_>], constants: &Constants<'_>) -> TokenStream {
    let here = Span::mixed_site();
    let token = variable("token", here);
    let arms: Vec<TokenStream> = sources
        .iter()
        .filter_map(|watched| Some((watched.first(), watched.has_kind(&[Kind::Items])?)))
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
