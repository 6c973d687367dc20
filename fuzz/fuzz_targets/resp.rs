#![no_main]
//! The framing of the example `redis_kv`: how a conversation is cut does not change
//! which commands are heard, and a command is what it is made of.

use libfuzzer_sys::fuzz_target;
use miocene::{Framing, Split};

mod framings;

#[path = "../../examples/redis_kv/inline.rs"]
mod inline;
#[path = "../../examples/redis_kv/number.rs"]
#[allow(dead_code)]
mod number;
#[path = "../../examples/redis_kv/request.rs"]
#[allow(dead_code)]
mod request;
#[path = "../../examples/redis_kv/resp.rs"]
#[allow(dead_code)]
mod resp;

use framings::checks::{Asking, Heard, LIMIT, hear};
use resp::Resp;

type Command = Vec<Vec<u8>>;

fn heard<'a>(asking: Asking, pieces: impl IntoIterator<Item = &'a [u8]>) -> Heard<Command> {
    let mut resp = Resp::with_longest(LIMIT);
    hear(&mut resp, asking, pieces, |_, request| {
        request.arguments().map(<[u8]>::to_vec).collect()
    })
}

/// The first byte says how long the pieces are.
fn check(input: &[u8]) {
    let (&length, conversation) = input.split_first().unwrap_or((&1, input));
    let whole = heard(Asking::Seen, [conversation]);
    for asking in [Asking::Seen, Asking::Anew, Asking::Patiently] {
        for length in [1, usize::from(length).max(1)] {
            let cut = heard(asking, conversation.chunks(length));
            assert_eq!(cut, whole, "{length} bytes at a time, asking {asking:?}");
        }
    }
    for words in whole.frames.iter().filter(|words| !words.is_empty()) {
        is_itself(words);
    }
    // With the limits that the program has, lengths are believed for longer.
    if !conversation.is_empty() {
        let _ = Resp::default().split(conversation, 0);
    }
}

/// A command that is sent as clients send it is that command.
fn is_itself(words: &Command) {
    let mut bytes = format!("*{}\r\n", words.len()).into_bytes();
    words
        .iter()
        .for_each(|word| resp::push_bulk(word, &mut bytes));
    let mut resp = Resp::default();
    assert_eq!(resp.split(&bytes, 0).unwrap(), Split::Frame(bytes.len()));
    let request = resp.frame(&bytes).unwrap();
    assert!(request.arguments().eq(words.iter().map(Vec::as_slice)));
}

fuzz_target!(|input: &[u8]| check(input));
