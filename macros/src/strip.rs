//! The user's item without our attributes. What is not ours is passed on tree
//! by tree, so that rustc says of it what it would say without us.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

use crate::args::Role;
use crate::block::Attribute;

/// An impl block without our attributes on its items.
pub fn impl_block(item: TokenStream) -> TokenStream {
    let mut trees: Vec<TokenTree> = item.into_iter().collect();
    if let Some(TokenTree::Group(group)) = trees.pop() {
        let body = match group.delimiter() {
            Delimiter::None => regroup(&group, impl_block(group.stream())),
            _ => without_ours(group.stream(), Depth::Items)
                .map_or_else(|| group.clone(), |stream| regroup(&group, stream)),
        };
        trees.push(TokenTree::Group(body));
    }
    trees.into_iter().collect()
}

/// Any item without our attributes on whatever is in it.
pub fn anything(item: TokenStream) -> TokenStream {
    without_ours(item.clone(), Depth::All).unwrap_or(item)
}

#[derive(Clone, Copy)]
enum Depth {
    /// Only here: bodies are left as they are.
    Items,
    All,
}

/// The stream without our attributes, or nothing if there are none.
fn without_ours(stream: TokenStream, depth: Depth) -> Option<TokenStream> {
    let mut output = TokenStream::new();
    let mut any = false;
    let mut trees = stream.into_iter().peekable();
    while let Some(tree) = trees.next() {
        if is_ours(&tree, trees.peek()) {
            trees.next();
            any = true;
            continue;
        }
        let changed = match (&tree, depth) {
            (TokenTree::Group(group), Depth::All) => in_group(group, depth),
            (TokenTree::Group(group), _) if group.delimiter() == Delimiter::None => {
                in_group(group, depth)
            }
            _ => None,
        };
        any |= changed.is_some();
        output.extend([changed.unwrap_or(tree)]);
    }
    any.then_some(output)
}

fn in_group(group: &Group, depth: Depth) -> Option<TokenTree> {
    let stream = without_ours(group.stream(), depth)?;
    Some(TokenTree::Group(regroup(group, stream)))
}

fn is_ours(hash: &TokenTree, brackets: Option<&TokenTree>) -> bool {
    Attribute::from_trees(hash, brackets).is_some_and(|attribute| Role::is_in(&attribute))
}

/// The group with another stream. A new group cannot have both of the old one's
/// spans. That of the closing delimiter is kept: there rustc points when what is
/// in a block is unfinished.
fn regroup(group: &Group, stream: TokenStream) -> Group {
    let mut new = Group::new(group.delimiter(), stream);
    new.set_span(group.span_close());
    new
}
