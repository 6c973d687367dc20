//! What is wrong with a block, collected so that all of it is said at once.

use std::fmt::Display;

use proc_macro2::{Span, TokenStream};
use quote::ToTokens;

use crate::condition::Condition;

/// The mistakes found so far.
#[derive(Default)]
pub struct Mistakes {
    certain: Vec<syn::Error>,
    conditional: Vec<(syn::Error, Vec<Condition>)>,
}

/// Whether a mistake is one whatever is enabled.
#[derive(PartialEq, Eq)]
pub enum Certainty {
    Certain,
    Conditional,
}

impl Mistakes {
    /// Adds a mistake that is shown under `tokens`.
    pub fn under(&mut self, tokens: impl ToTokens, message: impl Display) {
        self.certain.push(syn::Error::new_spanned(tokens, message));
    }

    /// Adds a mistake that is shown under one span.
    pub fn at(&mut self, span: Span, message: impl Display) {
        self.certain.push(syn::Error::new(span, message));
    }

    /// Adds a mistake that was found while parsing.
    pub fn add(&mut self, error: syn::Error) {
        self.certain.push(error);
    }

    /// Adds a mistake that is one only where all of `conditions` hold: two
    /// handlers may contradict each other if they are never compiled together.
    pub fn under_if(
        &mut self,
        conditions: &[&Condition],
        tokens: impl ToTokens,
        message: impl Display,
    ) -> Certainty {
        let error = syn::Error::new_spanned(tokens, message);
        let conditions: Vec<Condition> = conditions
            .iter()
            .filter(|condition| !condition.is_always())
            .map(|condition| (*condition).clone())
            .collect();
        if conditions.is_empty() {
            self.certain.push(error);
            Certainty::Certain
        } else {
            self.conditional.push((error, conditions));
            Certainty::Conditional
        }
    }

    /// Whether something is wrong whatever is enabled.
    pub fn any(&self) -> bool {
        !self.certain.is_empty()
    }
}

impl ToTokens for Mistakes {
    fn to_tokens(&self, output: &mut TokenStream) {
        for error in &self.certain {
            output.extend(error.to_compile_error());
        }
        for (error, conditions) in &self.conditional {
            for condition in conditions {
                condition.to_tokens(output);
            }
            output.extend(error.to_compile_error());
        }
    }
}

/// `: did you mean …?` if one of `known` is close enough to `word` to be meant.
pub fn did_you_mean(word: &str, known: &[&str]) -> String {
    known
        .iter()
        .map(|candidate| {
            (
                edit_distance(&word.to_lowercase(), &candidate.to_lowercase()),
                candidate,
            )
        })
        .filter(|(distance, candidate)| *distance <= (candidate.len() / 3).max(1))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| format!("; did you mean `{candidate}`?"))
        .unwrap_or_default()
}

/// How many characters must be inserted, removed, replaced or swapped with
/// their neighbour to make `left` into `right`.
fn edit_distance(left: &str, right: &str) -> usize {
    let left: Vec<char> = left.chars().collect();
    let right: Vec<char> = right.chars().collect();
    let mut rows: Vec<Vec<usize>> = vec![(0..=right.len()).collect()];
    for i in 1..=left.len() {
        let mut row = vec![i];
        for j in 1..=right.len() {
            let replaced = rows[i - 1][j - 1] + usize::from(left[i - 1] != right[j - 1]);
            let mut least = replaced.min(rows[i - 1][j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1] {
                least = least.min(rows[i - 2][j - 2] + 1);
            }
            row.push(least);
        }
        rows.push(row);
    }
    rows[left.len()][right.len()]
}

#[cfg(test)]
mod tests {
    use super::{did_you_mean, edit_distance};

    #[test]
    fn distances() {
        assert_eq!(edit_distance("token", "token"), 0);
        assert_eq!(edit_distance("tokne", "token"), 1);
        assert_eq!(edit_distance("tken", "token"), 1);
        assert_eq!(edit_distance("", "raw"), 3);
    }

    #[test]
    fn suggestions() {
        assert_eq!(
            did_you_mean("intrest", &["token", "interest"]),
            "; did you mean `interest`?"
        );
        assert_eq!(
            did_you_mean("readable", &["READABLE"]),
            "; did you mean `READABLE`?"
        );
        assert_eq!(did_you_mean("colour", &["token", "interest", "raw"]), "");
    }
}
