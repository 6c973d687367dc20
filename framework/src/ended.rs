use std::fmt;
use std::io;

/// Why reading from a source is over, told to `#[ended]`.
///
/// # Examples
///
/// ```
/// use miocene::Ended;
///
/// assert_eq!(Ended::Eof.to_string(), "end of file");
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum Ended {
    /// The source said that it is at its end.
    Eof,
    /// The source failed.
    Io(io::Error),
}

impl fmt::Display for Ended {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Ended::Eof => formatter.write_str("end of file"),
            Ended::Io(error) => error.fmt(formatter),
        }
    }
}
