//! Patterns for keys: `*`, `?`, `[a-z]`, `[^a]` and `\`.

/// Whether all of `text` is as the pattern says. Takes at most the product of their
/// lengths: only the last `*` is ever gone back to.
pub fn matches(pattern: &[u8], text: &[u8]) -> bool {
    let (mut pattern_at, mut text_at) = (0, 0);
    // Behind the last star, and where the text is that comes after it.
    let mut star: Option<(usize, usize)> = None;
    while text_at < text.len() {
        let rest = &pattern[pattern_at..];
        if let [b'*', ..] = rest {
            pattern_at += 1;
            star = Some((pattern_at, text_at));
            continue;
        }
        match first_matches(rest, text[text_at]) {
            Some(length) => {
                pattern_at += length;
                text_at += 1;
            }
            None => {
                let Some((behind, begin)) = &mut star else {
                    return false;
                };
                *begin += 1;
                (pattern_at, text_at) = (*behind, *begin);
            }
        }
    }
    pattern[pattern_at..].iter().all(|&byte| byte == b'*')
}

/// The length of the first part of a pattern, if it stands for this byte.
fn first_matches(pattern: &[u8], byte: u8) -> Option<usize> {
    match *pattern {
        [] => None,
        [b'?', ..] => Some(1),
        [b'[', ref class @ ..] => {
            let (is_in, length) = class_has(class, byte);
            is_in.then_some(1 + length)
        }
        [b'\\', literal, ..] => (literal == byte).then_some(2),
        [literal, ..] => (literal == byte).then_some(1),
    }
}

/// Whether a byte is in a class, and how long that is up to its `]`, or to the end
/// of the pattern if it has none.
fn class_has(class: &[u8], byte: u8) -> (bool, usize) {
    let (is_inverted, mut at) = match class {
        [b'^', ..] => (true, 1),
        _ => (false, 0),
    };
    let mut is_in = false;
    loop {
        let (first, last, length) = match class[at..] {
            [] => break,
            [b']', ..] => {
                at += 1;
                break;
            }
            [b'\\', literal, ..] => (literal, literal, 2),
            [one, b'-', other, ..] => (one.min(other), one.max(other), 3),
            [literal, ..] => (literal, literal, 1),
        };
        is_in |= (first..=last).contains(&byte);
        at += length;
    }
    (is_in != is_inverted, at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_all_of_a_text_or_nothing() {
        let matching = [
            ("", ""),
            ("*", ""),
            ("*", "any"),
            ("h?llo", "hello"),
            ("h*llo", "hllo"),
            ("h*l*o", "heeello"),
            ("h[ae]llo", "hallo"),
            ("h[^e]llo", "hallo"),
            ("h[a-b]llo", "hbllo"),
            ("h[b-a]llo", "hallo"),
            ("\\*", "*"),
            ("[\\]]", "]"),
            ("a\\", "a\\"),
            ("[a", "a"),
            ("**a**", "a"),
        ];
        for (pattern, text) in matching {
            assert!(
                matches(pattern.as_bytes(), text.as_bytes()),
                "{pattern} {text}"
            );
        }
        let others = [
            ("", "a"),
            ("a", ""),
            ("h?llo", "hllo"),
            ("h[^e]llo", "hello"),
            ("[]", "]"),
            ("[", "["),
            ("a*", "ba"),
            ("*a", "ab"),
            ("\\*", "a"),
            ("[^]", ""),
        ];
        for (pattern, text) in others {
            assert!(
                !matches(pattern.as_bytes(), text.as_bytes()),
                "{pattern} {text}"
            );
        }
    }

    #[test]
    fn many_stars_take_no_longer() {
        let text = vec![b'a'; 10_000];
        let pattern = "a*".repeat(500) + "b";
        assert!(!matches(pattern.as_bytes(), &text));
    }
}
