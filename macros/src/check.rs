//! The rules between bindings: what contradicts what, and what is missing.

use proc_macro2::Span;
use quote::ToTokens;

use crate::args::Kind;
use crate::block::Block;
use crate::mistakes::{Certainty, Mistakes};
use crate::model::{Binding, Handler, Model};
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
    one_failed(model, mistakes);
    for handler in &model.handlers {
        filled_once(handler, mistakes);
    }
    // What is missing may be in what was mistaken or is still being typed.
    if mistakes.any() || block.is_unfinished() {
        return;
    }
    endings_of_known_tokens(model, mistakes);
    known_families_filled(model, mistakes);
    some_handler(model, mistakes);
}

fn contradict(earlier: &Handler, later: &Handler, mistakes: &mut Mistakes) -> Option<Certainty> {
    let (token, source) = (&later.token.text, &later.source.text);
    let names = [&earlier, &later].map(|handler| &handler.binding.method.name);
    let same_token = earlier.token.text == later.token.text;
    let same_source = earlier.source.text == later.source.text;
    if same_token && earlier.token.family != later.token.family {
        let (one, family) = if later.token.family {
            (names[0], names[1])
        } else {
            (names[1], names[0])
        };
        let message = format!(
            "`{token}` is one source for `{one}` (`token`) and a family for `{family}` (`tokens`): write the same for both"
        );
        return Some(both(earlier, later, &later.token.path, mistakes, message));
    }
    let message = match (same_token, same_source) {
        (true, true) => return same_kind(earlier, later, mistakes),
        _ if earlier.is_of_another() || later.is_of_another() => return None,
        (true, false) => format!(
            "`{token}` has two sources: `{}` for `{}`, `{source}` for `{}`; write one source, or a token for each",
            earlier.source.text, names[0], names[1],
        ),
        (false, true) => format!(
            "`{source}` has two tokens: `{}` for `{}`, `{token}` for `{}`; write the same token for both, or say with `source = self.field` which field the other one is for",
            earlier.token.text, names[0], names[1],
        ),
        (false, false) => return None,
    };
    let place = if same_token {
        &later.source.written
    } else {
        &later.token.path
    };
    Some(both(earlier, later, place, mistakes, message))
}

/// Of what the loop drains, and of what is told, each has one method. A `raw`
/// handler does all the input and output of its source.
fn same_kind(earlier: &Handler, later: &Handler, mistakes: &mut Mistakes) -> Option<Certainty> {
    let [first, second] = [earlier, later].map(|handler| &handler.binding.method.name);
    let token = &later.token.text;
    let does_io = |kind| matches!(kind, Kind::Items | Kind::Writable);
    let message = match (earlier.kind, later.kind) {
        (Kind::Raw, Kind::Raw) => format!(
            "`{first}` and `{second}` are both `raw` handlers for `{token}`: write one, with `interest = READABLE | WRITABLE, raw` if it reads and writes"
        ),
        (Kind::Items, Kind::Items) => {
            format!("`{first}` and `{second}` both handle READABLE for `{token}`: keep one of them")
        }
        (Kind::Writable, Kind::Writable) => {
            format!("`{first}` and `{second}` both handle WRITABLE for `{token}`: keep one of them")
        }
        (Kind::Raw, other) if does_io(other) => raw_and_other(first, second, token),
        (other, Kind::Raw) if does_io(other) => raw_and_other(second, first, token),
        (told, again) if told == again => format!(
            "`{first}` and `{second}` are both `#[{}]` for `{token}`: keep one of them",
            later.binding.attribute
        ),
        _ => return None,
    };
    Some(both(earlier, later, later.place(), mistakes, message))
}

fn raw_and_other(raw: impl ToTokens, other: impl ToTokens, token: &str) -> String {
    let (raw, other) = (raw.to_token_stream(), other.to_token_stream());
    format!(
        "`{raw}` is a `raw` handler, which does all input and output for `{token}`, so that `{other}` cannot handle it too: make both one `raw` handler, or none"
    )
}

fn both(
    earlier: &Handler,
    later: &Handler,
    place: impl ToTokens,
    mistakes: &mut Mistakes,
    message: String,
) -> Certainty {
    let conditions = [&earlier.binding.condition, &later.binding.condition];
    mistakes.under_if(&conditions, place, message)
}

fn one_failed(model: &Model, mistakes: &mut Mistakes) {
    for (position, later) in model.failures.iter().enumerate() {
        for earlier in &model.failures[..position] {
            if twice_failed(earlier, later, mistakes) == Certainty::Certain {
                break;
            }
        }
    }
}

fn twice_failed(earlier: &Binding, later: &Binding, mistakes: &mut Mistakes) -> Certainty {
    let message = format!(
        "`{}` and `{}` are both `#[failed]`: all errors go to one method",
        earlier.method.name, later.method.name,
    );
    let conditions = [&earlier.condition, &later.condition];
    mistakes.under_if(&conditions, &later.attribute, message)
}

fn filled_once(handler: &Handler, mistakes: &mut Mistakes) {
    for (position, family) in handler.fills.iter().enumerate() {
        let text = &family.text;
        if family.is(&handler.token) {
            mistakes.under(&family.path, format!("`{text}` cannot be filled by its own members: when it is full, none of them would be read"));
        } else if handler.fills[..position]
            .iter()
            .any(|other| other.is(family))
        {
            mistakes.under(&family.path, format!("`{text}` is given twice"));
        }
    }
}

fn endings_of_known_tokens(model: &Model, mistakes: &mut Mistakes) {
    let endings = model
        .handlers
        .iter()
        .filter(|ending| ending.is_of_another());
    for ending in endings {
        let of_token =
            |handler: &Handler| handler.token.is(&ending.token) && !handler.is_of_another();
        if !model.handlers.iter().any(of_token) {
            let message = format!(
                "no handler here has the token `{}`: write the token of one, in the same way",
                ending.token.text
            );
            mistakes.under(&ending.token.path, message);
        }
    }
}

fn known_families_filled(model: &Model, mistakes: &mut Mistakes) {
    for family in model.handlers.iter().flat_map(|handler| &handler.fills) {
        let text = &family.text;
        let mut same = model
            .handlers
            .iter()
            .filter(|handler| handler.token.text == *text);
        if same.clone().any(|handler| handler.token.family) {
            continue;
        }
        let message = match same.next() {
            Some(single) => format!(
                "`{text}` is one source for `{}`: `fills` names families, which have `tokens = …` and room for a number of members",
                single.binding.method.name
            ),
            None => format!(
                "no handler here has the family `{text}`: put `#[handler(tokens = {text})]` on the method that is called for its members, and write its name in the same way"
            ),
        };
        mistakes.under(&family.path, message);
    }
}

fn some_handler(model: &Model, mistakes: &mut Mistakes) {
    if model.handlers.is_empty() {
        mistakes.at(Span::call_site(), "no handler in this block: put `#[handler(token = SERVER)]` on the method to be called when the source of `SERVER` is ready");
    }
}
