//! Commands as a person types them: words in a line.

/// The line is refused: a quote is not closed, or something sticks to its end.
#[derive(Debug, PartialEq, Eq)]
pub struct Unbalanced;

/// The words of a line. In `"quotes"` there may be blanks, and `\n`, `\x41` and the
/// like; in `'quotes'` only `\'` is special.
pub fn words(line: &[u8]) -> Result<Vec<Vec<u8>>, Unbalanced> {
    let mut words = Vec::new();
    let mut rest = Rest(line);
    loop {
        while rest.0.first().is_some_and(is_blank) {
            rest.skip(1);
        }
        if rest.0.is_empty() {
            return Ok(words);
        }
        words.push(rest.word()?);
    }
}

fn is_blank(byte: &u8) -> bool {
    matches!(byte, b' ' | b'\t'..=b'\r')
}

/// What is left of a line.
struct Rest<'a>(&'a [u8]);

impl Rest<'_> {
    fn skip(&mut self, count: usize) {
        self.0 = &self.0[count..];
    }

    fn word(&mut self) -> Result<Vec<u8>, Unbalanced> {
        let mut word = Vec::new();
        while let Some(&byte) = self.0.first().filter(|byte| !is_blank(byte)) {
            self.skip(1);
            match byte {
                b'"' | b'\'' => {
                    self.quoted(byte, &mut word)?;
                    break;
                }
                byte => word.push(byte),
            }
        }
        Ok(word)
    }

    /// The rest of a word from behind the quote that opens: the one that closes ends
    /// it.
    fn quoted(&mut self, quote: u8, word: &mut Vec<u8>) -> Result<(), Unbalanced> {
        loop {
            let (byte, length) = match *self.0 {
                [] => return Err(Unbalanced),
                [byte, ref after @ ..] if byte == quote => {
                    self.skip(1);
                    let ends = after.first().is_none_or(is_blank);
                    return ends.then_some(()).ok_or(Unbalanced);
                }
                [b'\\', b'\'', ..] if quote == b'\'' => (b'\'', 2),
                [b'\\', b'x', high, low, ..] if quote == b'"' => match (hex(high), hex(low)) {
                    (Some(high), Some(low)) => (high << 4 | low, 4),
                    _ => (b'x', 2),
                },
                [b'\\', escaped, ..] if quote == b'"' => (unescaped(escaped), 2),
                [byte, ..] => (byte, 1),
            };
            word.push(byte);
            self.skip(length);
        }
    }
}

fn hex(digit: u8) -> Option<u8> {
    let value = char::from(digit).to_digit(16)?;
    u8::try_from(value).ok()
}

fn unescaped(letter: u8) -> u8 {
    match letter {
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'b' => 8,
        b'a' => 7,
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_parted_by_blanks_and_held_together_by_quotes() {
        let lines: [(&[u8], &[&[u8]]); 9] = [
            (b"", &[]),
            (b" \t ", &[]),
            (b" set  a 1\t", &[b"set", b"a", b"1"]),
            (b"a\"b c\"", &[b"ab c"]),
            (b"'' \"\"", &[b"", b""]),
            (br#""\x41\n\q\"""#, &[b"A\nq\""]),
            (br#""\xZZ""#, &[b"xZZ"]),
            (br"'\n\''", &[br"\n'"]),
            (b"get a\0b", &[b"get", b"a\0b"]),
        ];
        for (line, expected) in lines {
            assert_eq!(words(line).unwrap(), expected, "{}", line.escape_ascii());
        }
    }

    #[test]
    fn a_quote_must_be_closed_and_end_its_word() {
        for line in ["\"", "a 'b", "\"a\"b", "''''", "\"a\\\""] {
            assert_eq!(words(line.as_bytes()), Err(Unbalanced), "{line}");
        }
    }
}
