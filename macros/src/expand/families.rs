//! What the loop asks of families.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote_spanned;

use super::calls::call_of_member;
use super::constants::Constants;
use super::variable;
use super::watched::Watched;
use crate::args::Kind;
use crate::model::Handler;
use crate::values::{first_span, near};

/// Whether the loop is to look at something: at a family, or at one of the single
/// sources of which this is the `news`.
pub fn noted(
    families: &[Watched<'_>],
    news: Vec<TokenStream>,
    constants: &Constants<'_>,
) -> TokenStream {
    let noted = families.iter().map(|family| is_noted(family, constants));
    let all: Vec<TokenStream> = noted.chain(news).collect();
    if all.is_empty() {
        return TokenStream::new();
    }
    quote_spanned! {Span::mixed_site()=>
        #[inline(always)]
        fn is_noted(&mut self) -> ::core::primitive::bool {
            #(#all)||*
        }
    }
}

/// What is written only for applications that have families.
pub fn methods(families: &[Watched<'_>], constants: &Constants<'_>) -> TokenStream {
    if families.is_empty() {
        return TokenStream::new();
    }
    let here = Span::mixed_site();
    let visitor = variable("visitor", here);
    let visits = families
        .iter()
        .map(|family| visit(family, constants, &visitor));
    quote_spanned! {here=>
        const FAMILIES: ::core::primitive::bool = true;

        fn families<MioceneVisitor: __miocene::Visitor<Self>>(
            &mut self,
            #visitor: &mut MioceneVisitor,
        ) {
            #(#visits)*
        }
    }
}

fn is_noted(family: &Watched<'_>, constants: &Constants<'_>) -> TokenStream {
    let place = family.first().source.place();
    let borrowed = borrowed(family, "self", constants);
    let noted = quote_spanned!(place=> __miocene::Family::is_noted(#borrowed));
    family
        .condition()
        .either(noted, quote_spanned!(place=> false))
}

/// Whether there is room in all of these families.
pub fn have_room(families: &[&Watched<'_>], constants: &Constants<'_>) -> TokenStream {
    let rooms = families.iter().map(|family| {
        let place = family.first().source.place();
        let borrowed = borrowed(family, "__miocene_app", constants);
        let room = quote_spanned!(place=> __miocene::Family::has_room(#borrowed));
        family
            .condition()
            .either(room, quote_spanned!(place=> true))
    });
    quote_spanned!(Span::mixed_site()=> #(#rooms)&&*)
}

/// Shows a family, with what its members are told, to whoever goes through all
/// families.
fn visit(family: &Watched<'_>, constants: &Constants<'_>, visitor: &Ident) -> TokenStream {
    let place = family.first().source.place();
    let hooks = variable("hooks", place);
    let made = self::hooks(family, constants);
    let writable = family
        .of_kind(Kind::Writable)
        .map(|handler| assert_writable(handler, family, constants));
    let told = family.handlers.iter().filter_map(|handler| told(handler));
    family.condition().around(quote_spanned! {place=>
        #made
        #(#writable)*
        #(#told)*
        __miocene::Visitor::visit(#visitor, self, #hooks);
    })
}

/// The hooks of a family, as yet without any.
pub fn hooks(family: &Watched<'_>, constants: &Constants<'_>) -> TokenStream {
    let first = family.first();
    let place = first.source.place();
    let hooks = variable("hooks", place);
    let tokens = constants.value(&first.token);
    let made = |read: &str| {
        let read = Ident::new(read, place);
        let borrow = borrow(first, constants);
        quote_spanned! {place=>
            let #hooks = __miocene::Hooks::<Self, _, _>::#read(#tokens, #borrow);
        }
    };
    family.either(&[Kind::Raw], || made("raw"), || made("drained"))
}

/// A statement that adds what a member is told outside of `dispatch`.
fn told(handler: &Handler) -> Option<TokenStream> {
    let moment = match handler.kind {
        Kind::Opened => "opened",
        Kind::Ended => "ended",
        Kind::Closed => "closed",
        Kind::Writable => "writable",
        Kind::Items | Kind::Raw => return None,
    };
    let place = handler.source.place();
    let (hooks, moment) = (variable("hooks", place), Ident::new(moment, place));
    let condition = &handler.binding.condition;
    let call = call_of_member(handler);
    Some(quote_spanned!(place=> #condition let #hooks = #hooks.#moment(#call);))
}

/// A statement that compiles only if the members can be written to.
fn assert_writable(
    handler: &Handler,
    family: &Watched<'_>,
    constants: &Constants<'_>,
) -> TokenStream {
    let place = near(first_span(&handler.interest.written));
    let borrowed = borrowed(family, "self", constants);
    let (condition, writable) = (&handler.binding.condition, variable("writable", place));
    condition.around(quote_spanned! {place=>
        let #writable = #borrowed;
        __miocene::Family::assert_writable(#writable);
    })
}

/// A closure from the application to the family of a handler.
pub fn borrow(handler: &Handler, constants: &Constants<'_>) -> TokenStream {
    let place = handler.source.place();
    let app = variable("app", place);
    let field = constants.field(handler, "__miocene_app");
    quote_spanned!(place=> |#app| &mut #field)
}

/// The family in the `application`. By way of the closure, so that a field which
/// holds no family is the same mistake wherever it is named, and shown once.
fn borrowed(family: &Watched<'_>, application: &str, constants: &Constants<'_>) -> TokenStream {
    let place = family.first().source.place();
    let application = Ident::new(application, place);
    let function = variable("family", place);
    let borrow = borrow(family.first(), constants);
    quote_spanned! {place=>
        {
            let #function: fn(&mut Self) -> &mut __miocene::Family<_> = #borrow;
            #function(#application)
        }
    }
}
