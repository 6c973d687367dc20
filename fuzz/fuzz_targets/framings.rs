//! The rules for framings, as the library's own tests have them.

// Each target follows one of them.
#[allow(dead_code)]
#[path = "../../framework/src/framing/checks.rs"]
pub mod checks;

use miocene::{ByteLines, Bytes, Encode, FrameError, Framing, LengthPrefixed, Lines, Split};
