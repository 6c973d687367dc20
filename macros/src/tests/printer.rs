//! Prints tokens so that a difference can be read: a line for a statement.

use proc_macro2::{Delimiter, Spacing, TokenStream, TokenTree};

pub fn print(stream: TokenStream) -> String {
    let mut printer = Printer::default();
    printer.stream(stream);
    printer.end_line();
    printer.text
}

#[derive(Default)]
struct Printer {
    text: String,
    line: String,
    depth: usize,
    /// Whether what comes next follows without a space.
    joint: bool,
}

impl Printer {
    fn stream(&mut self, stream: TokenStream) {
        let mut trees = stream.into_iter().peekable();
        while let Some(tree) = trees.next() {
            let statement_ends = match trees.peek() {
                Some(TokenTree::Punct(next)) => matches!(next.as_char(), '#' | ':'),
                Some(_) => true,
                None => false,
            };
            match tree {
                TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => {
                    self.braces(group.stream());
                    if statement_ends {
                        self.end_line();
                    }
                }
                TokenTree::Group(group) => self.parentheses(group.delimiter(), group.stream()),
                TokenTree::Punct(punct) => self.punct(punct.as_char(), punct.spacing()),
                tree => self.word(&tree.to_string()),
            }
        }
    }

    fn braces(&mut self, stream: TokenStream) {
        self.word("{");
        if !stream.is_empty() {
            self.end_line();
            self.depth += 1;
            self.stream(stream);
            self.end_line();
            self.depth -= 1;
        }
        self.word("}");
    }

    fn parentheses(&mut self, delimiter: Delimiter, stream: TokenStream) {
        let (open, close) = match delimiter {
            Delimiter::Parenthesis => ("(", ")"),
            Delimiter::Bracket => ("[", "]"),
            _ => ("", ""),
        };
        self.joint |= !self.line.ends_with([',', ':', '=', '|', '>']);
        self.word(open);
        self.joint = true;
        self.stream(stream);
        self.joint = true;
        self.word(close);
    }

    fn punct(&mut self, character: char, spacing: Spacing) {
        let path = character == ':' && (spacing == Spacing::Joint || self.line.ends_with(':'));
        let after_word = self
            .line
            .ends_with(|last: char| last.is_alphanumeric() || last == '_');
        self.joint |= match character {
            ',' | ';' | '.' | '?' | '>' => true,
            ':' => !path || after_word,
            '!' => after_word,
            _ => false,
        };
        self.word(&character.to_string());
        let opens = matches!(character, '.' | '&' | '#' | '<' | '\'' | '!');
        self.joint = path || opens || spacing == Spacing::Joint;
        if character == ';' {
            self.end_line();
        }
    }

    fn word(&mut self, word: &str) {
        if !self.joint && !self.line.is_empty() {
            self.line.push(' ');
        }
        self.line.push_str(word);
        self.joint = false;
    }

    fn end_line(&mut self) {
        let line = std::mem::take(&mut self.line);
        self.joint = false;
        if !line.trim().is_empty() {
            self.text.push_str(&"    ".repeat(self.depth));
            self.text.push_str(line.trim());
            self.text.push('\n');
        }
    }
}
