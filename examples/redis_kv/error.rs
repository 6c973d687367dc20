//! What a command is refused with, in Redis's words.

use std::borrow::Cow;

/// A refusal, as it is sent, without its `-` and its end.
#[derive(Debug)]
pub struct Error(Cow<'static, [u8]>);

/// So much is repeated of what a client has sent.
const REPEATED: usize = 128;

impl Error {
    pub const SYNTAX: Error = Error::fixed("ERR syntax error");
    pub const NOT_AN_INTEGER: Error = Error::fixed("ERR value is not an integer or out of range");
    pub const WOULD_OVERFLOW: Error = Error::fixed("ERR increment or decrement would overflow");
    pub const DECREMENT_OVERFLOWS: Error = Error::fixed("ERR decrement would overflow");
    pub const TOO_LONG: Error =
        Error::fixed("ERR string exceeds maximum allowed size (proto-max-bulk-len)");
    pub const NO_DATABASE: Error = Error::fixed("ERR DB index is out of range");
    pub const CURSOR: Error = Error::fixed("ERR invalid cursor");
    pub const NX_AND_OTHERS: Error =
        Error::fixed("ERR NX and XX, GT or LT options at the same time are not compatible");
    pub const GT_AND_LT: Error =
        Error::fixed("ERR GT and LT options at the same time are not compatible");
    pub const NAME: Error =
        Error::fixed("ERR Client names cannot contain spaces, newlines or special characters.");
    pub const VERSION: Error = Error::fixed("NOPROTO unsupported protocol version");
    pub const VERSION_NO_INTEGER: Error =
        Error::fixed("ERR Protocol version is not an integer or out of range");

    pub const fn fixed(text: &'static str) -> Error {
        Error(Cow::Borrowed(text.as_bytes()))
    }

    pub fn of(text: String) -> Error {
        Error(Cow::Owned(text.into_bytes()))
    }

    /// `command` as `config|get`.
    pub fn arguments(command: &str) -> Error {
        Error::of(format!(
            "ERR wrong number of arguments for '{command}' command"
        ))
    }

    pub fn expire_time(command: &str) -> Error {
        Error::of(format!("ERR invalid expire time in '{command}' command"))
    }

    pub fn option(option: &[u8]) -> Error {
        Error::quoting("ERR Unsupported option ", option, "")
    }

    pub fn subcommand(of: &str, name: &[u8]) -> Error {
        let command = of.to_ascii_uppercase();
        let name = repeated(name, REPEATED);
        let end = format!("'. Try {command} HELP.");
        Error::quoting("ERR unknown subcommand '", name, &end)
    }

    pub fn command<'a>(name: &[u8], arguments: impl Iterator<Item = &'a [u8]>) -> Error {
        let name = repeated(name, REPEATED);
        let mut error = Error::quoting(
            "ERR unknown command '",
            name,
            "', with args beginning with: ",
        );
        let mut told = 0;
        let text = error.0.to_mut();
        for argument in arguments {
            if told >= REPEATED {
                break;
            }
            let argument = repeated(argument, REPEATED - told);
            text.push(b'\'');
            text.extend_from_slice(argument);
            text.extend_from_slice(b"' ");
            told += argument.len() + 3;
        }
        error
    }

    pub fn quoting(begin: &str, quoted: &[u8], end: &str) -> Error {
        Error([begin.as_bytes(), quoted, end.as_bytes()].concat().into())
    }

    /// The line to be sent. What a client has sent cannot end it early.
    pub fn into_line(self) -> Vec<u8> {
        let mut line = vec![b'-'];
        let ends = |byte: &u8| matches!(byte, b'\r' | b'\n');
        line.extend(
            self.0
                .iter()
                .map(|byte| if ends(byte) { b' ' } else { *byte }),
        );
        line.extend_from_slice(b"\r\n");
        line
    }
}

/// What is repeated of a word: to Redis it is a string of C's.
fn repeated(word: &[u8], most: usize) -> &[u8] {
    let end = word.iter().position(|&byte| byte == 0);
    &word[..end.unwrap_or(word.len()).min(most)]
}
