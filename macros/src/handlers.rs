//! `#[handlers]`: from the impl block to what it becomes.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote_spanned};

use crate::args::Role;
use crate::arguments;
use crate::block::{Block, Misplaced};
use crate::check::check;
use crate::mistakes::Mistakes;
use crate::model::Model;
use crate::{expand, strip};

/// The user's item, then what is wrong with it, then what is made of it.
pub fn expand(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let mut mistakes = Mistakes::default();
    let root = arguments::root(arguments, &mut mistakes);
    let root = root.unwrap_or_else(|| quote_spanned!(Span::mixed_site()=> ::miocene));
    let (mut output, implementation) = match Block::read(item.clone()) {
        Ok(block) => (
            strip::impl_block(item),
            implementation(&block, &root, &mut mistakes),
        ),
        Err(Misplaced::Unfinished) => (item, TokenStream::new()),
        Err(Misplaced::Item(word)) => {
            let message = format!(
                "`#[handlers]` belongs on an `impl` block of the application, not on `{word}`: write `#[handlers] impl App {{ … }}`, with `#[handler(token = …)]` on its methods"
            );
            mistakes.under(word, message);
            (strip::anything(item), TokenStream::new())
        }
    };
    mistakes.to_tokens(&mut output);
    output.extend(implementation);
    output
}

fn implementation(block: &Block, root: &TokenStream, mistakes: &mut Mistakes) -> TokenStream {
    if let Some(word) = &block.trait_for {
        mistakes.under(word, "`#[handlers]` belongs on an `impl` block of the application itself, not on that of a trait: write `#[handlers] impl App { … }`, and leave the trait's methods where they are");
        let marked = block
            .items
            .iter()
            .flat_map(|item| &item.attributes)
            .any(Role::is_in);
        return if marked {
            expand::empty(block, root)
        } else {
            TokenStream::new()
        };
    }
    let model = Model::read(block, mistakes);
    check(block, &model, mistakes);
    // rustc may not know the methods after one that is still being typed.
    if mistakes.any() || block.is_unfinished() {
        expand::empty(block, root)
    } else {
        expand::implementation(block, &model, root)
    }
}
