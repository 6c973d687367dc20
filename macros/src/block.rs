//! The impl block as it was written: its header, and of its items what the
//! attributes need to know. Bodies are passed over, never parsed.

use std::rc::Rc;

use proc_macro2::{Delimiter, Group, Ident, TokenStream, TokenTree};

use crate::method::{Method, Scan};
use crate::trees::{
    Angles, as_group, as_ident, between_commas, closing_angle, is_punct, is_word, visible,
};

/// An impl block.
pub struct Block {
    pub attributes: Vec<Attribute>,
    /// What stands between the angles after `impl`.
    pub generics: Vec<TokenTree>,
    pub self_type: Vec<TokenTree>,
    /// The `where` and what follows it.
    pub where_clause: Vec<TokenTree>,
    pub items: Vec<Item>,
    /// The `for` of a trait impl.
    pub trait_for: Option<Ident>,
}

/// Something in an impl block.
pub struct Item {
    pub attributes: Vec<Attribute>,
    pub kind: ItemKind,
}

pub enum ItemKind {
    Method(Rc<Method>),
    /// A constant, a type, a macro call.
    Other,
    /// Something that is still being typed.
    Unfinished,
}

/// `path(arguments)`, `path` or `path = value`.
pub struct Attribute {
    content: Vec<TokenTree>,
}

/// What stands where an impl block was expected.
pub enum Misplaced {
    /// Another item, with the word that begins it.
    Item(Ident),
    /// Something that rustc has an error for.
    Unfinished,
}

impl Block {
    /// Reads an impl block.
    pub fn read(item: TokenStream) -> Result<Block, Misplaced> {
        let trees = visible(item);
        let mut rest = trees.as_slice();
        let attributes = take_attributes(&mut rest);
        skip_qualifiers(&mut rest);
        match as_ident(rest.first()) {
            Some(word) if word == "impl" => rest = &rest[1..],
            Some(word) => return Err(Misplaced::Item(word.clone())),
            None => return Err(Misplaced::Unfinished),
        }
        let Some((body, mut header)) = rest.split_last() else {
            return Err(Misplaced::Unfinished);
        };
        let Some(body) = as_group(Some(body), Delimiter::Brace) else {
            return Err(Misplaced::Unfinished);
        };
        let generics = take_generics(&mut header).to_vec();
        let (subject, where_clause) = split_where(header);
        let trait_for = trait_for(subject);
        let self_type = match trait_for {
            Some(position) => &subject[position + 1..],
            None => subject,
        };
        Ok(Block {
            attributes,
            generics,
            self_type: self_type.to_vec(),
            where_clause: where_clause.to_vec(),
            items: items(body.stream()),
            trait_for: trait_for.and_then(|position| as_ident(subject.get(position)).cloned()),
        })
    }

    /// The names of the block's type, constant and lifetime parameters.
    pub fn parameters(&self) -> Vec<String> {
        between_commas(&self.generics)
            .into_iter()
            .filter_map(|mut parameter| {
                take_attributes(&mut parameter);
                parameter
                    .iter()
                    .filter_map(|tree| as_ident(Some(tree)))
                    .find(|word| *word != "const")
            })
            .map(Ident::to_string)
            .collect()
    }

    /// Whether something in the block cannot be understood yet.
    pub fn is_unfinished(&self) -> bool {
        self.items
            .iter()
            .any(|item| matches!(item.kind, ItemKind::Unfinished))
    }
}

impl Attribute {
    /// The attribute that these two trees make, if they are one.
    pub fn from_trees(hash: &TokenTree, brackets: Option<&TokenTree>) -> Option<Self> {
        let brackets = as_group(brackets, Delimiter::Bracket)?;
        is_punct(hash, '#').then(|| Attribute {
            content: visible(brackets.stream()),
        })
    }

    /// The attribute that stands in a `cfg_attr`.
    pub fn from_content(content: &[TokenTree]) -> Self {
        Attribute {
            content: content.to_vec(),
        }
    }

    /// The trees of the path, and those after it.
    fn split_path(&self) -> (&[TokenTree], &[TokenTree]) {
        let in_path = |tree: &TokenTree| matches!(tree, TokenTree::Ident(_)) || is_punct(tree, ':');
        let end = self
            .content
            .iter()
            .position(|tree| !in_path(tree))
            .unwrap_or(self.content.len());
        self.content.split_at(end)
    }

    /// The path, as trees.
    pub fn path(&self) -> &[TokenTree] {
        self.split_path().0
    }

