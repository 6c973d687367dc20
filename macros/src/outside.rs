//! `#[handler]` and its siblings where no `#[handlers]` has read them.

use proc_macro2::{Span, TokenStream};

/// The item, with the mistake that the attribute is not where it belongs.
pub fn expand(attribute: &str, item: TokenStream) -> TokenStream {
    let message = format!(
        "`#[{attribute}]` belongs on a method in an `impl` block under `#[handlers]`: write `#[handlers]` on the block"
    );
    let mut output = item;
    output.extend(syn::Error::new(Span::call_site(), message).to_compile_error());
    output
}
