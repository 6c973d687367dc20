//! The table of handlers.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};

use super::constants::Constants;
use crate::args::Kind;
use crate::model::{Binding, Handler, Model};
use crate::values::{Interest, written};

pub fn table(model: &Model, constants: &Constants<'_>) -> TokenStream {
    let here = Span::mixed_site();
    let mut rows: Vec<(&Binding, TokenStream)> = Vec::new();
    for handler in &model.handlers {
        rows.push((&handler.binding, row(handler, constants)));
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

fn row(handler: &Handler, constants: &Constants<'_>) -> TokenStream {
    let here = Span::mixed_site();
    let name = written(&handler.binding.method.name);
    let (token, value) = (&handler.token.text, constants.value(&handler.token));
    let source = &handler.source.text;
    let interest = interest(&handler.interest);
    if handler.token.family {
        let kind = match handler.kind {
            Kind::Items => quote_spanned!(here=> Items),
            Kind::Writable => quote_spanned!(here=> Writable),
            Kind::Raw => quote_spanned!(here=> Raw(#interest)),
            Kind::Opened => quote_spanned!(here=> Opened),
            Kind::Ended => quote_spanned!(here=> Ended),
            Kind::Closed => quote_spanned!(here=> Closed),
        };
        return quote_spanned! {here=>
            family(__miocene::Kind::#kind, #name, #token, #value, #source)
        };
    }
    match handler.kind {
        Kind::Writable => quote_spanned!(here=> writable(#name, #token, #value, #source)),
        Kind::Raw => quote_spanned!(here=> raw(#name, #token, #value, #interest, #source)),
        Kind::Ended => quote_spanned!(here=> ended(#name, #token, #value)),
        // A single source is not opened, nor does it leave.
        Kind::Items | Kind::Opened | Kind::Closed => {
            quote_spanned!(here=> items(#name, #token, #value, #source))
        }
    }
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
