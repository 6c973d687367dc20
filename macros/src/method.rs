//! A method of the impl block: what its signature says.

use proc_macro2::{Delimiter, Ident, TokenTree};

use crate::block::{Attribute, take_attributes, take_generics};
use crate::trees::{
    Angles, as_group, as_ident, between_commas, is_joint, is_punct, is_word, visible,
};

/// The signature of a method.
pub struct Method {
    /// The words before `fn` that are no visibility.
    pub qualifiers: Vec<Ident>,
    pub name: Ident,
    /// What stands between the angles after the name.
    pub generics: Vec<TokenTree>,
    pub receiver: Receiver,
    pub parameters: Vec<Parameter>,
    /// The return type, without the arrow.
    pub output: Vec<TokenTree>,
}

/// What a method says of `self`.
pub enum Receiver {
    Reference,
    /// By value, or in a pointer that cannot be had from `&mut self`.
    Value(Vec<TokenTree>),
    None,
}

/// A parameter after the receiver.
pub struct Parameter {
    pub pattern: Vec<TokenTree>,
    pub kind: Vec<TokenTree>,
}

/// What was found where a method may stand.
pub enum Scan {
    Method(Method),
    /// The beginning of a method.
    Unfinished,
    Other,
}

impl Method {
    /// Takes a method off the beginning, if there is one.
    pub fn scan(trees: &mut &[TokenTree]) -> Scan {
        let mut rest = *trees;
        let qualifiers = take_qualifiers(&mut rest);
        if !rest.first().is_some_and(|tree| is_word(tree, "fn")) {
            return Scan::Other;
        }
        rest = &rest[1..];
        let signature = &rest[..end_of_signature(rest)];
        *trees = &rest[signature.len()..];
        if trees.first().is_some_and(|tree| !is_punct(tree, '#')) {
            *trees = &trees[1..];
        }
        match Method::from_signature(qualifiers, signature) {
            Some(method) => Scan::Method(method),
            None => Scan::Unfinished,
        }
    }

    fn from_signature(qualifiers: Vec<Ident>, signature: &[TokenTree]) -> Option<Method> {
        let name = as_ident(signature.first())?.clone();
        let mut rest = &signature[1..];
        let generics = take_generics(&mut rest).to_vec();
        let list = visible(as_group(rest.first(), Delimiter::Parenthesis)?.stream());
        let mut list = between_commas(&list);
        for parameter in &mut list {
            take_attributes(parameter);
        }
        let receiver = match list.first() {
            Some(first) => Receiver::read(first),
            None => Receiver::None,
        };
        let parameters = match receiver {
            Receiver::None => list.as_slice(),
            Receiver::Reference | Receiver::Value(_) => &list[1..],
        };
        Some(Method {
            qualifiers,
            name,
            generics,
            receiver,
            parameters: parameters.iter().copied().map(Parameter::read).collect(),
            output: output(&rest[1..]).to_vec(),
        })
    }

    /// Whether it never returns.
    pub fn diverges(&self) -> bool {
        matches!(self.output.as_slice(), [tree] if is_punct(tree, '!'))
    }
}

impl Receiver {
    fn read(parameter: &[TokenTree]) -> Receiver {
        let (pattern, kind) = split_type(parameter);
        let Some((last, before)) = pattern.split_last() else {
            return Receiver::None;
        };
        if !is_word(last, "self") {
            return Receiver::None;
        }
        let reference = if kind.is_empty() {
            before.first()
        } else {
            kind.first()
        };
        if reference.is_some_and(|tree| is_punct(tree, '&')) {
            Receiver::Reference
        } else {
            Receiver::Value(parameter.to_vec())
        }
    }
}

impl Parameter {
    fn read(parameter: &[TokenTree]) -> Parameter {
        let (pattern, kind) = split_type(parameter);
        Parameter {
            pattern: pattern.to_vec(),
            kind: kind.to_vec(),
        }
    }

    /// The parameter as it was written, without its attributes.
    pub fn trees(&self) -> impl Iterator<Item = &TokenTree> {
        self.pattern.iter().chain(&self.kind)
    }
}

/// Takes the words before `fn` off the beginning.
fn take_qualifiers(trees: &mut &[TokenTree]) -> Vec<Ident> {
    const QUALIFIERS: [&str; 6] = ["const", "async", "unsafe", "safe", "extern", "gen"];
    let mut qualifiers = Vec::new();
    while let Some(first) = trees.first() {
        match first {
            TokenTree::Ident(word) if word == "pub" || word == "default" => {}
            TokenTree::Ident(word) if QUALIFIERS.iter().any(|known| word == known) => {
                qualifiers.push(word.clone());
            }
            // What `pub` is restricted to, and the name of an ABI.
            TokenTree::Group(group) if group.delimiter() == Delimiter::Parenthesis => {}
            TokenTree::Literal(_) => {}
            _ => break,
        }
        *trees = &trees[1..];
    }
    qualifiers
}

/// Where the body begins, or the `;` or the next item's attributes where there
/// is none. A brace in `<…>` is a constant's, unless the angle is never closed.
fn end_of_signature(trees: &[TokenTree]) -> usize {
    let mut angles = Angles::default();
    let mut first_brace = None;
    for (position, tree) in trees.iter().enumerate() {
        let outside = angles.outside(tree);
        let brace = as_group(Some(tree), Delimiter::Brace).is_some();
        if outside && (brace || is_punct(tree, ';')) {
            return position;
        }
        if brace && first_brace.is_none() {
            first_brace = Some(position);
        }
        if Attribute::from_trees(tree, trees.get(position + 1)).is_some() {
            return first_brace.unwrap_or(position);
        }
    }
    first_brace.unwrap_or(trees.len())
}

/// Splits a parameter at the `:` between its pattern and its type. A `::`
/// belongs to a path.
fn split_type(parameter: &[TokenTree]) -> (&[TokenTree], &[TokenTree]) {
    let mut position = 0;
    while let Some(tree) = parameter.get(position) {
        if is_punct(tree, ':') {
            if !parameter
                .get(position + 1)
                .is_some_and(|next| is_punct(next, ':') && is_joint(tree))
            {
                return (&parameter[..position], &parameter[position + 1..]);
            }
            position += 1;
        }
        position += 1;
    }
    (parameter, &[])
}

/// The return type in what follows the parameters.
fn output(trees: &[TokenTree]) -> &[TokenTree] {
    match trees {
        [dash, angle, output @ ..] if is_punct(dash, '-') && is_punct(angle, '>') => {
            let end = output.iter().position(|tree| is_word(tree, "where"));
            &output[..end.unwrap_or(output.len())]
        }
        _ => &[],
    }
}
