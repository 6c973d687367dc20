//! The table of handlers.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};

use super::constants::Constants;
use crate::model::{Binding, Kind, Model};
use crate::values::{Interest, written};

pub fn table(model: &Model, constants: &Constants<'_>) -> TokenStream {
    let here = Span::mixed_site();
    let mut rows: Vec<(&Binding, TokenStream)> = Vec::new();
    for handler in &model.handlers {
        let name = written(&handler.binding.method.name);
        let (token, value) = (&handler.token.text, constants.value(&handler.token));
        let source = &handler.source.text;
        let row = match handler.kind {
            Kind::Items => quote_spanned!(here=> items(#name, #token, #value, #source)),
            Kind::Writable => quote_spanned!(here=> writable(#name, #token, #value, #source)),
            Kind::Raw => {
                let interest = interest(&handler.interest);
                quote_spanned!(here=> raw(#name, #token, #value, #interest, #source))
            }
        };
        rows.push((&handler.binding, row));
    }
    for ending in &model.endings {
        let name = written(&ending.binding.method.name);
        let (token, value) = (&ending.token.text, constants.value(&ending.token));
        rows.push((
            &ending.binding,
            quote_spanned!(here=> ended(#name, #token, #value)),
        ));
    }
    for binding in &model.failures {
        let name = written(&binding.method.name);
        rows.push((binding, quote_spanned!(here=> failed(#name))));
    }
    rows.sort_by_key(|(binding, _)| binding.position);
    let rows = rows.into_iter().map(|(binding, row)| {
        let condition = &binding.condition;
        let place = place(&binding.method.name);
        quote_spanned!(here=> #condition __miocene::Entry::#row.at(#place))
    });
    let rows = quote_spanned!(here=> &[#(#rows),*]);
    let rows = match constants.check() {
        Some(check) => quote_spanned!(here=> { #check #rows }),
        None => rows,
    };
    quote_spanned!(here=> const TABLE: &'static [__miocene::Entry] = #rows;)
}

fn interest(interest: &Interest) -> TokenStream {
    let path = quote_spanned!(Span::mixed_site()=> __miocene::Interest);
    match (interest.readable, interest.writable) {
        (true, true) => quote!(#path::READABLE.add(#path::WRITABLE)),
        (false, true) => quote!(#path::WRITABLE),
        (_, false) => quote!(#path::READABLE),
    }
}

/// The place of the handler's name: with the user's own span, not one of our
/// expansion, which would be at `#[handlers]`.
fn place(name: &Ident) -> TokenStream {
    quote_spanned!(name.span()=> ::core::file!(), ::core::line!())
}