    /// The last word of the path.
    pub fn name(&self) -> Option<&Ident> {
        as_ident(self.path().last())
    }

    /// Whether the path is this one word.
    pub fn is(&self, word: &str) -> bool {
        matches!(self.path(), [tree] if is_word(tree, word))
    }

    /// What stands in the parentheses, if there are any.
    pub fn arguments(&self) -> Option<TokenStream> {
        match self.split_path().1 {
            [arguments] => as_group(Some(arguments), Delimiter::Parenthesis).map(Group::stream),
            _ => None,
        }
    }

    /// Whether there is nothing after the path.
    pub fn is_bare(&self) -> bool {
        self.split_path().1.is_empty()
    }
}

/// Takes the outer attributes off the beginning.
pub fn take_attributes(trees: &mut &[TokenTree]) -> Vec<Attribute> {
    let mut attributes = Vec::new();
    while let [hash, brackets, rest @ ..] = *trees {
        let Some(attribute) = Attribute::from_trees(hash, Some(brackets)) else {
            break;
        };
        attributes.push(attribute);
        *trees = rest;
    }
    attributes
}

fn skip_qualifiers(trees: &mut &[TokenTree]) {
    const QUALIFIERS: [&str; 3] = ["pub", "default", "unsafe"];
    while let Some(first) = trees.first() {
        let qualifier = QUALIFIERS.iter().any(|word| is_word(first, word));
        if !qualifier && as_group(Some(first), Delimiter::Parenthesis).is_none() {
            break;
        }
        *trees = &trees[1..];
    }
}

/// Takes `<…>` off the beginning and gives what stands in it.
pub fn take_generics<'a>(trees: &mut &'a [TokenTree]) -> &'a [TokenTree] {
    match closing_angle(trees) {
        Some(end) if is_punct(&trees[0], '<') => {
            let generics = &trees[1..end];
            *trees = &trees[end + 1..];
            generics
        }
        _ => &[],
    }
}

fn split_where(header: &[TokenTree]) -> (&[TokenTree], &[TokenTree]) {
    let position = header.iter().position(|tree| is_word(tree, "where"));
    header.split_at(position.unwrap_or(header.len()))
}

/// Where the `for` of a trait impl stands. One before `<` begins a type.
fn trait_for(subject: &[TokenTree]) -> Option<usize> {
    let mut angles = Angles::default();
    subject.iter().enumerate().position(|(position, tree)| {
        let before_type = !subject
            .get(position + 1)
            .is_some_and(|next| is_punct(next, '<'));
        angles.outside(tree) && is_word(tree, "for") && before_type
    })
}

fn items(body: TokenStream) -> Vec<Item> {
    let trees = visible(body);
    let mut rest = trees.as_slice();
    skip_inner_attributes(&mut rest);
    let mut items = Vec::new();
    while !rest.is_empty() {
        let attributes = take_attributes(&mut rest);
        let kind = match Method::scan(&mut rest) {
            Scan::Method(method) => ItemKind::Method(Rc::new(method)),
            Scan::Unfinished => ItemKind::Unfinished,
            Scan::Other => skip_other(&mut rest),
        };
        items.push(Item { attributes, kind });
    }
    items
}

fn skip_inner_attributes(trees: &mut &[TokenTree]) {
    while let [hash, bang, _, rest @ ..] = *trees {
        if !is_punct(hash, '#') || !is_punct(bang, '!') {
            break;
        }
        *trees = rest;
    }
}

/// Passes over an item that is no method, at most up to the attributes of the
/// next one.
fn skip_other(trees: &mut &[TokenTree]) -> ItemKind {
    let mut words = *trees;
    skip_qualifiers(&mut words);
    let value = words
        .first()
        .is_some_and(|tree| is_word(tree, "const") || is_word(tree, "type"));
    let call = words.get(1).is_some_and(|tree| is_punct(tree, '!'));

    let ends = |tree: &TokenTree| {
        is_punct(tree, ';') || !value && as_group(Some(tree), Delimiter::Brace).is_some()
    };
    let attribute = trees
        .windows(2)
        .position(|pair| Attribute::from_trees(&pair[0], Some(&pair[1])).is_some())
        .unwrap_or(trees.len());
    let end = trees[..attribute].iter().position(ends);
    *trees = &trees[end.map_or(attribute, |position| position + 1)..];
    if (value || call) && end.is_some() {
        ItemKind::Other
    } else {
        ItemKind::Unfinished
    }
}
