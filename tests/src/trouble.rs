//! Why an attack was not survived, or not made.

use std::io;

/// What an attack yields: `Ok` says that the server did all that was asked of it.
pub type Attacked<T = ()> = Result<T, Trouble>;

/// Why an attack was not survived, or not made.
#[derive(Debug)]
pub enum Trouble {
    /// The server fell short, and how.
    Broke(String),
    /// The attack cannot be made on this machine, and why.
    NotRun(String),
}

impl Trouble {
    /// The server fell short.
    pub fn broke(how: impl Into<String>) -> Self {
        Self::Broke(how.into())
    }

    /// The attack cannot be made here.
    pub fn not_run(why: impl Into<String>) -> Self {
        Self::NotRun(why.into())
    }

    /// The tool `name`, which the attack needs, could not be started.
    pub fn tool(name: &str, error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::NotFound => Self::NotRun(format!("{name} is missing")),
            _ => Self::NotRun(format!("{name} cannot be started: {error}")),
        }
    }

    /// The same trouble with `detail` after it.
    #[must_use]
    pub fn with(self, detail: &str) -> Self {
        match self {
            Self::Broke(how) => Self::Broke(format!("{how}; {detail}")),
            Self::NotRun(why) => Self::NotRun(why),
        }
    }
}

impl From<io::Error> for Trouble {
    fn from(error: io::Error) -> Self {
        Self::Broke(format!("the harness failed: {error}"))
    }
}
