//! The `match` that one would have written: an arm for each source, and after
//! them one for each family.

use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote_spanned};

use super::calls::{call_of_member, call_of_source};
use super::constants::Constants;
use super::families::{borrow, have_room, hooks};
use super::variable;
use super::watched::{Everything, Watched};
use crate::args::Kind;
use crate::model::Handler;

/// What the arms are written from.
pub struct Dispatch<'a> {
    pub everything: &'a Everything<'a>,
    pub constants: &'a Constants<'a>,
}

impl Dispatch<'_> {
    pub fn method(&self) -> TokenStream {
        let here = Span::mixed_site();
        let [cx, input, token, ready] =
            ["cx", "input", "token", "ready"].map(|name| variable(name, here));
        let sources = self.everything.sources.iter().map(|source| {
            let calls = source.handlers.iter();
            self.arm(source, calls.map(|handler| self.for_source(handler)))
        });
        let families = self.everything.families.iter().map(|family| {
            let calls = family.handlers.iter();
            let calls = calls.map(|handler| self.for_family(handler));
            let members = std::iter::once(self.members(family));
            self.arm(family, members.chain(calls).chain(self.unread(family)))
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
                    #(#sources)*
                    #(#families)*
                    _ => __miocene::Context::unknown(#cx, #token),
                }
            }
        }
    }

    fn arm(&self, watched: &Watched<'_>, calls: impl Iterator<Item = TokenStream>) -> TokenStream {
        let condition = watched.condition();
        let pattern = self.constants.pattern(&watched.first().token);
        quote_spanned!(Span::mixed_site()=> #condition #pattern => { #(#calls)* })
    }

    fn for_source(&self, handler: &Handler) -> TokenStream {
        let place = handler.source.place();
        let [app, cx, input, ready] =
            ["app", "cx", "input", "ready"].map(|name| variable(name, place));
        let condition = &handler.binding.condition;
        let value = self.constants.value(&handler.token);
        let slot = quote_spanned!(place=> const { __miocene::slot::<Self>(#value) });
        let call = call_of_source(handler);
        match handler.kind {
            // The closure is never called, so that a source that cannot be
            // drained is the same mistake here as in `fn source`, and therefore
            // shown once.
            Kind::Items => {
                let source = self.constants.field(handler, "__miocene_app");
                let filling = handler.filling();
                let items = format_ident!("items{filling}", span = place);
                let room = self.room(handler);
                condition.around(quote_spanned! {place=>
                    let _ = |#app: &mut Self| { __miocene::Drain::source(&mut #source); };
                    __miocene::#items(
                        self, #cx, #input, #slot, #ready,
                        |#app| &mut #source,
                        #call,
                        #room
                    );
                })
            }
            Kind::Raw => quote_spanned! {place=>
                #condition
                __miocene::raw(self, #cx, #slot, #ready, #call);
            },
            _ => quote_spanned! {place=>
                #condition
                __miocene::writable(self, #cx, #slot, #ready, #call);
            },
        }
    }

    fn for_family(&self, handler: &Handler) -> TokenStream {
        let place = handler.source.place();
        let [cx, input, token, ready] =
            ["cx", "input", "token", "ready"].map(|name| variable(name, place));
        let condition = &handler.binding.condition;
        let family = borrow(handler, self.constants);
        let call = call_of_member(handler);
        match handler.kind {
            Kind::Items => {
                let items = format_ident!("family_items{}", handler.filling(), span = place);
                let room = self.room(handler);
                quote_spanned! {place=>
                    #condition
                    __miocene::#items(self, #cx, #input, #token, #ready, #family, #call, #room);
                }
            }
            Kind::Writable => quote_spanned! {place=>
                #condition
                __miocene::family_writable(self, #cx, #token, #ready, #family, #call);
            },
            Kind::Raw => quote_spanned! {place=>
                #condition
                __miocene::family_raw(self, #cx, #token, #ready, #family, #call);
            },
            // Told in `fn families`, whoever notices what they are told of.
            Kind::Opened | Kind::Ended | Kind::Closed => TokenStream::new(),
        }
    }

    /// A closure that is never called, so that members which cannot be members
    /// are the same mistake here as in `fn families`, and therefore shown once.
    fn members(&self, family: &Watched<'_>) -> TokenStream {
        let place = family.first().source.place();
        let hooks = hooks(family, self.constants);
        quote_spanned!(place=> let _ = || { #hooks };)
    }

    /// A family that nobody reads is drained all the same, so that the end of a
    /// member is seen.
    fn unread(&self, family: &Watched<'_>) -> Option<TokenStream> {
        let first = family.first();
        let place = first.source.place();
        let [cx, input, token, ready] =
            ["cx", "input", "token", "ready"].map(|name| variable(name, place));
        let borrow = borrow(first, self.constants);
        let condition = match family.has_kind(&[Kind::Items, Kind::Raw]) {
            Some(read) if read.is_always() => return None,
            Some(read) => read.otherwise(),
            None => TokenStream::new(),
        };
        Some(quote_spanned! {place=>
            #condition
            __miocene::family_unread(self, #cx, #input, #token, #ready, #borrow);
        })
    }

    /// The last argument of those functions that drain what fills families.
    fn room(&self, handler: &Handler) -> Option<TokenStream> {
        if handler.fills.is_empty() {
            return None;
        }
        let place = handler.source.place();
        let app = variable("app", place);
        let families = self.everything.families_of(&handler.fills);
        let room = have_room(&families, self.constants);
        Some(quote_spanned!(place=> |#app| #room))
    }
}

impl Handler {
    /// What the name of the function ends in that drains its source.
    fn filling(&self) -> &'static str {
        if self.fills.is_empty() {
            ""
        } else {
            "_filling"
        }
    }
}
