//! Which mistakes are found, and how often each is reported.

use proc_macro2::TokenStream;

use super::expanded;
use super::printer::print;
use crate::handlers::expand;

fn mistakes_in(block: &str) -> Vec<String> {
    let printed = print(expanded(block));
    let messages = printed
        .lines()
        .filter_map(|line| line.trim().strip_prefix('"'));
    messages
        .map(|message| message.trim_end_matches('"').to_owned())
        .collect()
}

#[test]
fn all_mistakes_are_reported_at_once() {
    let mistakes = mistakes_in(
        "impl App {
            #[handler(tokn = SERVER, interest = \"READABLE\")]
            fn one(&mut self, item: Item) {}

            #[handler(interest = WRITABLE)]
            fn two(&mut self) {}

            #[handler(token = THREE)]
            async fn three(self) {}

            #[handler(token = FOUR, source = four)]
            fn four(&mut self, item: Item) {}

            #[failed(all)]
            fn five(&mut self) {}
        }",
    );
    assert_eq!(mistakes.len(), 8, "{mistakes:#?}");
}

#[test]
fn a_mistake_is_reported_once() {
    let once = [
        "#[handler(tokn = SERVER)] fn f(&mut self, item: Item) {}",
        "#[handler(tokens = F)] fn f(&mut self, item: Item) {}",
        "#[handler(tokens = F, token = S, fills = G)] fn f(&mut self, item: Item) {}",
        "#[handler(tokens = F)] fn f(&mut self) {}",
        "#[handler(tokens = F, raw)] fn f(&mut self, ready: &mut Readiness) {}",
        "#[handler(tokens = F, interest = READABLE | WRITABLE)] fn f(&mut self, m: &mut M, i: I) {}",
        "#[handler(token = F)] fn f(&mut self, i: I) {} #[ended(tokens = F)] fn g(&mut self, m: &mut M, why: Ended) {}",
        "#[handler(token = S, fills = F)] fn f(&mut self, i: I) {}",
        "#[handler(token = S, fills = S)] fn f(&mut self, i: I) {}",
        "#[handler(token = S, fills = [])] fn f(&mut self, i: I) {}",
        "#[handler(token = S, fills = [F,, G])] fn f(&mut self, i: I) {}",
        "#[handler(token = S, fills = F, raw)] fn f(&mut self, r: &mut Readiness) {}",
        "#[handler(token = S, fills = [F, F])] fn f(&mut self, i: I) {} #[closed(tokens = F)] fn g(&mut self, m: M, why: Closed) {}",
        "#[handler(tokens = F, fills = F)] fn f(&mut self, m: &mut M, i: I) {}",
        "#[opened(token = S)] fn f(&mut self, m: &mut M) {}",
        "#[opened] fn f(&mut self, m: &mut M) {}",
        "#[opened(F)] fn f(&mut self, m: &mut M) {}",
        "#[closed(tokens = 1)] fn f(&mut self, m: M, why: Closed) {}",
        "#[closed(tokens = F, interest = READABLE)] fn f(&mut self, m: M, why: Closed) {}",
        "#[ended] fn f(&mut self, why: Ended) {}",
        "#[handler(token = S)] fn f(&mut self, i: I) {} #[ended(token = S, source = self.s)] fn g(&mut self, why: Ended) {}",
        "#[closed(tokens = F)] fn f(&mut self, m: M, w: Closed) {} #[closed(tokens = F)] fn g(&mut self, m: M, w: Closed) {}",
        "#[opened(tokens = F)] fn f(&mut self, m: &mut M) {} #[ended(tokens = a::F)] fn g(&mut self, m: &mut M, w: Ended) {}",
        "#[opened(tokens = F, source = self.a)] fn f(&mut self, m: &mut M) {} #[ended(tokens = F, source = self.b)] fn g(&mut self, m: &mut M, w: Ended) {}",
        "#[opened(tokens = SELF)] fn f(&mut self, m: &mut M) {} #[ended(tokens = SELF)] fn g(&mut self, m: &mut M, w: Ended) {}",
        "#[ended(token = A)] fn f(&mut self, why: Ended) {}",
        "#[handler(token = A)] #[handler(token = B)] async fn f(&mut self, item: Item) {}",
        "#[handler(token = A)] #[handler(token = B)] fn f(&mut self) {}",
        "#[handler(token = A, raw, raw)] fn f(&mut self, ready: &mut Readiness) {}",
        "#[handler(token = A, , raw)] fn f(&mut self, ready: &mut Readiness) {}",
        "#[handler = A] fn f(&mut self, ready: &mut Readiness) {}",
        "#[handler(token = \"A\")] fn f(&mut self, item: Item) {} #[ended(token = A)] fn g(&mut self, why: Ended) {}",
        "#[handler(token = A)] fn f(&mut self) {} #[handler(token = B, source = self.b)] fn g(&mut self, item: Item) {}",
        "#[opened(tokens = F)] fn f(&mut self) {}",
        "#[closed(tokens = F)] fn f(&mut self, m: M, w: Closed, more: u8, again: u8) {}",
        "#[cfg_attr(x, handler(token = A))] fn f(&mut self) {}",
        "#[handler(token = SELF)] fn f(&mut self, item: Item) {}",
        "#[handler(token = A)] fn f(item: Item) {}",
        "fn f(&mut self, item: Item) {}",
    ];
    for items in once {
        let mistakes = mistakes_in(&format!("impl App {{ {items} }}"));
        assert_eq!(mistakes.len(), 1, "{items}\n{mistakes:#?}");
    }
}

