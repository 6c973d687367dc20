//! A command as it came: its name and its arguments.

use std::borrow::Cow;

use super::number::{integer, short_line};
use super::resp::push_bulk;

/// A whole command. Its arguments borrow what was read, unless it was typed: words
/// with quotes are not there as they are meant.
#[derive(Debug)]
pub struct Request<'b> {
    /// Bulk strings, one behind the other.
    bulks: Cow<'b, [u8]>,
    count: usize,
}

impl<'b> Request<'b> {
    /// A command of RESP, which is known to be whole.
    #[inline]
    pub fn of_array(bytes: &'b [u8]) -> Request<'b> {
        let (count, bulks) = header(bytes).unwrap_or_default();
        Request {
            bulks: Cow::Borrowed(bulks),
            count,
        }
    }

    /// A command that was typed.
    pub fn of_words(words: &[Vec<u8>]) -> Request<'static> {
        let mut bulks = Vec::new();
        for word in words {
            push_bulk(word, &mut bulks);
        }
        Request {
            bulks: Cow::Owned(bulks),
            count: words.len(),
        }
    }

    /// Its words, the name first. An empty array or line has none.
    #[inline]
    pub fn arguments(&self) -> Arguments<'_> {
        Arguments {
            rest: &self.bulks,
            left: self.count,
        }
    }
}

/// The number of a line and what comes behind it: 0 for one below.
#[inline]
fn header(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let text = bytes.get(1..)?;
    if let Some((number, length)) = short_line(text) {
        return Some((number, text.get(length..)?));
    }
    let end = text.iter().position(|&byte| byte == b'\r')?;
    let number = integer(text.get(..end)?)?;
    Some((usize::try_from(number).unwrap_or(0), text.get(end + 2..)?))
}

/// The words of a command, one after the other.
#[derive(Debug, Clone)]
pub struct Arguments<'a> {
    rest: &'a [u8],
    left: usize,
}

impl<'a> Arguments<'a> {
    /// The next `N` words; a command's arity says that they are there.
    #[inline]
    pub fn words<const N: usize>(&mut self) -> [&'a [u8]; N] {
        std::array::from_fn(|_| self.next().unwrap_or_default())
    }

    /// The next word as an option, whatever its case.
    pub fn option<T: Copy>(&mut self, options: &[(&str, T)]) -> Result<T, &'a [u8]> {
        let [word] = self.words();
        let is_it = |(name, _): &&(&str, T)| word.eq_ignore_ascii_case(name.as_bytes());
        options.iter().find(is_it).map(|(_, it)| *it).ok_or(word)
    }
}

impl<'a> Iterator for Arguments<'a> {
    type Item = &'a [u8];

    #[inline]
    fn next(&mut self) -> Option<&'a [u8]> {
        self.left = self.left.checked_sub(1)?;
        let (length, behind) = header(self.rest)?;
        let argument = behind.get(..length)?;
        self.rest = behind.get(length + 2..)?;
        Some(argument)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl ExactSizeIterator for Arguments<'_> {}
