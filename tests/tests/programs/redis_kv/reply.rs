//! Answers in RESP2.

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reply {
    /// A status, an error or a number, with its first byte.
    Line(Vec<u8>),
    Bulk(Option<Vec<u8>>),
    Array(Option<Vec<Reply>>),
    /// No answer: what is not in the protocol, or cut short.
    Broken(Vec<u8>),
}

/// All answers in what a server has sent.
pub fn replies(mut bytes: &[u8]) -> Vec<Reply> {
    let mut replies = Vec::new();
    while !bytes.is_empty() {
        match first(bytes) {
            Some((reply, rest)) => {
                replies.push(reply);
                bytes = rest;
            }
            None => {
                replies.push(Reply::Broken(bytes.to_vec()));
                break;
            }
        }
    }
    replies
}

fn first(bytes: &[u8]) -> Option<(Reply, &[u8])> {
    let end = bytes.windows(2).position(|two| two == b"\r\n")?;
    let (line, rest) = (&bytes[..end], &bytes[end + 2..]);
    let number = || std::str::from_utf8(&line[1..]).ok()?.parse::<i64>().ok();
    match line.first()? {
        b'+' | b'-' | b':' => Some((Reply::Line(line.to_vec()), rest)),
        b'$' => match usize::try_from(number()?) {
            Ok(length) => {
                let text = rest.get(..length)?.to_vec();
                let rest = rest[length..].strip_prefix(b"\r\n")?;
                Some((Reply::Bulk(Some(text)), rest))
            }
            Err(_) => Some((Reply::Bulk(None), rest)),
        },
        b'*' => match number()? {
            ..0 => Some((Reply::Array(None), rest)),
            length => {
                let mut all = Vec::new();
                let mut rest = rest;
                for _ in 0..length {
                    let (reply, after) = first(rest)?;
                    all.push(reply);
                    rest = after;
                }
                Some((Reply::Array(Some(all)), rest))
            }
        },
        _ => None,
    }
}

/// A command as clients send it.
pub fn command<W: AsRef<[u8]>>(words: &[W]) -> Vec<u8> {
    let mut bytes = format!("*{}\r\n", words.len()).into_bytes();
    for word in words {
        let word = word.as_ref();
        bytes.extend(format!("${}\r\n", word.len()).bytes());
        bytes.extend_from_slice(word);
        bytes.extend_from_slice(b"\r\n");
    }
    bytes
}
