//! The rules between bindings: what contradicts what, and what is missing.

use proc_macro2::{Span, TokenStream};
use quote::ToTokens;

use crate::block::Block;
use crate::mistakes::{Certainty, Mistakes};
use crate::model::{Binding, Ending, Handler, Kind, Model};
use crate::signature;

/// Checks what the attributes of a block say. All mistakes are collected.
pub fn check(block: &Block, model: &Model, mistakes: &mut Mistakes) {
    signature::check(model, mistakes);
    for (position, later) in model.handlers.iter().enumerate() {
        for earlier in &model.handlers[..position] {
            if contradict(earlier, later, mistakes) == Some(Certainty::Certain) {
                break;
            }
        }
    }
    one_ending_a_token(model, mistakes);
    one_failed(model, mistakes);
    // What is missing may be in what was mistaken or is still being typed.
    if mistakes.any() || block.is_unfinished() {
        return;
    }
    endings_of_known_tokens(model, mistakes);
    some_handler(model, mistakes);
}

fn contradict(earlier: &Handler, later: &Handler, mistakes: &mut Mistakes) -> Option<Certainty> {
    let same_token = earlier.token.text == later.token.text;
    let same_source = earlier.source.text == later.source.text;
    match (same_token, same_source) {
        (true, true) => same_interest(earlier, later, mistakes),
        (true, false) => Some(both(
            earlier,
            later,
            &later.source.written,
            mistakes,
            format!(
                "`{}` has two sources: `{}` for `{}`, `{}` for `{}`; write one source, or a token for each",
                later.token.text,
                earlier.source.text,
                earlier.binding.method.name,
                later.source.text,
                later.binding.method.name,
            ),
        )),
        (false, true) => Some(both(
            earlier,
            later,
            &later.token.path,
            mistakes,
            format!(
                "`{}` has two tokens: `{}` for `{}`, `{}` for `{}`; write the same token for both, or say with `source = self.field` which field the other one is for",
                later.source.text,
                earlier.token.text,
                earlier.binding.method.name,
                later.token.text,
                later.binding.method.name,
            ),
        )),
        (false, false) => None,
    }
}

/// Of a source that the loop drains, each interest has one handler; a `raw`
/// handler does all the input and output of its source.
fn same_interest(earlier: &Handler, later: &Handler, mistakes: &mut Mistakes) -> Option<Certainty> {
    let names = [&earlier.binding.method.name, &later.binding.method.name];
    let token = &later.token.text;
    let message = match (earlier.kind, later.kind) {
        (Kind::Items, Kind::Items) | (Kind::Writable, Kind::Writable) => {
            let interest = if later.kind == Kind::Items {
                "READABLE"
            } else {
                "WRITABLE"
            };
            format!(
                "`{}` and `{}` both handle {interest} for `{token}`: keep one of them",
                names[0], names[1]
            )
        }
        (Kind::Items, Kind::Writable) | (Kind::Writable, Kind::Items) => return None,
        (Kind::Raw, Kind::Raw) => {
            format!(
                "`{}` and `{}` are both `raw` handlers for `{token}`: write one, with `interest = READABLE | WRITABLE, raw` if it reads and writes",
                names[0], names[1]
            )
        }
        (Kind::Raw, _) | (_, Kind::Raw) => {
            let (raw, other) = if earlier.kind == Kind::Raw {
                (names[0], names[1])
            } else {
                (names[1], names[0])
            };
            format!(
                "`{raw}` is a `raw` handler, which does all input and output for `{token}`, so that `{other}` cannot handle it too: make both one `raw` handler, or none"
            )
        }
    };
    let place = if later.interest.written.is_empty() {
        &later.token.path
    } else {
        &later.interest.written
    };
    Some(both(earlier, later, place, mistakes, message))
}

fn both(
    earlier: &Handler,
    later: &Handler,
    place: &TokenStream,
    mistakes: &mut Mistakes,
    message: String,
) -> Certainty {
    let conditions = [&earlier.binding.condition, &later.binding.condition];
    mistakes.under_if(&conditions, place, message)
}

fn one_ending_a_token(model: &Model, mistakes: &mut Mistakes) {
    for (position, later) in model.endings.iter().enumerate() {
        let same_token = |earlier: &&Ending| earlier.token.text == later.token.text;
        for earlier in model.endings[..position].iter().filter(same_token) {
            let message = format!(
                "`{}` and `{}` are both for the end of `{}`: keep one of them",
                earlier.binding.method.name, later.binding.method.name, later.token.text,
            );
            let (earlier, place) = (&earlier.binding, &later.token.path);
            if twice(earlier, &later.binding, place, mistakes, message) == Certainty::Certain {
                break;
            }
        }
    }
}

fn one_failed(model: &Model, mistakes: &mut Mistakes) {
    for (position, later) in model.failures.iter().enumerate() {
        for earlier in &model.failures[..position] {
            let message = format!(
                "`{}` and `{}` are both `#[failed]`: all errors go to one method",
                earlier.method.name, later.method.name,
            );
            if twice(earlier, later, &later.attribute, mistakes, message) == Certainty::Certain {
                break;
            }
        }
    }
}

fn twice(
    earlier: &Binding,
    later: &Binding,
    place: impl ToTokens,
    mistakes: &mut Mistakes,
    message: String,
) -> Certainty {
    mistakes.under_if(&[&earlier.condition, &later.condition], place, message)
}

fn endings_of_known_tokens(model: &Model, mistakes: &mut Mistakes) {
    for ending in &model.endings {
        if !model
            .handlers
            .iter()
            .any(|handler| handler.token.text == ending.token.text)
        {
            let message = format!(
                "no handler here has the token `{}`: write the token of one, in the same way",
                ending.token.text
            );
            mistakes.under(&ending.token.path, message);
        }
    }
}

fn some_handler(model: &Model, mistakes: &mut Mistakes) {
    if !model.any_handler {
        mistakes.at(Span::call_site(), "no handler in this block: put `#[handler(token = SERVER)]` on the method to be called when the source of `SERVER` is ready");
    }
}
