//! The user's item without our attributes. What is not ours is passed on tree
//! by tree, so that rustc says of it what it would say without us.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

use crate::args::Role;
use crate::block::Attribute;

/// An impl block without our attributes on its items.
pub fn impl_block(item: TokenStream) -> TokenStream {
    let mut trees: Vec<TokenTree> = item.into_iter().collect();
    if let Some(TokenTree::Group(group)) = trees.pop() {
        trees.push(TokenTree::Group(match group.delimiter() {
            Delimiter::None => regroup(&group, impl_block(group.stream())),
            _ => regroup(&group, without_ours(group.stream(), Depth::Items)),
        }));
    }
    trees.into_iter().collect()
}

/// Any item without our attributes on whatever is in it.
pub fn anything(item: TokenStream) -> TokenStream {
    without_ours(item, Depth::All)
}

#[derive(Clone, Copy)]
enum Depth {
    /// Only here: bodies are left as they are.
    Items,
    All,
}

fn without_ours(stream: TokenStream, depth: Depth) -> TokenStream {
    let trees: Vec<TokenTree> = stream.into_iter().collect();
    let mut output = Vec::with_capacity(trees.len());
    let mut rest = trees.as_slice();
    while let Some((tree, after)) = rest.split_first() {
        rest = after;
        match tree {
            hash if is_ours(hash, rest.first()) => rest = &rest[1..],
            TokenTree::Group(group) => match (group.delimiter(), depth) {
                (Delimiter::None, _) | (_, Depth::All) => {
                    let stream = without_ours(group.stream(), depth);
                    output.push(TokenTree::Group(regroup(group, stream)));
                }
                (_, Depth::Items) => output.push(tree.clone()),
            },
            tree => output.push(tree.clone()),
        }
    }
    output.into_iter().collect()
}

fn is_ours(hash: &TokenTree, brackets: Option<&TokenTree>) -> bool {
    Attribute::from_trees(hash, brackets).is_some_and(|attribute| Role::is_in(&attribute))
}

/// The group with another stream; the same group if nothing was taken from it.
/// A new group cannot have both of the old one's spans. That of the closing
/// delimiter is kept: there rustc points when an item is unfinished.
fn regroup(group: &Group, stream: TokenStream) -> Group {
    if stream.to_string().len() == group.stream().to_string().len() {
        return group.clone();
    }
    let mut new = Group::new(group.delimiter(), stream);
    new.set_span(group.span_close());
    new
}
