use std::fmt;
use std::io;
use std::net::ToSocketAddrs;
#[cfg(unix)]
use std::path::Path;

#[cfg(unix)]
use crate::net::UnixListener;
use crate::net::{Listener, TcpListener};
#[cfg(unix)]
use crate::system::unix_path;
use crate::{Error, Result, system};

/// How to listen.
///
/// # Examples
///
/// ```
/// use miocene::net::ListenOptions;
///
/// let server = ListenOptions::new().backlog(4096).bind("127.0.0.1:0")?;
/// # Ok::<(), miocene::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ListenOptions {
    backlog: u32,
    #[cfg(unix)]
    mode: u32,
}

impl ListenOptions {
    /// The defaults, which are given at each setting.
    pub fn new() -> ListenOptions {
        ListenOptions {
            backlog: 1024,
            #[cfg(unix)]
            mode: 0o600,
        }
    }

    /// Connections that the system completes while nobody accepts them. With
    /// too few of them a burst of clients waits for a second, until their
    /// systems try again. Default 1024.
    ///
    /// # Notes
    ///
    /// The system has a limit of its own: `net.core.somaxconn` on Linux, see
    /// [listen(2)](https://man7.org/linux/man-pages/man2/listen.2.html).
    pub fn backlog(mut self, connections: u32) -> ListenOptions {
        self.backlog = connections;
        self
    }

    /// Who may connect to the path of a Unix socket, as the nine permission
    /// bits of a file; others are ignored. To connect is to write. Default
    /// 0o600: the user that the server runs as, and root. Of no effect on TCP.
    ///
    /// # Examples
    ///
    /// The group may connect, too:
    ///
    /// ```
    /// use miocene::net::ListenOptions;
    ///
    /// # let directory = std::env::temp_dir();
    /// # let path = directory.join(format!("miocene-mode-{}", std::process::id()));
    /// let server = ListenOptions::new().mode(0o660).bind_unix(&path)?;
    /// # std::fs::remove_file(path)?;
    /// # Ok::<(), miocene::Error>(())
    /// ```
    ///
    /// # Notes
    ///
    /// Whatever the umask is, the mode is exactly this one before anybody can
    /// connect, and on Linux it is never a wider one. Linux asks for the
    /// permission to write; some older systems ask only for that of the
    /// directory: see [unix(7)](https://man7.org/linux/man-pages/man7/unix.7.html).
    /// Whoever may write to the directory can put another socket in the place
    /// of this one, so it should be a directory of the server's own.
    #[cfg(unix)]
    pub fn mode(mut self, permissions: u32) -> ListenOptions {
        self.mode = permissions & 0o777;
        self
    }

    /// Listens on an address. On Unix `SO_REUSEADDR` is set, so that a server
    /// can be started again at once; two servers still cannot share a port.
    ///
    /// # Errors
    ///
    /// As for [`TcpListener::bind`].
    pub fn bind(self, address: impl ToSocketAddrs + fmt::Debug) -> Result<TcpListener> {
        let queue = self.queue();
        let listener = address.to_socket_addrs().and_then(|mut addresses| {
            let mut error = io::ErrorKind::AddrNotAvailable.into();
            let listen = |address| {
                let listener = system::listen_tcp(address, queue);
                listener.map_err(|last| error = last).ok()
            };
            addresses.find_map(listen).ok_or(error)
        });
        listener
            .map(TcpListener::of)
            .map_err(|source| Error::Listen {
                hint: hint(&source),
                address: format!("{address:?}"),
                source,
            })
    }

    /// Listens on a path.
    ///
    /// # Errors
    ///
    /// As for [`UnixListener::bind`].
    ///
    /// # Examples
    ///
    /// See [`mode`](Self::mode).
    #[cfg(unix)]
    pub fn bind_unix(self, path: impl AsRef<Path>) -> Result<UnixListener> {
        let path = path.as_ref();
        system::listen_unix(path, self.mode, self.queue())
            .map(UnixListener::of)
            .map_err(|source| Error::Listen {
                hint: unix_path::hint(&source),
                address: format!("unix:{}", path.display()),
                source,
            })
    }

    /// Listens on an address in text form, as for [`Listener::bind`].
    ///
    /// # Errors
    ///
    /// As for [`Listener::bind`].
    ///
    /// # Examples
    ///
    /// ```
    /// use miocene::net::ListenOptions;
    ///
    /// let server = ListenOptions::new().backlog(4096).bind_any("127.0.0.1:0")?;
    /// # Ok::<(), miocene::Error>(())
    /// ```
    pub fn bind_any(self, address: &str) -> Result<Listener> {
        match address.strip_prefix("unix:") {
            #[cfg(unix)]
            Some(path) if !path.starts_with('@') => self.bind_unix(path).map(Listener::from),
            Some(_) => Err(Error::Listen {
                address: address.to_owned(),
                hint: NO_SUCH_NAMES,
                source: io::ErrorKind::Unsupported.into(),
            }),
            None => self.bind(address).map(Listener::from),
        }
    }

    /// The backlog as listen(2) takes it.
    fn queue(self) -> i32 {
        i32::try_from(self.backlog).unwrap_or(i32::MAX)
    }
}

impl Default for ListenOptions {
    fn default() -> ListenOptions {
        ListenOptions::new()
    }
}

/// An abstract name would be open to everyone: no mode can be set on it. As the
/// name of a file it would surprise those who mean an abstract one.
const NO_SUCH_NAMES: &str = if cfg!(unix) {
    " (an abstract name has no mode: bind it by std, for UnixListener::from_std; a file is ./@…)"
} else {
    " (there are no Unix sockets on this system)"
};

/// What to try, for the errors that people meet.
fn hint(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::AddrInUse => " (another socket listens there; port 0 takes a free port)",
        io::ErrorKind::AddrNotAvailable => " (this machine has no such address)",
        io::ErrorKind::PermissionDenied => " (ports below 1024 need privileges)",
        io::ErrorKind::InvalidInput => " (write it as host:port)",
        _ => "",
    }
}
