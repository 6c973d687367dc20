//! What sockets are known by.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::os::unix;
use std::path::PathBuf;

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::sim) enum Name {
    Tcp(SocketAddr),
    /// Of a path, or none.
    Unix(Option<PathBuf>),
}

impl Name {
    pub(in crate::sim) fn tcp(&self) -> io::Result<SocketAddr> {
        match self {
            Name::Tcp(address) => Ok(*address),
            Name::Unix(_) => Err(io::ErrorKind::InvalidInput.into()),
        }
    }

    pub(in crate::sim) fn unix(&self) -> io::Result<unix::net::SocketAddr> {
        let path = match self {
            Name::Unix(Some(path)) => path.as_path(),
            // An empty path is what a socket without one has.
            _ => "".as_ref(),
        };
        unix::net::SocketAddr::from_pathname(path)
    }
}

impl fmt::Display for Name {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Name::Tcp(address) => address.fmt(formatter),
            Name::Unix(Some(path)) => write!(formatter, "unix:{}", path.display()),
            Name::Unix(None) => formatter.write_str("unix:(unnamed)"),
        }
    }
}
