//! Recorded conversations, cut everywhere; random ones; and the edges.

use super::checks::{self, Asking, Heard, LIMIT, hear};
use super::{ByteLines, Bytes, Encode, FrameError, Framing, LengthPrefixed, Lines, Split};

/// Cuts a conversation at every byte and every pair of bytes.
fn cut_everywhere(conversation: &[u8], mut check: impl FnMut([&[u8]; 3])) {
    for second in 0..=conversation.len() {
        let (rest, last) = conversation.split_at(second);
        for first in 0..=second {
            let (first, middle) = rest.split_at(first);
            check([first, middle, last]);
        }
    }
}

fn hears<F: Framing + Copy>(
    framing: F,
    conversation: &[u8],
    expected: &[&str],
    error: Option<&str>,
    keep: impl for<'b> Fn(F::Frame<'b>) -> String,
) {
    let expected = Heard {
        frames: expected.iter().map(|&frame| frame.to_owned()).collect(),
        error: error.map(str::to_owned),
    };
    cut_everywhere(conversation, |pieces| {
        for asking in [Asking::Seen, Asking::Anew, Asking::Patiently] {
            let heard = hear(&mut { framing }, asking, pieces, |_, frame| keep(frame));
            assert_eq!(heard, expected, "{pieces:?}");
        }
    });
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn lines_end_in_either_way_or_with_the_conversation() {
    let conversation = "one\r\n\ntwo\rthree\r\r\nčtyři\n\r\nlast\r".as_bytes();
    let expected = ["one", "", "two\rthree\r", "čtyři", "", "last\r"];
    hears(ByteLines, conversation, &expected, None, text);
    hears(Lines, conversation, &expected, None, str::to_owned);
    hears(ByteLines, b"one\n", &["one"], None, text);
    hears(ByteLines, b"", &[], None, text);
}

#[test]
fn text_ends_where_it_is_not_utf_8() {
    let error = "invalid utf-8 sequence of 1 bytes from index 1";
    let conversation = b"one\nt\xFFo\nthree\n";
    hears(Lines, conversation, &["one"], Some(error), str::to_owned);
    hears(ByteLines, b"t\xFF", &["t\u{FFFD}"], None, text);
    let error = "incomplete utf-8 byte sequence from index 0";
    hears(Lines, b"\xC4", &[], Some(error), str::to_owned);
}

#[test]
fn a_line_of_the_limit_is_heard_and_no_longer_one() {
    let error = "longer than the limit";
    for (length, heard) in [(LIMIT - 1, true), (LIMIT, false), (10 * LIMIT, false)] {
        let line = "x".repeat(length);
        let conversation = format!("{line}\n");
        let pieces = conversation.as_bytes().chunks(7);
        let result = hear(&mut Lines, Asking::Seen, pieces, |_, line| line.to_owned());
        assert_eq!(result.frames, Vec::from_iter(heard.then_some(line)));
        assert_eq!(result.error.as_deref(), (!heard).then_some(error));
    }
}

#[test]
fn what_was_seen_of_a_line_is_not_searched_again() {
    let trickled = b"\n\nab\n";
    assert_eq!(ByteLines.split(trickled, 2).unwrap(), Split::Frame(5));
    assert_eq!(Lines.split(trickled, 5).unwrap(), Split::Incomplete(6));
}

#[test]
fn any_header_says_how_long_a_payload_is() {
    let payloads = ["one", "", "three", "\0\0\0\0\0\0\0\0"];
    for framing in (0..14).map(checks::header) {
        let mut conversation = Vec::new();
        for payload in payloads {
            let payload = payload.as_bytes();
            framing.encode(payload, &mut conversation).unwrap();
        }
        hears(framing, &conversation, &payloads, None, text);
        conversation.pop();
        let error = "the peer's end came within a frame";
        hears(framing, &conversation, &payloads[..3], Some(error), text);
    }
}

#[test]
fn headers_are_written_as_they_are_named() {
    let written = |framing: LengthPrefixed| {
        let mut unsent = b"before".to_vec();
        framing.encode(b"hi", &mut unsent).unwrap();
        unsent[6..].to_vec()
    };
    assert_eq!(written(LengthPrefixed::u8()), b"\x02hi");
    assert_eq!(written(LengthPrefixed::u16_be()), b"\0\x02hi");
    assert_eq!(written(LengthPrefixed::u16_le()), b"\x02\0hi");
    assert_eq!(written(LengthPrefixed::u32_be()), b"\0\0\0\x02hi");
    assert_eq!(written(LengthPrefixed::u32_le()), b"\x02\0\0\0hi");
    assert_eq!(written(LengthPrefixed::u64_be()), b"\0\0\0\0\0\0\0\x02hi");
    assert_eq!(written(LengthPrefixed::u64_le()), b"\x02\0\0\0\0\0\0\0hi");
    assert_eq!(written(LengthPrefixed::default()), b"\0\0\0\x02hi");
    let counting = LengthPrefixed::u16_be().counting_header();
    assert_eq!(written(counting), b"\0\x04hi");
}

#[test]
fn a_length_is_believed_only_if_memory_could_hold_it() {
    let all = [0xFF; 16];
    for mut framing in (0..14).map(checks::header) {
        // Only a length that overflows is an error here: others are the limit's.
        match framing.split(&all, 0) {
            Ok(Split::Incomplete(length)) => assert!(length > LIMIT),
            Ok(Split::Frame(_)) => panic!("{framing:?} finds a frame"),
            Err(error) => assert_eq!(error.to_string(), "a length that no memory can hold"),
        }
    }
    assert!(LengthPrefixed::u64_be().split(&all, 0).is_err());
    assert!(LengthPrefixed::u64_le().split(&all, 0).is_err());
    // The longest frame there is, and one byte more.
    let most = (usize::MAX as u64 - 8).to_be_bytes();
    let split = LengthPrefixed::u64_be().split(&most, 0).unwrap();
    assert_eq!(split, Split::Incomplete(usize::MAX));
    let more = (usize::MAX as u64 - 7).to_be_bytes();
    assert!(LengthPrefixed::u64_be().split(&more, 0).is_err());
}

#[test]
fn a_header_that_counts_itself_says_at_least_its_own_size() {
    let mut framing = LengthPrefixed::u32_le().counting_header();
    assert!(framing.split(&[3, 0, 0, 0], 0).is_err());
    assert_eq!(framing.split(&[4, 0, 0, 0], 0).unwrap(), Split::Frame(4));
    assert!(framing.frame(&[4, 0, 0, 0]).unwrap().is_empty());
}

#[test]
fn what_cannot_be_encoded_leaves_nothing_behind() {
    let refuses = |framing: LengthPrefixed, most: usize| {
        let payload = vec![0; most + 1];
        let mut unsent = b"before".to_vec();
        assert!(framing.encode(&payload, &mut unsent).is_err());
        assert_eq!(unsent, b"before");
        assert!(framing.encode(&payload[1..], &mut unsent).is_ok());
    };
    refuses(LengthPrefixed::u8(), 255);
    refuses(LengthPrefixed::u8().counting_header(), 254);
    refuses(LengthPrefixed::u16_be(), 65_535);
    refuses(LengthPrefixed::u16_le().counting_header(), 65_533);

    let mut unsent = b"before".to_vec();
    assert!(Lines.encode("two\nlines", &mut unsent).is_err());
    assert!(ByteLines.encode(b"\n", &mut unsent).is_err());
    assert_eq!(unsent, b"before");
    Lines.encode("a line\r", &mut unsent).unwrap();
    assert_eq!(unsent, b"beforea line\r\n");
}

/// Starts as lines, and goes on with what they ask for.
#[derive(Clone, Copy)]
enum Upgrading {
    Lines(ByteLines),
    Frames(LengthPrefixed),
    Bytes(Bytes),
}

impl Framing for Upgrading {
    type Frame<'b> = &'b [u8];

    fn split(&mut self, unread: &[u8], seen: usize) -> Result<Split, FrameError> {
        match self {
            Upgrading::Lines(framing) => framing.split(unread, seen),
            Upgrading::Frames(framing) => framing.split(unread, seen),
            Upgrading::Bytes(framing) => framing.split(unread, seen),
        }
    }

    fn frame<'b>(&mut self, bytes: &'b [u8]) -> Result<&'b [u8], FrameError> {
        match self {
            Upgrading::Lines(framing) => framing.frame(bytes),
            Upgrading::Frames(framing) => framing.frame(bytes),
            Upgrading::Bytes(framing) => framing.frame(bytes),
        }
    }
}