#[test]
fn what_is_no_mistake() {
    let right = [
        // A family that is only told of, its source said on one of them.
        "#[opened(tokens = F)] fn f(&mut self, m: &mut M) {} #[closed(tokens = F, source = self.a)] fn g(&mut self, m: M, w: Closed) {}",
        "#[handler(token = SELF, source = self.a)] fn f(&mut self, i: I) {} #[ended(token = SELF)] fn g(&mut self, w: Ended) {}",
        // The field of a token may be named like another token.
        "#[handler(token = A, source = self.b)] fn f(&mut self, i: I) {} #[handler(token = B, source = self.a)] fn g(&mut self, i: I) {} #[ended(token = B)] fn h(&mut self, w: Ended) {}",
        // A type of the user's that is called like ours.
        "#[handler(tokens = F)] fn f(&mut self, m: &mut C<Context>, i: &mut Context) {}",
        "#[handler(tokens = F)] fn f(&mut self, cx: Alias, m: &mut C<Context>, i: Option<Context>) {}",
    ];
    for items in right {
        let mistakes = mistakes_in(&format!("impl App {{ {items} }}"));
        assert!(mistakes.is_empty(), "{items}\n{mistakes:#?}");
    }
}

#[test]
fn what_is_still_being_typed_is_no_mistake_of_ours() {
    let unfinished = [
        "",
        "#[handler(token = A)]",
        "#[handler(token = A)] pub",
        "#[handler(token = A)] fn",
        "#[handler(token = A)] fn f",
        "#[handler(token = A)] fn f<(&mut self, item: Item) {}",
        "#[ended(token = B)] fn g(&mut self, why: Ended) {} #[handler(token = B)] fn f",
        "#[handler(token = A)] const X: u8",
        "f(&mut self) {}",
    ];
    for items in unfinished.iter().skip(1) {
        let mistakes = mistakes_in(&format!("impl App {{ {items} }}"));
        assert!(mistakes.is_empty(), "{items}\n{mistakes:#?}");
    }
    for item in ["", "impl", "impl App", "impl {", "pub", "#[x]"] {
        let mistakes = item
            .parse()
            .map(|item| print(expand(TokenStream::new(), item)));
        assert!(
            !mistakes.unwrap_or_default().contains("compile_error"),
            "{item}"
        );
    }
}
