//! What a measurement ends with.

use std::error::Error;
use std::process::{Command, Stdio};

/// The result of measuring something.
pub(crate) type Measured<T = ()> = Result<T, Box<dyn Error>>;

/// Why a tool cannot be used, if so.
pub(crate) fn missing(tool: &str) -> Option<String> {
    let version = Command::new(tool)
        .arg("--version")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    match version {
        Ok(_) => None,
        Err(error) => Some(format!("{tool} is missing ({error})")),
    }
}
