//! Lists of token trees, and what can be said of them without parsing.

use proc_macro2::{Delimiter, Group, Ident, Spacing, TokenStream, TokenTree};

/// The trees of a stream. The invisible groups around what a `macro_rules`
/// fragment matched are opened: they are for parsers that know precedence.
pub fn visible(stream: TokenStream) -> Vec<TokenTree> {
    let mut trees = Vec::new();
    for tree in stream {
        match tree {
            TokenTree::Group(group) if group.delimiter() == Delimiter::None => {
                trees.extend(visible(group.stream()));
            }
            tree => trees.push(tree),
        }
    }
    trees
}

/// The trees as they would be written, without the spaces between them where
/// none are needed.
pub fn text(trees: &[TokenTree]) -> String {
    let mut text = String::new();
    let mut after_word = false;
    for tree in trees {
        let word = matches!(tree, TokenTree::Ident(_) | TokenTree::Literal(_));
        if word && after_word {
            text.push(' ');
        }
        text.push_str(&tree.to_string());
        after_word = word;
    }
    text
}

/// The trees between commas; a comma inside of `<…>` separates nothing.
pub fn between_commas(trees: &[TokenTree]) -> Vec<&[TokenTree]> {
    let mut pieces = Vec::new();
    let mut start = 0;
    let mut angles = Angles::default();
    for (position, tree) in trees.iter().enumerate() {
        if angles.outside(tree) && is_punct(tree, ',') {
            pieces.push(&trees[start..position]);
            start = position + 1;
        }
    }
    if start < trees.len() {
        pieces.push(&trees[start..]);
    }
    pieces
}

/// Where the `<` at the beginning is closed.
pub fn closing_angle(trees: &[TokenTree]) -> Option<usize> {
    let mut angles = Angles::default();
    trees
        .iter()
        .position(|tree| angles.outside(tree) && is_punct(tree, '>'))
}

/// Whether the word is used in the trees, at any depth.
pub fn mention(stream: TokenStream, word: &str) -> bool {
    stream.into_iter().any(|tree| match tree {
        TokenTree::Ident(ident) => ident == word,
        TokenTree::Group(group) => mention(group.stream(), word),
        _ => false,
    })
}

pub fn is_punct(tree: &TokenTree, character: char) -> bool {
    matches!(tree, TokenTree::Punct(punct) if punct.as_char() == character)
}

/// Whether the tree is punctuation that more of it follows without a space.
pub fn is_joint(tree: &TokenTree) -> bool {
    matches!(tree, TokenTree::Punct(punct) if punct.spacing() == Spacing::Joint)
}

pub fn is_word(tree: &TokenTree, word: &str) -> bool {
    matches!(tree, TokenTree::Ident(ident) if ident == word)
}

pub fn as_ident(tree: Option<&TokenTree>) -> Option<&Ident> {
    match tree {
        Some(TokenTree::Ident(ident)) => Some(ident),
        _ => None,
    }
}

pub fn as_group(tree: Option<&TokenTree>, delimiter: Delimiter) -> Option<&Group> {
    match tree {
        Some(TokenTree::Group(group)) if group.delimiter() == delimiter => Some(group),
        _ => None,
    }
}

/// Follows `<` and `>` from tree to tree. The `>` of `->` and `=>` closes
/// nothing.
#[derive(Default)]
pub struct Angles {
    depth: usize,
    arrow: bool,
}

impl Angles {
    /// Takes the next tree and says whether it stands outside of `<…>`. The
    /// angles themselves stand outside if they are the outermost.
    pub fn outside(&mut self, tree: &TokenTree) -> bool {
        let arrow = std::mem::replace(&mut self.arrow, begins_arrow(tree));
        let before = self.depth;
        match tree {
            TokenTree::Punct(punct) if punct.as_char() == '<' => self.depth += 1,
            TokenTree::Punct(punct) if punct.as_char() == '>' && !arrow => {
                self.depth = self.depth.saturating_sub(1);
            }
            _ => {}
        }
        before.min(self.depth) == 0
    }
}

fn begins_arrow(tree: &TokenTree) -> bool {
    is_joint(tree) && (is_punct(tree, '-') || is_punct(tree, '='))
}

#[cfg(test)]
mod tests {
    use super::{between_commas, closing_angle, mention, text, visible};

    fn trees(source: &str) -> Vec<proc_macro2::TokenTree> {
        visible(source.parse().unwrap())
    }

    #[test]
    fn commas_inside_of_angles_separate_nothing() {
        let pieces = trees("a: Map<A, fn(B) -> Vec<C>>, b: (D, E), c");
        let pieces: Vec<String> = between_commas(&pieces).into_iter().map(text).collect();
        assert_eq!(pieces, ["a:Map<A,fn(B)->Vec<C>>", "b:(D , E)", "c"]);
    }

    #[test]
    fn an_arrow_closes_no_angle() {
        assert_eq!(closing_angle(&trees("<F: Fn() -> A> B")), Some(8));
        assert_eq!(closing_angle(&trees("<A")), None);
    }

    #[test]
    fn words_are_found_at_any_depth() {
        assert!(mention("a(b, [impl C])".parse().unwrap(), "impl"));
        assert!(!mention("a(b, [C])".parse().unwrap(), "impl"));
    }
}