#[test]
fn another_framing_is_good_for_the_byte_after_the_frame_in_hand() {
    let conversation = b"hello\nframes\n\x02\n\n\x04wide\0\x01!\0\x05bytes\n\r\nanything";
    let heard = ["hello", "frames", "\n\n", "wide", "!", "bytes"];
    cut_everywhere(conversation, |pieces| {
        let mut framing = Upgrading::Lines(ByteLines);
        let result = hear(&mut framing, Asking::Seen, pieces, |framing, frame| {
            match frame {
                b"frames" => *framing = Upgrading::Frames(LengthPrefixed::u8()),
                b"wide" => *framing = Upgrading::Frames(LengthPrefixed::u16_be()),
                b"bytes" => *framing = Upgrading::Bytes(Bytes),
                _ => {}
            }
            text(frame)
        });
        assert_eq!(result.frames[..heard.len()], heard);
        assert_eq!(result.frames[heard.len()..].concat(), "\n\r\nanything");
        assert_eq!(result.error, None);
    });
}

/// Random bytes of which many are those that framings look at.
fn any_input(random: &mut u64) -> Vec<u8> {
    let mut next = || {
        *random ^= *random << 13;
        *random ^= *random >> 7;
        *random ^= *random << 17;
        (*random >> 32) as usize
    };
    let likely = b"\n\n\r\r\0\0\0\x01\x02\x03\x07\x0Aab\xC4\x8D\xFF";
    let length = 1 << (next() % 10);
    let byte = |_| match next() % 8 {
        0 => next() as u8,
        _ => likely[next() % likely.len()],
    };
    (0..length).map(byte).collect()
}

#[test]
fn whatever_comes_and_however_it_is_cut() {
    let checks = [
        checks::bytes,
        checks::byte_lines,
        checks::lines,
        checks::length_prefixed,
    ];
    let mut random = 0x9E37_79B9_7F4A_7C15;
    for _ in 0..1500 {
        let input = any_input(&mut random);
        checks.iter().for_each(|check| check(&input));
    }
}
