//! Decimal numbers as Redis reads and writes them.

/// The number that `text` is, in the one way in which Redis would write it: no
/// blanks, no plus sign, no zeros in front.
pub fn integer(text: &[u8]) -> Option<i64> {
    // Lengths, for the most part.
    if let [digit @ b'0'..=b'9'] = text {
        return Some(i64::from(digit - b'0'));
    }
    let (is_negative, digits) = match text {
        [b'-', digits @ ..] => (true, digits),
        digits => (false, digits),
    };
    if !matches!(digits.first(), Some(b'1'..=b'9')) {
        return None;
    }
    let mut magnitude: u64 = 0;
    for &byte in digits {
        if !byte.is_ascii_digit() {
            return None;
        }
        let digit = u64::from(byte - b'0');
        magnitude = magnitude.checked_mul(10)?.checked_add(digit)?;
    }
    match is_negative {
        true => 0i64.checked_sub_unsigned(magnitude),
        false => i64::try_from(magnitude).ok(),
    }
}

/// The length or count that a line begins with, and how long the line is with its end:
/// the quick way for those of at most nine digits. None says nothing.
#[inline]
pub fn short_line(text: &[u8]) -> Option<(usize, usize)> {
    const LONGEST: usize = 9;

    let mut number = 0;
    for (at, byte) in text.iter().enumerate().take(LONGEST + 1) {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            let is_number = at == 1 || at > 1 && text[0] != b'0';
            let is_line = *byte == b'\r' && is_number && text.len() > at + 1;
            return is_line.then_some((number, at + 2));
        }
        number = 10 * number + usize::from(digit);
    }
    None
}

/// The longest decimal number of 64 bits, with its sign.
const DIGITS: usize = 20;
/// With a letter before and the end of a line behind it.
const LINE: usize = DIGITS + 3;

/// A number as a line of the protocol, as `:42\r\n`.
pub struct Line {
    bytes: [u8; LINE],
    begin: usize,
}

impl Line {
    pub fn new(kind: u8, number: i64) -> Line {
        let mut bytes = [0; LINE];
        bytes[LINE - 2] = b'\r';
        bytes[LINE - 1] = b'\n';
        let mut begin = LINE - 2;
        let mut rest = number.unsigned_abs();
        loop {
            begin -= 1;
            bytes[begin] = b'0' + (rest % 10) as u8;
            rest /= 10;
            if rest == 0 {
                break;
            }
        }
        if number < 0 {
            begin -= 1;
            bytes[begin] = b'-';
        }
        begin -= 1;
        bytes[begin] = kind;
        Line { bytes, begin }
    }

    /// The line of a length or a count.
    pub fn of_count(kind: u8, count: usize) -> Line {
        Line::new(kind, i64::try_from(count).unwrap_or(i64::MAX))
    }

    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[self.begin..]
    }

    /// The number alone.
    pub fn digits(&self) -> &[u8] {
        &self.bytes[self.begin + 1..LINE - 2]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_quick_way_is_not_another_one() {
        let lines = ["0\r\n", "7\r\nx", "123456789\r\n", "10\rx"];
        for line in lines {
            let digits = line.split('\r').next().unwrap();
            let number = integer(digits.as_bytes()).unwrap();
            let expected = (number as usize, digits.len() + 2);
            assert_eq!(short_line(line.as_bytes()), Some(expected), "{line:?}");
        }
        let others = [
            "", "1", "1\r", "\r\n", "01\r\n", "-1\r\n", "1 \r\n", "1\n\r",
        ];
        for line in others {
            assert_eq!(short_line(line.as_bytes()), None, "{line:?}");
        }
        assert_eq!(short_line(b"1234567890\r\n"), None);
    }

    #[test]
    fn only_what_would_be_written_so_is_a_number() {
        for number in [0, 7, 10, -1, 65_536, i64::MAX, i64::MIN] {
            let text = number.to_string();
            assert_eq!(integer(text.as_bytes()), Some(number));
            let line = Line::new(b':', number);
            assert_eq!(line.as_bytes(), format!(":{text}\r\n").as_bytes());
            assert_eq!(line.digits(), text.as_bytes());
        }
        let others = [
            "",
            "-",
            "-0",
            "+1",
            "01",
            " 1",
            "1 ",
            "1a",
            "--1",
            "1.0",
            "0x1",
            "9223372036854775808",
            "-9223372036854775809",
            "99999999999999999999",
        ];
        for text in others {
            assert_eq!(integer(text.as_bytes()), None, "{text}");
        }
    }
}
